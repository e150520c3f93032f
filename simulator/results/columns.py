"""The table of the columns of a results file; reading, writing and merging loop over it.

Users can define further columns, outside columns, which are stored in the group /columns of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.results.shot_noise import ShotNoise
from eddysky.simulator.sky.alm_index import alm_size

if TYPE_CHECKING:
    from eddysky.simulator.flow.fields import VelocityField
    from eddysky.simulator.results.realization import Realization

__all__ = ["COLUMNS", "ROWS", "Column", "Rows", "no_summary", "stack"]

Rows = Literal["index", "map_index", "alm_index"]
Measure = Callable[[Config, "VelocityField", "Realization"], Any]

# Attribute of `Realization` that must not be None for it to have a row.
ROWS: dict[Rows, str] = {"index": "index", "map_index": "sky", "alm_index": "alm"}


def _everywhere(_: Config) -> bool:
    return True


def _no_attributes(_: Config) -> dict[str, Any]:
    return {}


def no_summary(_config: Config, _rows: Mapping[str, Any]) -> dict[str, Any]:
    """No attributes that depend on the rows."""
    return {}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a results file, with one row per realisation.

    Parameters
    ----------
    name
        Name of the dataset. That of an outside column must be a Python identifier.
    description
        What the numbers are; written into the file. Outside columns are compared by description, units, type and
        shape, so change the description when `measure` changes.
    units
        Units, "1" for dimensionless numbers; written into the file.
    shape
        Shape of one row, or a function that returns it for a configuration.
    dtype
        NumPy type of the numbers: integer, real or complex.
    measure
        Outside columns only: function of the configuration (with the realisation's magnetic field), the flow (a
        `VelocityField`, all its components also with parallel transport) and the `Realization` that returns a row.
        `alm` is always present, `sky` where the map is kept. It is called from several threads and must be
        deterministic.
    rows
        Dataset with the numbers of the rows' realisations; "index" for outside columns.
    source
        Attribute of `Realization` with the row; the name by default.
    present
        Whether results of a configuration have the column.
    since
        First `results_version` of files that have the column.
    packed
        Whether the dataset is compressed.
    attributes
        Further HDF5 attributes for a configuration.
    summary
        Built-in columns only: further HDF5 attributes for a configuration and the rows of all columns by name.

    Examples
    --------
    The speed of the flow at the observer, one number per realisation:

    >>> import numpy as np
    >>> speed = Column(
    ...     "speed",
    ...     "speed of the flow at the observer",
    ...     units="km/s",
    ...     measure=lambda config, flow, realization: np.linalg.norm(flow.velocity(np.zeros((1, 3)))),
    ... )
    >>> simulate(config, "run.h5", columns=[speed]).columns["speed"]  # doctest: +SKIP
    """

    name: str
    description: str
    units: str = "1"
    shape: tuple[int, ...] | Callable[[Config], tuple[int, ...]] = ()
    dtype: str = "float64"
    measure: Measure | None = field(default=None, compare=False)
    rows: Rows = "index"
    source: str = ""
    present: Callable[[Config], bool] = _everywhere
    since: int = 1
    packed: bool = False
    attributes: Callable[[Config], Mapping[str, Any]] = field(default=_no_attributes, compare=False)
    summary: Callable[[Config, Mapping[str, Any]], Mapping[str, Any]] = field(
        default=no_summary, compare=False
    )

    @property
    def path(self) -> str:
        """Name of the dataset in the file."""
        return f"columns/{self.name}" if self.is_outside else self.name

    @property
    def is_outside(self) -> bool:
        """Whether the column is user-defined, not one of `COLUMNS`."""
        return self.name not in _NAMES

    def row_shape(self, config: Config) -> tuple[int, ...]:
        """Shape of one row in results of a configuration."""
        return self.shape(config) if callable(self.shape) else self.shape

    def row(self, realization: Realization) -> Any:
        """Row of a realisation."""
        if self.is_outside:
            return realization.columns[self.name]
        value: Any = realization
        for attribute in (self.source or self.name).split("."):
            value = getattr(value, attribute)
        return value

    def holds(self, dtype: np.dtype[Any]) -> bool:
        """Whether a type is of the same kind as that of the column: integer, real or complex."""
        kind = np.dtype(self.dtype).kind
        return dtype.kind in ("iu" if kind in "iu" else kind)

    def fixed(self, config: Config) -> Column:
        """The column as read back from a file: with the shape for a configuration and without `measure`."""
        dtype = np.dtype(self.dtype).name
        return replace(self, shape=self.row_shape(config), dtype=dtype, measure=None)


def _random(config: Config) -> bool:
    return config.particles_drawn


def _zonal(config: Config) -> bool:
    return config.transport.zonal


def _multipoles(config: Config) -> tuple[int, ...]:
    return (config.lmax + 1,)


def _pixels(config: Config) -> tuple[int, ...]:
    return (12 * config.sky.nside**2,)


def _halves_and_multipoles(config: Config) -> tuple[int, ...]:
    return (1 + _random(config), config.lmax + 1)


def _halves_and_coefficients(config: Config) -> tuple[int, ...]:
    return (1 + _random(config), alm_size(config.lmax))


_ESTIMATORS = {
    "pixel-centre": "auto-spectrum, exact quadrature on a Gauss-Legendre grid; no pixel window, no noise",
    "expected": "expectation over all paths, summed mode by mode without a grid; no pixel window, no noise",
    "random": "cross-spectrum of two independent halves of the particles, transformed without pixels; "
    "no pixel window, no noise bias",
    "stratified": "cross-spectrum of two independent halves of the particles, each stratified in arrival "
    "direction and free path, transformed without pixels; no pixel window, no noise bias",
    "orbits": "cross-spectrum of two independent halves of the orbits, transformed without pixels; "
    "no pixel window, no noise bias",
}


def _about_power(config: Config) -> dict[str, Any]:
    return {"lmax": config.lmax, "estimator": _ESTIMATORS[config.sampling]}


def _about_alm(config: Config) -> dict[str, Any]:
    return {"lmax": config.lmax, "coordinate_system": "C (equatorial, J2000)"}


def _about_noise(config: Config, rows: Mapping[str, Any]) -> dict[str, Any]:
    if not len(rows["power"]):
        return {}
    found = ShotNoise.from_rows(config, rows["power"][()], rows["noise"][()])
    return {"noise_level": found.level, "noise_crossing": found.crossing}


def _about_maps(config: Config) -> dict[str, Any]:
    return {
        "nside": config.sky.nside,
        "ordering": "RING",
        "coordinate_system": "C (equatorial, J2000)",
        "frame": config.sky.frame,
        "direction": "arrival direction: where the particle comes from",
    }


COLUMNS = (
    Column(
        "index",
        "global number of the realisation; with the seed it names the random streams",
        dtype="int64",
    ),
    Column(
        "power",
        "angular power spectrum C_l of the relative intensity; row = realisation, column = l; "
        "C_0 = 4 pi mean^2, with random sampling 4 pi times the product of the means of both halves",
        shape=_multipoles,
        attributes=_about_power,
    ),
    Column(
        "mean",
        "mean of the relative intensity over all directions, removed from the maps",
    ),
    Column(
        "noise",
        "power spectrum of the shot noise in the sky of all particles, measured from the difference of two "
        "halves; row = realisation, column = l",
        shape=_multipoles,
        present=_random,
        since=4,
        summary=_about_noise,
    ),
    Column(
        "zonal",
        "a_l0 in the frame whose pole is the magnetic field; realisation x half of the particles x l",
        shape=_halves_and_multipoles,
        present=_zonal,
        since=2,
    ),
    Column(
        "map_index",
        "global numbers of the realisations whose maps are kept",
        dtype="int64",
        rows="map_index",
        source="index",
    ),
    Column(
        "maps",
        "relative intensity minus its mean; NaN where no particle fell",
        shape=_pixels,
        dtype="float32",
        rows="map_index",
        source="sky.intensity",
        packed=True,
        attributes=_about_maps,
    ),
    Column(
        "hits",
        "particles per pixel",
        shape=_pixels,
        dtype="int64",
        rows="map_index",
        source="sky.hits",
        present=_random,
        packed=True,
        attributes=_about_maps,
    ),
    Column(
        "variance",
        "squared standard error of the maps; NaN below two hits",
        shape=_pixels,
        dtype="float32",
        rows="map_index",
        source="sky.variance",
        present=_random,
        packed=True,
        attributes=_about_maps,
    ),
    Column(
        "alm_index",
        "global numbers of the realisations whose a_lm are kept",
        dtype="int64",
        rows="alm_index",
        source="index",
        since=2,
    ),
    Column(
        "alm",
        "a_lm of the relative intensity, m by m as in healpy; realisation x half of the particles x (l, m)",
        shape=_halves_and_coefficients,
        dtype="complex128",
        rows="alm_index",
        since=2,
        attributes=_about_alm,
    ),
)
_NAMES = frozenset(column.name for column in COLUMNS)


def stack(column: Column, config: Config, realizations: Sequence[Realization]) -> Any:
    """Rows of a column, one for each realisation that has one; None where the configuration has no such column."""
    if not column.present(config):
        return None
    kept = [r for r in realizations if getattr(r, ROWS[column.rows]) is not None]
    rows = np.array([column.row(r) for r in kept], dtype=column.dtype)
    return rows.reshape(len(kept), *column.row_shape(config))
