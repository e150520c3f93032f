"""User-supplied spectra w(k): arrays, functions and objects in Python, or entry points of installed packages.

Arrays (k, w) are a table. A function or an object is sampled once, when a configuration is made. The configuration then
contains the samples, so that results files can be read, continued and compared with theory without the object itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from astropy import units
from numpy.typing import ArrayLike, NDArray

from eddysky.simulator.config.quantities import read_quantity
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
# Units of k and w.
WAVENUMBER, DENSITY = units.Unit("1 / pc"), units.Unit("km2 pc / s2")
# Largest scale of a function, as in `Component`.
OUTER_SCALE = "1000 pc"
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


@dataclass(frozen=True, slots=True)
class _OnBand:
    """A function w(k) on the band of its component [1/pc]."""

    function: Callable[[Any], Any]
    k_min: float
    k_max: float

    @property
    def breakpoints(self) -> Any:
        """Those that the function names."""
        return getattr(self.function, "breakpoints", ())

    def __call__(self, k: Array) -> Any:
        """What the function gives."""
        return self.function(k)


def with_sampled_spectrum(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Replace a spectrum that is not built in by its name and its samples, and arrays (k, w) by a table.

    Parameters
    ----------
    given
        Keys and values of a component, as given by the user.

    Returns
    -------
    Mapping
        The keys with the name as `spectrum` and the samples as `table`, or with the spectrum "table" of the arrays;
        unchanged for a built-in spectrum.

    Raises
    ------
    ValueError
        If there is no spectrum of that name, or it cannot be sampled.
    """
    spectrum = given.get("spectrum", BUILT_IN[0])
    if isinstance(spectrum, tuple | list | np.ndarray):
        return _with_arrays(given, spectrum)
    if isinstance(spectrum, str):
        if spectrum in BUILT_IN or given.get("table") is not None:
            return given
        name, spectrum = spectrum, _installed(spectrum)
    else:
        name = getattr(spectrum, "name", None) or _name_of(spectrum)
        if not isinstance(name, str) or name in ("", *BUILT_IN):
            raise ValueError(
                f"spectrum: its name = {name!r} must be a text other than {_quoted(BUILT_IN)}"
            )
        if given.get("table") is not None:
            raise ValueError(f"table: not beside the spectrum {name}, which gives w(k) itself")
    try:
        if callable(spectrum) and not hasattr(spectrum, "k_min"):
            spectrum = _on_band(spectrum, given)
        return {**given, "spectrum": name, "table": _sample(spectrum)}
    except ValueError as error:
        raise ValueError(f"spectrum: {name}: {error}") from None


def _with_arrays(given: Mapping[str, Any], arrays: Any) -> Mapping[str, Any]:
    """The keys with wavenumbers and values of w as the table of the spectrum "table"."""
    if len(arrays) != 2 or any(np.ndim(array) != 1 for array in arrays):
        raise ValueError("spectrum: arrays must be two, (k, w), of one dimension")
    if given.get("table") is not None:
        raise ValueError("table: not beside arrays (k, w), which are the table")
    # Masked values become None, and are refused as no numbers.
    wavenumbers, values = (
        array if isinstance(array, units.Quantity) else np.asanyarray(array).tolist()
        for array in arrays
    )
    table = {"wavenumber": wavenumbers, "spectrum": values}
    return {**given, "spectrum": "table", "table": table}


def _name_of(spectrum: Any) -> str:
    """Name of a function or of a class; that of a lambda is no name."""
    name = str(getattr(spectrum, "__name__", type(spectrum).__name__))
    return "function" if name == "<lambda>" else name


def _on_band(function: Callable[[Any], Any], given: Mapping[str, Any]) -> _OnBand:
    """A function without a band of its own, on that of `outer_scale` and `inner_scale`."""
    if given.get("inner_scale") is None:
        raise ValueError(
            'a function without k_max: give the end of its band beside it, such as inner_scale = "1 pc"'
        )
    ends = []
    for key, scale in (
        ("outer_scale", given.get("outer_scale", OUTER_SCALE)),
        ("inner_scale", given["inner_scale"]),
    ):
        try:
            ends.append(2 * math.pi / read_quantity(scale, "pc"))
        except (ValueError, ZeroDivisionError):
            raise ValueError(
                f'{key} = {scale}: must be a positive length, such as "1 pc"'
            ) from None
    return _OnBand(function, *ends)


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
        ends = [_wavenumber(spectrum.k_min), _wavenumber(spectrum.k_max)]
        inner = [_wavenumber(k) for k in getattr(spectrum, "breakpoints", ())]
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            "must be arrays (k, w), a function w(k), or an object with k_min, k_max (numbers in 1/pc or "
            "Quantities), and w(k) when called"
        ) from None
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


def _wavenumber(given: Any) -> float:
    """A wavenumber in 1/pc."""
    return float(given.to_value(WAVENUMBER) if isinstance(given, units.Quantity) else given)


def _evaluate(spectrum: Spectrum, k: Array) -> Any:
    """w(k) for numbers in 1/pc, or for a Quantity if it cannot be had of numbers."""
    try:
        given = spectrum(k.copy())
        return given.to_value(DENSITY) if isinstance(given, units.Quantity) else given
    except (units.UnitsError, AttributeError):
        return units.Quantity(spectrum(k * WAVENUMBER)).to_value(DENSITY)


def _values(spectrum: Spectrum, k: Array) -> Array:
    """Evaluate w(k) and check shape and values."""
    flat = k.ravel()
    try:
        given = _evaluate(spectrum, flat)
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
