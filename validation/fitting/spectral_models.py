"""Models of C_ℓ that can be fitted to a measured spectrum.

`isotropic` and `parallel` are C_ℓ = (D/v)² A_ℓ for a power law of turbulence, on all scales or between two, with any
free-path law, number of scatterings and collision operator (ZL24 Eqs. 6, 7, 10 and ZL25 Eq. 13, extended in
`power_table`). Since C_ℓ ∝ σ² (λ/L)^(γ−1), σ and λ are degenerate, and λ is fixed, λ_ref (E/E_ref)^(2−γ_g). `a14` and
`am15` are the alternative models of ZL24 App. B. White noise N, from a finite number of events, may be added to each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import CONTINUAL, NAMED
from eddysky.simulator.config.energy_response import Rigidities
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.simulator.config.quantities import proton_speed
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.parameters import (
    AMPLITUDE,
    EXPONENT,
    NOISE,
    RIGIDITIES,
    TRANSPORT,
    Parameter,
    Value,
    number,
)
from eddysky.validation.theory.alternative_models import ahlers2014, ahlers_mertsch2015
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.parallel_closed_form import parallel_power_law
from eddysky.validation.theory.path_spread import PathSpread
from eddysky.validation.theory.power_table import tabulate_power
from eddysky.validation.theory.scattering import ScatteringModel, scattering_count

__all__ = ["MODELS", "Model"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A model of C_ℓ.

    Parameters
    ----------
    name
        Name on the command line.
    parameters
        Its parameters, the fitted ones first.
    scale, power
        Parameter that sets the amplitude, and the exponent in C_ℓ ∝ scale^power.
    shape
        Fitted parameter that sets the shape, and trial values for the start of a fit; None if the shape is fixed.
    axisymmetric
        Whether only m = 0 about one axis has power: C_ℓ of one sky then has one degree of freedom, not 2ℓ+1.
    spectrum
        Function that gives C_ℓ (n,) for ascending multipoles (n,) and a value of each parameter.
    """

    name: str
    parameters: tuple[Parameter, ...]
    scale: str
    power: int
    shape: tuple[str, tuple[float, ...]] | None
    axisymmetric: bool
    spectrum: Callable[[NDArray[np.int64], Mapping[str, Value]], Array]

    def __contains__(self, name: object) -> bool:
        """Whether the model has a parameter of this name."""
        return any(parameter.name == name for parameter in self.parameters)

    def __getitem__(self, name: str) -> Parameter:
        """Parameter of this name.

        Raises
        ------
        InputError
            If there is none; lists the names.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters)
        raise InputError(f"{name}: not a parameter of the model {self.name}; it has {known}")

    def complete(self, given: Mapping[str, Value], lmin: int) -> dict[str, Value]:
        """Add the defaults to given values, and check that the values go together.

        Parameters
        ----------
        given
            Values of some parameters.
        lmin
            Lowest multipole of the data.

        Returns
        -------
        dict
            The same with the defaults of the others; erlang_order only with Erlang paths.

        Raises
        ------
        InputError
            If the order is missing for Erlang paths or given for others, if the collision operator does not go with
            free path and scatterings, if only one end of the band is given or the ends are in the wrong order, if the
            dipole is infinite, or if there is nothing but a dipole.
        """
        if given.get("collisions", "bgk") != "bgk":
            given = CONTINUAL | dict(given)
        path = given.get("free_path", "fixed")
        if path == "erlang" and "erlang_order" not in given:
            raise InputError(
                "free_path = erlang: needs erlang_order, a whole number from 1 to 10000"
            )
        if path != "erlang" and "erlang_order" in given:
            order = given["erlang_order"]
            raise InputError(f"erlang_order = {order}: only with free_path = erlang, not {path}")
        values: dict[str, Value] = {
            p.name: p.default for p in self.parameters if p.default is not None
        }
        values |= given
        if "outer_scale" not in self:
            return values
        if path != "erlang":
            del values["erlang_order"]
        outer, inner = number(values, "outer_scale"), number(values, "inner_scale")
        if math.isinf(outer) != (inner == 0):
            missing = "outer_scale" if math.isinf(outer) else "inner_scale"
            raise InputError(
                f"{missing}: must be given too; a band of turbulence has two ends or none"
            )
        _check_scattering(values)
        if isinstance(values[RIGIDITIES], Rigidities) and number(values, "energy_width") > 0:
            raise InputError(
                f"energy_width = {number(values, 'energy_width'):g}: the configuration has another energy response or "
                "a composition; give --fix rigidities=none to leave it out"
            )
        if not inner < outer:
            raise InputError(
                f"inner_scale = {inner:.10g} pc: must be below outer_scale = {outer:.10g} pc"
            )
        stationary = values["scatterings"] == "stationary"
        potential = self.axisymmetric or number(values, "transverse_fraction") == 0
        if stationary and potential and (path == "exponential" or values.get("erlang_order") == 1):
            what = "parallel transport" if self.axisymmetric else "transverse_fraction = 0"
            raise InputError(
                f"scatterings = stationary: with exponential free paths {what} has no multipoles but the dipole"
            )
        infinite = self.axisymmetric or number(values, "transverse_fraction") < 1
        for key, applies in (
            ("frame", values["frame"] == "observer"),
            ("scatterings", stationary and infinite),
        ):
            if applies and inner == 0 and lmin == 1:
                raise InputError(
                    f"{key} = {values[key]}: has an infinite dipole where the turbulence is a power law on all scales; "
                    "give outer_scale and inner_scale, or leave l = 1 out"
                )
        return values

    def expected(self, ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
        """C_ℓ (n,) with noise, for ascending multipoles ℓ ≥ 1 (n,) and a value of each parameter."""
        return self.spectrum(ell, values) + number(values, NOISE.name)


def _check_scattering(values: Mapping[str, Value]) -> None:
    """Refuse free paths and numbers of scatterings that a collision operator other than BGK does not have."""
    collisions = values["collisions"]
    for key, only in CONTINUAL.items():
        if collisions != "bgk" and values[key] != only:
            raise InputError(
                f"{key} = {values[key]}: with collisions = {collisions} it must be {only}"
            )


def _turbulent(mode: str, ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ = (D/v)² A_ℓ of isotropic (ZL24 Eqs. 6, 7, 10) or parallel (ZL25 Eq. 13) transport."""
    shift = (number(values, "spectral_index") + 2) / proton_speed(number(values, "energy"))
    energy, index = number(values, "energy"), number(values, "index")
    growth = (energy / number(values, "reference_energy")) ** (
        2 - number(values, "scattering_index")
    )
    path = number(values, "mean_free_path") * growth
    flow = PowerLaw(index, number(values, "velocity_dispersion"), number(values, "reference_scale"))
    # w = scale x^(−γ) per unit of x = kλ.
    scale = shift**2 * float(flow(1 / path)) / path
    fraction, inner = number(values, "transverse_fraction"), number(values, "inner_scale")
    law = free_path_law(
        str(values["free_path"]), int(number({"erlang_order": 1} | dict(values), "erlang_order"))
    )
    # The frame matters only at ℓ = 1.
    frame = str(values["frame"]) if ell[0] == 1 else "fluid"
    transport = ScatteringModel(
        law,
        _count(values["scatterings"]),
        frame,
        NAMED[str(values["collisions"])],
        _spread(values),
    )
    if inner == 0 and transport == ScatteringModel():
        closed = {"isotropic": isotropic_power_law, "parallel": parallel_power_law}[mode]
        return np.asarray(scale * closed(ell, index, fraction))
    ends = None
    if inner > 0:
        outer = number(values, "outer_scale")
        ends = (2 * math.pi * path / outer, 2 * math.pi * path / inner)
    table = tabulate_power(mode, transport, fraction, ends, int(ell[-1]))
    return np.asarray(scale * table(index)[ell])


def _count(value: Value) -> float:
    """Number of scatterings, infinite in the stationary limit."""
    assert not isinstance(value, Rigidities)
    return scattering_count(value)


def _spread(values: Mapping[str, Value]) -> PathSpread | None:
    """Mean free paths of the particles of one sky, by energy response and composition."""
    index, rigidities = number(values, "scattering_index"), values[RIGIDITIES]
    if not isinstance(rigidities, Rigidities):
        return PathSpread.from_width(number(values, "energy_width"), index)
    return None if index == 2 else PathSpread(rigidities, 2 - index)


INDICES = ("index", (1.2, 1.5, 1.8, 2.2, 2.7))
EXPONENTS = ("exponent", (0.1, 0.3, 0.5, 0.7, 0.9))


def _a14(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of A14 (Ahlers 2014, by ZL24 App. B)."""
    return ahlers2014(ell, number(values, "amplitude"))


def _am15(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of AM15 (Ahlers & Mertsch 2015, by ZL24 App. B, not checked against the paper)."""
    return ahlers_mertsch2015(ell, number(values, "exponent"), number(values, "amplitude"))


MODELS = {
    model.name: model
    for model in (
        *(
            Model(mode, TRANSPORT, "velocity_dispersion", 2, INDICES, mode == "parallel", partial(_turbulent, mode))
            for mode in ("isotropic", "parallel")
        ),
        Model("a14", (AMPLITUDE, NOISE), "amplitude", 1, None, False, _a14),
        Model("am15", (AMPLITUDE, EXPONENT, NOISE), "amplitude", 1, EXPONENTS, False, _am15),
    )
}  # fmt: skip
