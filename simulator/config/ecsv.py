"""Header of an ECSV table, as astropy writes it: units of its columns, and metadata."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eddysky.simulator.config.reading import read_text
from eddysky.simulator.errors import InputError

__all__ = ["EcsvHeader", "read_ecsv_header"]

MARK = "# %ECSV"


@dataclass(frozen=True, slots=True)
class EcsvHeader:
    """What the comments of an ECSV table say.

    Parameters
    ----------
    units
        Unit of each column by its name in lower case, None where it has none.
    meta
        Metadata by key.
    """

    units: dict[str, str | None]
    meta: dict[str, Any]


def read_ecsv_header(path: Path) -> EcsvHeader | None:
    """Header of an ECSV table; None for any other text file.

    Raises
    ------
    InputError
        If the file cannot be read, or its header is damaged.
    """
    lines = read_text(path, "a text file").splitlines()
    if not lines or not lines[0].startswith(MARK):
        return None
    from astropy.table.meta import get_header_from_yaml

    # All that precedes the names of the columns.
    end = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
    try:
        found = get_header_from_yaml([line[1:].removeprefix(" ") for line in lines[1:end]])
        units = {str(c["name"]).lower(): c.get("unit") for c in found["datatype"]}
        meta = dict(found.get("meta") or {})
    except Exception as error:
        # Damaged headers make PyYAML and astropy raise nearly anything.
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: its ECSV header cannot be read: {reason}") from None
    return EcsvHeader({name: unit and str(unit) for name, unit in units.items()}, meta)
