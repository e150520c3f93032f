"""Sums over discs on the sky: of all pixels whose centres lie within an angle R of the centre of a pixel.

The pixels of a disc on one ring are neighbours. On a ring of colatitude θ' around a centre at colatitude θ they are
those within Δφ of its longitude,

    cos Δφ = (cos R − cos θ cos θ') / (sin θ sin θ'),

so that differences of sums along the ring give the sum over them, whatever their number.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.kernels.compilation import kernel

__all__ = ["disc_background", "disc_sums"]

# A centre as far as R but for rounding belongs to the disc.
ROUNDING = 1e-10


@kernel
def half_width(z: float, other: float, cosine: float) -> float:
    """Δφ [rad] for the cosines of both colatitudes and of R; negative if the disc does not reach the ring."""
    sines = math.sqrt((1.0 - z * z) * (1.0 - other * other))
    ratio = (cosine - z * other - ROUNDING) / sines
    if ratio > 1.0:
        return -1.0
    return math.pi if ratio <= -1.0 else math.acos(ratio)


@kernel
def arc(longitude: float, width: float, first: float, count: int) -> tuple[int, int]:
    """Index of the first pixel of a ring within `width` of a longitude, and the number of them."""
    step = 2.0 * math.pi / count
    low = math.ceil((longitude - width - first) / step - ROUNDING)
    high = math.floor((longitude + width - first) / step + ROUNDING)
    number = min(count, max(0, int(high) - int(low) + 1))
    return int(low) % count, number


@kernel
def along(sums: NDArray[np.float64], begin: int, first: int, number: int, count: int) -> float:
    """Sum over an arc of a ring whose sums of the first 0…count pixels begin at `begin`."""
    end = first + number
    beyond = 0.0
    if end > count:
        beyond = sums[begin + end - count]
        end = count
    return float(beyond + sums[begin + end] - sums[begin + first])


@kernel
def disc_sums(
    z: NDArray[np.float64],
    first_longitude: NDArray[np.float64],
    count: NDArray[np.int64],
    start: NDArray[np.int64],
    cosine: float,
    sums: NDArray[np.float64],
    result: NDArray[np.float64],
) -> None:
    """Sum a map over the disc around each pixel.

    Parameters
    ----------
    z, first_longitude, count, start : (rings,)
        Cosine of the colatitude, longitude of the first pixel, number of pixels and index of the first, of each ring.
    cosine
        Cos R.
    sums : (npix + rings,)
        For each ring the sums of its first 0, 1, … pixels.
    result : (npix,)
        The sums, RING order.
    """
    for ring in range(len(z)):
        step = 2.0 * math.pi / count[ring]
        for other in range(len(z)):
            width = half_width(z[ring], z[other], cosine)
            if width < 0.0:
                continue
            begin = start[other] + other
            for i in range(count[ring]):
                longitude = first_longitude[ring] + step * i
                first, number = arc(longitude, width, first_longitude[other], count[other])
                result[start[ring] + i] += along(sums, begin, first, number, count[other])


@kernel
def disc_background(
    z: NDArray[np.float64],
    first_longitude: NDArray[np.float64],
    count: NDArray[np.int64],
    start: NDArray[np.int64],
    cosine: float,
    counts: NDArray[np.float64],
    exposure: NDArray[np.float64],
    on: NDArray[np.float64],
    expected: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> None:
    """Counts in the disc around each pixel, and those expected from the rest of the rings that it crosses.

    A ring with E of the exposure and N of the counts, e and n of them in the disc, expects e (N − n)/(E − e) there,
    with the variance (e/(E − e))² (N − n). A ring that is not seen beside the disc is left out.

    Parameters
    ----------
    z, first_longitude, count, start, cosine
        As in `disc_sums`.
    counts, exposure : (npix + rings,)
        Sums along the rings, as in `disc_sums`.
    on, expected, variance : (npix,)
        The results, RING order.
    """
    for ring in range(len(z)):
        step = 2.0 * math.pi / count[ring]
        for other in range(len(z)):
            begin = start[other] + other
            whole = exposure[begin + count[other]]
            width = half_width(z[ring], z[other], cosine)
            if width < 0.0 or whole <= 0.0:
                continue
            total = counts[begin + count[other]]
            for i in range(count[ring]):
                longitude = first_longitude[ring] + step * i
                first, number = arc(longitude, width, first_longitude[other], count[other])
                inside = along(exposure, begin, first, number, count[other])
                if inside <= 0.0 or whole - inside <= ROUNDING * whole:
                    continue
                seen = along(counts, begin, first, number, count[other])
                share = inside / (whole - inside)
                pixel = start[ring] + i
                on[pixel] += seen
                expected[pixel] += share * (total - seen)
                variance[pixel] += share * share * (total - seen)
