"""The result of a run: an ensemble of skies."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import counted
from eddysky.simulator.results.columns import COLUMNS, Column, stack
from eddysky.simulator.results.realization import Realization

__all__ = ["Result"]


def _no_indices() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """An ensemble of skies.

    Parameters
    ----------
    config
        The configuration of the run.
    index
        Global numbers of the realisations, ascending, shape (R,).
    power
        C_ℓ of δf/f for each realisation, shape (R, lmax + 1); ℓ = 0 is 4π mean², with random
        sampling 4π times the product of the means of both halves.
    mean
        ⟨δf/f⟩ over all directions, the removed monopole, shape (R,).
    map_index
        Numbers of the realisations whose maps were kept, shape (K,).
    maps
        δf/f − mean in RING order, NaN where no particle fell, shape (K, 12 nside²), single precision.
    hits
        Particles per pixel with random sampling, shape (K, 12 nside²), else None.
    variance
        Squared standard error of the maps with random sampling, else None.
    noise
        With random sampling the power of the shot noise in the sky of all particles, measured from the difference
        of two halves: one row a realisation, (R, lmax + 1). None with pixel centres and in results of older versions.
    zonal
        With parallel transport a_ℓ0 in the frame whose pole is the magnetic field, shape
        (R, halves, lmax + 1), else None. With random sampling there is one set for each half of the particles,
        whose shot noise is independent, so that products across the halves are unbiased; else one.
    alm_index
        Numbers of the realisations whose a_ℓm were kept, shape (A,).
    alm
        a_ℓm in equatorial axes, m by m as healpy has them, shape (A, halves, (lmax + 1)(lmax + 2)/2).
    columns
        Outside columns by name, each of shape (R, ...); described in `definitions`.
    definitions
        Name, units, description, shape and type of each outside column.

    Notes
    -----
    Two results are equal only if they are the same object; compare their arrays to compare numbers.

    Examples
    --------
    >>> result = simulate(Config(), "run.h5")  # or read("run.h5") later  # doctest: +SKIP
    >>> result  # doctest: +SKIP
    <Result: 100 realisations, nside 64, lmax 64, isotropic, 8 maps>
    >>> result.c_ell[1], result.error[1]  # mean dipole power and its standard error  # doctest: +SKIP
    """

    config: Config
    index: NDArray[np.int64]
    power: NDArray[np.float64]
    mean: NDArray[np.float64]
    map_index: NDArray[np.int64]
    maps: NDArray[np.float32]
    hits: NDArray[np.int64] | None = None
    variance: NDArray[np.float32] | None = None
    noise: NDArray[np.float64] | None = None
    zonal: NDArray[np.float64] | None = None
    alm_index: NDArray[np.int64] = field(default_factory=_no_indices)
    alm: NDArray[np.complex128] | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    definitions: tuple[Column, ...] = ()

    @classmethod
    def from_realizations(
        cls, config: Config, realizations: Iterable[Realization], columns: Sequence[Column] = ()
    ) -> Self:
        """Stack realisations, in the order of their indices."""
        ordered = sorted(realizations, key=lambda realization: realization.index)
        return cls(
            config=config,
            **{column.name: stack(column, config, ordered) for column in COLUMNS},
            columns={column.name: stack(column, config, ordered) for column in columns},
            definitions=tuple(column.fixed(config) for column in columns),
        )

    @property
    def nside(self) -> int:
        """Resolution of the maps."""
        return self.config.sky.nside

    @property
    def lmax(self) -> int:
        """Highest multipole of `power`."""
        return int(self.power.shape[1]) - 1

    @property
    def realizations(self) -> int:
        """Number of realisations."""
        return len(self.index)

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles ℓ = 0…lmax of the columns of `power`, shape (lmax + 1,)."""
        return np.arange(self.power.shape[1])

    @property
    def c_ell(self) -> NDArray[np.float64]:
        """Mean C_ℓ of the ensemble, shape (lmax + 1,)."""
        return np.asarray(self.power.mean(axis=0))

    @property
    def error(self) -> NDArray[np.float64]:
        """Standard error of `c_ell` from the scatter of the realisations, (lmax + 1,); NaN for one realisation."""
        if self.realizations < 2:
            return np.full(self.lmax + 1, np.nan)
        return np.asarray(self.power.std(axis=0, ddof=1) / np.sqrt(self.realizations))

    def _summary(self) -> list[str]:
        """Size and contents, in a few words each."""
        return [
            counted(self.realizations),
            f"nside {self.nside}",
            f"lmax {self.lmax}",
            self.config.transport.mode,
            f"{len(self.maps)} map" + ("" if len(self.maps) == 1 else "s"),
            *([f"columns {', '.join(self.columns)}"] if self.columns else []),
        ]

    def __repr__(self) -> str:
        return f"<Result: {', '.join(self._summary())}>"

    def _repr_html_(self) -> str:
        """Summary and mean spectrum for notebooks."""
        rows = "".join(
            f"<tr><td>{ell}</td><td>{mean:.4g}</td><td>{error:.2g}</td></tr>"
            for ell, mean, error in zip(self.ell[:9], self.c_ell, self.error, strict=False)
        )
        return (
            f"<p><b>Result</b>: {html.escape(', '.join(self._summary()))}</p>"
            f"<table><tr><th>ℓ</th><th>C<sub>ℓ</sub> of δf/f</th><th>standard error</th></tr>{rows}</table>"
        )
