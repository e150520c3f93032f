"""What all kinds of random input share: what may come of a case, and how bytes are damaged."""

from __future__ import annotations

import io
import shutil
import struct
import warnings
from contextlib import redirect_stderr, redirect_stdout

from eddysky.cli.main import main

# Bytes that mostly leave a text readable, so that what is read is reached too.
DIGITS = b"0123456789.-e, \n#"
# Parts of a text that make it longer or wider than anybody means.
LONG = (
    b"1e999 ",
    b"9" * 5000,
    b"1, " * 3000,
    b"\x00" * 50,
    b"\xff\xfe",
    b"[km" * 900,
    b"\n#" * 5000,
)


class DefectError(Exception):
    """A case that did not end as it must."""


def command(*arguments, codes=(0, 2)):
    """Run a command in this process: an allowed code, one or two lines of complaint, and no traceback."""
    out, err = io.StringIO(), io.StringIO()
    words = ["--debug", *map(str, arguments)]
    with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="healpy.*")
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
    complaint = err.getvalue()
    lines = complaint.splitlines()
    sound = code in codes and "Traceback" not in complaint + out.getvalue()
    if code == 2:
        sound &= (
            out.getvalue() == ""
            and 1 <= len(lines) <= 2
            and complaint.startswith("eddysky: error: ")
            and all(c.isprintable() for c in complaint if c != "\n")
            and "nable to allocate" not in complaint
        )
    if not sound:
        shown = " ".join(word[:80] for word in words[1:])
        raise DefectError(f"{shown}: code {code}: {out.getvalue()[:200]!r} {complaint[-1500:]}")
    return code


def mutated(data, chance):
    """Bytes with a few replaced, removed, repeated or cut off."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(max(len(data), 1))
        kind = chance.random()
        if kind < 0.5:
            new = chance.choice(DIGITS) if chance.random() < 0.8 else chance.randrange(256)
            data[place : place + 1] = bytes([new])
        elif kind < 0.7:
            del data[place : place + chance.randint(1, 20)]
        elif kind < 0.85:
            data[place:place] = data[place : place + chance.randint(1, 20)] * 2
        elif kind < 0.92:
            data[place:place] = chance.choice(LONG)
        else:
            del data[max(place, 1) :]
    return bytes(data)


def overwritten(data, chance, end=None):
    """Bytes of which a few, some neighbouring ones or a page are replaced, or that are cut short."""
    data = bytearray(data)
    kind, place = chance.random(), chance.randrange(end or len(data))
    if kind < 0.6:
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(end or len(data))] = chance.choice(
                (0, 255, chance.randrange(256))
            )
    elif kind < 0.8:
        size = chance.choice((2, 4, 8))
        value = chance.choice((0, -1, 1 << 30, 1 << 62, chance.getrandbits(60)))
        data[place : place + size] = struct.pack("<q", value)[:size]
    elif kind < 0.9:
        data[place : place + 512] = bytes(len(data[place : place + 512]))
    else:
        del data[max(place, 1) :]
    return bytes(data)


def clean(folder, keep=()):
    """Remove everything that the case before left."""
    for path in folder.iterdir():
        if path not in keep:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
