"""Models of C_ℓ that can be fitted to a measured spectrum, and their parameters.

`isotropic` and `parallel` are C_ℓ = (D/v)² A_ℓ with the A_ℓ of `angular_power` and `parallel_power` for a power law
(ZL24 Eqs. 6, 7, 10; ZL25 Eq. 13): fixed free path, one scattering, fluid frame. Since C_ℓ ∝ σ² (λ/L)^(γ−1), a
spectrum cannot tell σ and λ apart, and λ is given. `a14` and `am15` are the rivals of ZL24 App. B. White noise N, which
a finite number of events leaves, may be added to any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from eddysky.simulator.errors import InputError
from eddysky.simulator.spectrum import PowerLaw
from eddysky.validation.parallel import parallel_power
from eddysky.validation.quadrature import angular_power
from eddysky.validation.rivals import ahlers2014, ahlers_mertsch2015

__all__ = ["MODELS", "NOISE", "Model", "Parameter"]

Array = NDArray[np.float64]

SPEED_OF_LIGHT = constants.c / 1e3
PROTON_REST_ENERGY = constants.physical_constants["proton mass energy equivalent in MeV"][0] / 1e6


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a model depends on.

    Parameters
    ----------
    name
        As the command line and the configuration call it.
    unit
        Unit of its values; empty for pure numbers.
    allowed
        Allowed values in words.
    low, high
        The same in numbers.
    default
        Value at which it is held unless told otherwise; None: it is fitted.
    closed
        Whether `low` and `high` are allowed themselves.
    """

    name: str
    unit: str
    allowed: str
    low: float
    high: float
    default: float | None = None
    closed: bool = False

    def check(self, value: float) -> None:
        """Refuse a value out of range.

        Raises
        ------
        InputError
            Names the parameter, the value and what is allowed.
        """
        inside = self.low < value < self.high
        if not inside and not (self.closed and value in (self.low, self.high)):
            given = f"{value:.10g} {self.unit}".strip()
            raise InputError(f"{self.name} = {given}: must be {self.allowed}")


@dataclass(frozen=True, slots=True)
class Model:
    """A model of C_ℓ.

    Parameters
    ----------
    name
        What the command line calls it.
    parameters
        Its parameters, those that are fitted first.
    scale, power
        The parameter that sets the amplitude, and C_ℓ ∝ scale^power.
    shape
        The fitted parameter that sets the shape, and values of it to begin a search from; None if the shape is given.
    axisymmetric
        Whether only m = 0 about one axis carries power: C_ℓ of one sky then has one degree of freedom, not 2ℓ+1.
    spectrum
        C_ℓ for multipoles (n,) ascending from 1 and a value of each parameter.
    """

    name: str
    parameters: tuple[Parameter, ...]
    scale: str
    power: int
    shape: tuple[str, tuple[float, ...]] | None
    axisymmetric: bool
    spectrum: Callable[[NDArray[np.int64], Mapping[str, float]], Array]

    def __contains__(self, name: object) -> bool:
        """Whether there is a parameter of that name."""
        return any(parameter.name == name for parameter in self.parameters)

    def __getitem__(self, name: str) -> Parameter:
        """The parameter of a name.

        Raises
        ------
        InputError
            If there is none; lists those that there are.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters)
        raise InputError(f"{name}: not a parameter of the model {self.name}; it has {known}")

    def expected(self, ell: NDArray[np.int64], values: Mapping[str, float]) -> Array:
        """C_ℓ with noise, for multipoles (n,) ascending from 1 and a value of each parameter."""
        return self.spectrum(ell, values) + values[NOISE.name]


def positive(name: str, unit: str, default: float | None) -> Parameter:
    """A parameter above zero."""
    return Parameter(name, unit, "positive and finite", 0.0, math.inf, default)


NOISE = Parameter("noise", "", "zero or positive", 0.0, math.inf, 0.0, closed=True)

TRANSPORT = (
    positive("velocity_dispersion", "km/s", None),
    Parameter("index", "", "above 1 and below 3", 1.0, 3.0),
    positive("mean_free_path", "pc", 10.0),
    positive("reference_scale", "pc", 10.0),
    Parameter("transverse_fraction", "", "0 to 1", 0.0, 1.0, 2 / 3, closed=True),
    Parameter("spectral_index", "", "above -2 and at most 10", -2.0, 10.0, 2.7),
    Parameter(
        "energy", "TeV", f"above the rest energy of a proton, {PROTON_REST_ENERGY:.6g} TeV",
        PROTON_REST_ENERGY, math.inf, 10.0,
    ),
    Parameter("outer_scale", "pc", "above inner_scale", 0.0, math.inf, math.inf, closed=True),
    Parameter("inner_scale", "pc", "positive, below outer_scale", 0.0, math.inf, 0.0, closed=True),
    NOISE,
)  # fmt: skip


def turbulent(
    transport: Callable[..., Array], ell: NDArray[np.int64], values: Mapping[str, float]
) -> Array:
    """(D/v)² A_ℓ of one kind of transport."""
    speed = SPEED_OF_LIGHT * math.sqrt(1 - (PROTON_REST_ENERGY / values["energy"]) ** 2)
    shift = (values["spectral_index"] + 2) / speed
    inner = values["inner_scale"]
    flow = PowerLaw(
        values["index"],
        values["velocity_dispersion"],
        values["reference_scale"],
        2 * math.pi / values["outer_scale"],
        2 * math.pi / inner if inner > 0 else math.inf,
    )
    power = transport(flow, values["mean_free_path"], values["transverse_fraction"], int(ell[-1]))
    return np.asarray(shift**2 * power[ell])


def isotropic(ell: NDArray[np.int64], values: Mapping[str, float]) -> Array:
    """C_ℓ of isotropic transport (ZL24 Eqs. 6, 7, 10)."""
    return turbulent(angular_power, ell, values)


def parallel(ell: NDArray[np.int64], values: Mapping[str, float]) -> Array:
    """C_ℓ of transport along the magnetic field (ZL25 Eq. 13)."""
    return turbulent(parallel_power, ell, values)


def a14(ell: NDArray[np.int64], values: Mapping[str, float]) -> Array:
    """C_ℓ of A14."""
    return ahlers2014(ell, values["amplitude"])


def am15(ell: NDArray[np.int64], values: Mapping[str, float]) -> Array:
    """C_ℓ of AM15."""
    return ahlers_mertsch2015(ell, values["exponent"], values["amplitude"])


INDICES = (1.2, 1.5, 1.8, 2.2, 2.7)
EXPONENTS = (0.1, 0.3, 0.5, 0.7, 0.9)
AMPLITUDE = positive("amplitude", "", None)
EXPONENT = Parameter("exponent", "", "above 0 and below 1", 0.0, 1.0)

MODELS = {
    model.name: model
    for model in (
        Model(
            "isotropic", TRANSPORT, "velocity_dispersion", 2, ("index", INDICES), False, isotropic
        ),
        Model("parallel", TRANSPORT, "velocity_dispersion", 2, ("index", INDICES), True, parallel),
        Model("a14", (AMPLITUDE, NOISE), "amplitude", 1, None, False, a14),
        Model(
            "am15", (AMPLITUDE, EXPONENT, NOISE), "amplitude", 1, ("exponent", EXPONENTS),
            False, am15,
        ),
    )
}  # fmt: skip
