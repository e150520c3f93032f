"""A sky map on the page: a picture for paper and readers without scripts, and the pixels from which the script draws.

Pixels are whole numbers q from 0 to 65534, 65535 where nothing is seen: value = low + q step.
"""

from __future__ import annotations

import base64
import json
import math
import struct
import zlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.sky_axes import limits_of
from eddysky.simulator.plots.style import power_of_ten

__all__ = ["SkyMap", "palettes"]

Array = NDArray[np.float64]

# Width of the picture, twice its height.
WIDTH = 720
COLOURS = 64
EMPTY = 65535
GREY = (0xBF, 0xBF, 0xBF)
# Intensities are computed to 1e-15 or a few times that; less is no anisotropy.
ROUNDING = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class SkyMap:
    """A map of one sky.

    Parameters
    ----------
    name
        What the values are, with formulas between dollars.
    values
        In RING order, equatorial, NaN where nothing is seen, shape (12 nside²,).
    unit
        Of the values, such as "σ"; "" for plain numbers.
    empty
        What it means that a pixel has no value.
    field
        Unit vector of a magnetic field to be marked, shape (3,).
    ends
        Where the colours end; by default at the 99.5th percentile of the size of the values.
    """

    name: str
    values: Array
    unit: str = ""
    empty: str = "not seen"
    field: Array | None = None
    ends: tuple[float, float] | None = None

    @property
    def nside(self) -> int:
        """Resolution."""
        return math.isqrt(len(self.values) // 12)

    @property
    def flat(self) -> bool:
        """Whether there is no anisotropy."""
        return not float(np.nanmax(np.abs(self.values), initial=0.0)) > ROUNDING

    @property
    def limits(self) -> tuple[float, float]:
        """Where the colours end."""
        return (-1.0, 1.0) if self.flat else limits_of(self.values, self.ends)

    @property
    def exponent(self) -> int:
        """Power of ten in which values are given."""
        return power_of_ten(max(map(abs, self.limits)))[0]

    def shown_in_words(self, value: float) -> str:
        """A value in the unit of the map."""
        return f"{value / 10.0**self.exponent:.3f}".replace("-", "−")

    @property
    def unit_in_words(self) -> str:
        """Power of ten and unit, with formulas between dollars."""
        power = rf"$10^{{{self.exponent}}}$" if self.exponent else ""
        return " ".join(word for word in (power, self.unit) if word)

    def reduced(self, nside: int) -> SkyMap:
        """The map in a lower resolution: means of the pixels that are seen."""
        if nside >= self.nside:
            return self
        import healpy

        filled = np.where(np.isfinite(self.values), self.values, healpy.UNSEEN)
        means = healpy.ud_grade(filled, nside)
        values = np.where(means == healpy.UNSEEN, np.nan, means)
        return replace(self, values=values)

    def picture(self) -> str:
        """The map in Mollweide projection as the data URL of a PNG; RA grows to the left, from 0 in the middle."""
        pixels, inside = _mollweide(self.nside)
        low, high = self.limits
        values = self.values[pixels]
        seen = np.isfinite(values)
        share = (np.where(seen, values, low) - low) / (high - low)
        index = np.clip(share * COLOURS, 0, COLOURS - 1).astype(np.uint8)
        index[~seen] = COLOURS
        index[~inside] = COLOURS + 1
        name = "RdBu_r" if low < 0 < high else "viridis"
        colours = [*_palette(name, COLOURS), GREY, (0, 0, 0)]
        data = _png(index, colours, transparent=COLOURS + 1)
        return f"data:image/png;base64,{base64.b64encode(data).decode()}"

    def data(self) -> str:
        """JSON from which the script draws the map and reads its values."""
        low, high = (float(f(self.values, initial=0.0)) for f in (np.nanmin, np.nanmax))
        step = (high - low) / (EMPTY - 1) or 1.0
        seen = np.isfinite(self.values)
        whole = np.rint((np.where(seen, self.values, low) - low) / step)
        packed = np.where(seen, whole, EMPTY).astype("<u2")
        ends = self.limits
        marks = []
        for sign, label in ((1, "+b"), (-1, "−b")) if self.field is not None else ():
            x, y, z = sign * np.asarray(self.field)
            marks.append([math.atan2(y, x), math.asin(min(1.0, max(-1.0, z))), label])
        return json.dumps(
            {
                "nside": self.nside, "low": low, "step": step, "limits": ends, "exponent": self.exponent,
                "unit": self.unit, "empty": self.empty, "marks": marks,
                "palette": "RdBu_r" if ends[0] < 0 < ends[1] else "viridis",
                "pixels": base64.b64encode(packed.tobytes()).decode(),
            }
        ).replace("<", "\\u003c")  # fmt: skip

    def extremes(self) -> list[tuple[float, float, float]]:
        """Lowest and highest value with right ascension and declination [degrees]."""
        import ducc0

        base = ducc0.healpix.Healpix_Base(self.nside, "RING")
        found = []
        for place in (int(np.nanargmin(self.values)), int(np.nanargmax(self.values))):
            theta, phi = base.pix2ang(np.array([place]))[0]
            found.append((float(self.values[place]), math.degrees(phi), 90 - math.degrees(theta)))
        return found


def palettes() -> str:
    """JSON of the colours of maps: 256 colours of six hexadecimal digits by name."""
    named = {name: _palette(name, 256) for name in ("RdBu_r", "viridis")}
    return json.dumps({
        name: "".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in colours)
        for name, colours in named.items()
    })  # fmt: skip


def _palette(name: str, count: int) -> list[tuple[int, int, int]]:
    """Colours of matplotlib."""
    from matplotlib import colormaps

    colours = colormaps[name](np.linspace(0, 1, count), bytes=True)
    return [(int(r), int(g), int(b)) for r, g, b, _ in colours]


@cache
def _mollweide(nside: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pixel at each point of the picture, and which points are on the sky."""
    import ducc0

    height = WIDTH // 2
    x = np.linspace(-2, 2, WIDTH, endpoint=False)[None, :] + 2 / WIDTH
    y = np.linspace(1, -1, height, endpoint=False)[:, None] - 1 / height
    inside = x**2 / 4 + y**2 < 1
    angle = np.arcsin(y)
    latitude = np.arcsin((2 * angle + np.sin(2 * angle)) / np.pi)
    longitude = np.clip(-np.pi * x / (2 * np.cos(angle)), -np.pi, np.pi) % (2 * np.pi)
    angles = np.stack(np.broadcast_arrays(np.pi / 2 - latitude, longitude), axis=-1)
    pixels = ducc0.healpix.Healpix_Base(nside, "RING").ang2pix(angles)
    return pixels, inside


def _png(index: NDArray[np.uint8], colours: list[tuple[int, int, int]], transparent: int) -> bytes:
    """PNG of a picture with a palette, of which one colour is transparent."""
    height, width = index.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = index
    return b"".join([
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        chunk(b"PLTE", bytes(part for colour in colours for part in colour)),
        chunk(b"tRNS", b"\xff" * transparent + b"\0"),
        chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
        chunk(b"IEND", b""),
    ])  # fmt: skip
