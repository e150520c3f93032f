"""User-supplied spectra w(k): Python objects, or entry points of installed packages.

A spectrum is sampled once, when a configuration is made. The configuration then contains the samples, so that results
files can be read, continued and compared with theory without the object itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from astropy import units
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.config.spectrum import Spectrum, natural_log

__all__ = ["BUILT_IN", "ENTRY_POINTS", "SampledSpectrum", "with_sampled_spectrum"]

Array = NDArray[np.float64]

BUILT_IN = ("power-law", "injection", "table")
# Group of entry points for spectra: each is a spectrum, or a class or function that returns one.
ENTRY_POINTS = "eddysky.spectra"

# Samples in the whole band, and the minimum between two breakpoints.
SAMPLES, FEWEST = 1024, 32
# Points of the interpolating polynomials in ln w(ln k).
STENCIL = 6
# Relative distance of the samples from a breakpoint, where w may jump.
BESIDE = 1e-9
# Values below this fraction of the largest are treated as zero.
FLOOR = 1e-200
# Tolerances of the interpolation, relative to the local and to the largest value of w k.
ACCURACY, NEGLIGIBLE = 1e-6, 1e-9


@dataclass(frozen=True, slots=True)
class SampledSpectrum:
    """Samples of w(k): the same number in each interval between breakpoints, evenly spaced in ln k.

    Parameters
    ----------
    wavenumbers
        Breakpoints and both ends of the band [1/pc], ascending.
    values
        w(k) [km² s⁻² pc], not negative, interval by interval.
    """

    wavenumbers: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def samples(self) -> int:
        """Number of samples between two breakpoints."""
        return len(self.values) // (len(self.wavenumbers) - 1)

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc: polynomials of degree 5 in ln w(ln k)."""
        wanted = natural_log(k)
        edges, last = natural_log(self.wavenumbers), self.samples - 1
        part = np.clip(np.searchsorted(edges, wanted, side="right") - 1, 0, len(edges) - 2)
        place = np.clip((wanted - edges[part]) / (edges[part + 1] - edges[part]) * last, 0, last)
        first = np.clip(np.floor(place).astype(int) - STENCIL // 2 + 1, 0, last + 1 - STENCIL)
        values = np.array(self.values)
        floor = FLOOR * np.max(values)
        logs = natural_log(np.maximum(values, floor)).reshape(-1, last + 1)
        total = np.zeros(np.shape(wanted))
        for point in range(STENCIL):
            others = [other for other in range(STENCIL) if other != point]
            weight = math.prod((place - first - other) / (point - other) for other in others)
            total += weight * logs[part, first + point]
        exponential = np.float_power(math.e, total)
        return np.asarray(np.where(total > math.log(floor) + 1, exponential, 0.0))


def with_sampled_spectrum(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Replace a spectrum that is not built in by its name and its samples.

    Parameters
    ----------
    given
        Keys and values of a component, as given by the user.

    Returns
    -------
    Mapping
        The keys with the name as `spectrum` and the samples as `table`; unchanged for a built-in spectrum.

    Raises
    ------
    ValueError
        If there is no spectrum of that name, or it cannot be sampled.
    """
    spectrum = given.get("spectrum", BUILT_IN[0])
    if isinstance(spectrum, str):
        if spectrum in BUILT_IN or given.get("table") is not None:
            return given
        name, spectrum = spectrum, _installed(spectrum)
    else:
        name = getattr(spectrum, "name", type(spectrum).__name__)
        if not isinstance(name, str) or name in ("", *BUILT_IN):
            raise ValueError(
                f"spectrum: its name = {name!r} must be a text other than {_quoted(BUILT_IN)}"
            )
        if given.get("table") is not None:
            raise ValueError(f"table: not beside the spectrum {name}, which gives w(k) itself")
    try:
        return {**given, "spectrum": name, "table": _sample(spectrum)}
    except ValueError as error:
        raise ValueError(f"spectrum: {name}: {error}") from None


def _installed(name: str) -> Spectrum:
    found = entry_points(group=ENTRY_POINTS)
    if name not in found.names:
        known = _quoted((*BUILT_IN, *sorted(found.names)))
        raise ValueError(f'spectrum = "{name}": must be one of {known}')
    try:
        made = found[name].load()
        spectrum: Spectrum = (
            made() if isinstance(made, type) or not hasattr(made, "k_min") else made
        )
    except Exception as error:
        # Code of another package may raise anything.
        raise ValueError(
            f'spectrum = "{name}": {found[name].value} cannot be used: {type(error).__name__}: {error}'
        ) from None
    return spectrum


def _sample(spectrum: Spectrum) -> SampledSpectrum:
    """Sample a spectrum, and check the interpolation between the samples."""
    try:
        ends = [float(spectrum.k_min), float(spectrum.k_max)]
        inner = [float(k) for k in getattr(spectrum, "breakpoints", ())]
    except (AttributeError, TypeError, ValueError):
        raise ValueError("must have k_min, k_max (numbers in 1/pc), and w(k) when called") from None
    if not 0 < ends[0] < ends[1] < math.inf:
        raise ValueError(
            f"band from k_min = {ends[0]:g} to k_max = {ends[1]:g} /pc: must be positive, ascending and finite"
        )
    edges = np.array([ends[0], *sorted({k for k in inner if ends[0] < k < ends[1]}), ends[1]])
    count = max(FEWEST, SAMPLES // (len(edges) - 1))
    low, high = edges[:-1] * (1 + BESIDE), edges[1:] * (1 - BESIDE)
    low[0], high[-1] = ends

    def points(fractions: Array) -> Array:
        k = np.exp(np.log(low)[:, None] + np.log(high / low)[:, None] * fractions)
        # Rounding must not leave the band.
        return np.asarray(np.clip(k, ends[0], ends[1]))

    nodes = points(np.linspace(0, 1, count))
    sampled = SampledSpectrum(tuple(edges.tolist()), tuple(_values(spectrum, nodes).tolist()))
    between = points((np.arange(count - 1) + 0.5) / (count - 1)).ravel()
    exact = _values(spectrum, between) * between
    wrong = np.abs(sampled(between) * between - exact)
    worst = int(np.argmax(wrong - ACCURACY * exact))
    if wrong[worst] > ACCURACY * exact[worst] + NEGLIGIBLE * np.max(exact):
        raise ValueError(
            f"changes too fast near k = {between[worst]:.6g} /pc to be sampled; "
            "name its kinks and jumps as `breakpoints`"
        )
    return sampled


def _values(spectrum: Spectrum, k: Array) -> Array:
    """Evaluate w(k) and check shape and values."""
    flat = k.ravel()
    try:
        given = spectrum(flat.copy())
        if isinstance(given, units.Quantity):
            given = given.to_value("km2 pc / s2")
        if np.iscomplexobj(given) or isinstance(given, np.ma.MaskedArray):
            raise TypeError("it is complex or masked")
        values = np.asarray(given, dtype=np.float64)
    except Exception as error:
        # Whatever is wrong with code that is not ours, it is not a fault of ours.
        raise ValueError(
            f"w(k) of an array cannot be computed: {type(error).__name__}: {error}"
        ) from None
    if values.shape != flat.shape:
        raise ValueError(f"w(k) has the shape {values.shape} for k of shape {flat.shape}")
    bad = ~((values >= 0) & np.isfinite(values))
    if np.any(bad):
        place = int(np.argmax(bad))
        raise ValueError(
            f"w = {values[place]:g} at k = {flat[place]:.6g} /pc: must be finite and not negative"
        )
    if not np.any(values > 0):
        raise ValueError("w(k) is zero everywhere")
    return values


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
