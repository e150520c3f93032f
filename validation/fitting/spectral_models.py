"""Models of C_ℓ that can be fitted to a measured spectrum, and their parameters.

`isotropic` and `parallel` are C_ℓ = (D/v)² A_ℓ for a power law of turbulence, on all scales or between two, with any
law of the free path and number of scatterings (ZL24 Eqs. 6, 7, 10 and ZL25 Eq. 13 extended; see `power_table`). Since
C_ℓ ∝ σ² (λ/L)^(γ−1), a spectrum cannot tell σ and λ apart, and λ is given. `a14` and `am15` are the alternative
models of ZL24 App. B. White noise N, which a finite number of events leaves, may be added to any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import BUILT_IN
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.simulator.config.quantities import PROTON_REST_ENERGY, proton_speed
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.alternative_models import ahlers2014, ahlers_mertsch2015
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.parallel_closed_form import parallel_power_law
from eddysky.validation.theory.power_table import tabulate_power
from eddysky.validation.theory.scattering import ScatteringModel

__all__ = ["MODELS", "NOISE", "Model", "Parameter", "Value"]

Array = NDArray[np.float64]

# Most parameters are numbers; laws and frames are words.
Value = float | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, or a word, that a model depends on.

    Parameters
    ----------
    name
        As the command line and the configuration call it.
    unit
        Unit of its values; empty for pure numbers and words.
    allowed
        Allowed values in words.
    low, high
        The same in numbers.
    default
        Value at which it is fixed unless told otherwise; None: it is fitted.
    closed
        Whether `low` and `high` are allowed themselves.
    whole
        Whether it must be a whole number.
    words
        The values allowed, where these are words.
    """

    name: str
    unit: str
    allowed: str
    low: float
    high: float
    default: Value | None = None
    closed: bool = False
    whole: bool = False
    words: tuple[str, ...] = ()

    def check(self, value: Value) -> None:
        """Refuse a value out of range.

        Raises
        ------
        InputError
            Names the parameter, the value and what is allowed.
        """
        if self.words or isinstance(value, str):
            good, given = value in self.words, str(value)
        else:
            inside = self.low < value < self.high
            inside = inside or (self.closed and value in (self.low, self.high))
            good = inside and not (self.whole and value != int(value))
            given = f"{value:.10g} {self.unit}".strip()
        if not good:
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
    spectrum: Callable[[NDArray[np.int64], Mapping[str, Value]], Array]

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

    def expected(self, ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
        """C_ℓ with noise, for multipoles (n,) ascending from 1 and a value of each parameter."""
        return self.spectrum(ell, values) + number(values, NOISE.name)


def number(values: Mapping[str, Value], name: str) -> float:
    """Value of a parameter that is a number."""
    return float(values[name])


def positive(name: str, unit: str, default: float | None) -> Parameter:
    """A parameter above zero."""
    return Parameter(name, unit, "positive and finite", 0.0, math.inf, default)


def choice(name: str, words: tuple[str, ...]) -> Parameter:
    """A parameter that is one of a few words, the first by default."""
    allowed = f"one of {', '.join(words)}"
    return Parameter(name, "", allowed, -math.inf, math.inf, words[0], words=words)


def count(name: str) -> Parameter:
    """A parameter that is a whole number, 1 by default."""
    allowed = "a whole number from 1 to 10000"
    return Parameter(name, "", allowed, 1, 10_000, 1, closed=True, whole=True)


NOISE = Parameter("noise", "", "zero or positive", 0.0, math.inf, 0.0, closed=True)

TRANSPORT = (
    positive("velocity_dispersion", "km/s", None),
    Parameter("index", "", "above 1 and below 3", 1.0, 3.0),
    choice("free_path", BUILT_IN),
    count("erlang_order"),
    count("scatterings"),
    choice("frame", ("fluid", "observer")),
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


def turbulent(mode: str, ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """(D/v)² A_ℓ of one kind of transport."""
    shift = (number(values, "spectral_index") + 2) / proton_speed(number(values, "energy"))
    path, index = number(values, "mean_free_path"), number(values, "index")
    flow = PowerLaw(index, number(values, "velocity_dispersion"), number(values, "reference_scale"))
    # w = scale x^(−γ) per unit of x = kλ.
    scale = shift**2 * float(flow(1 / path)) / path
    fraction, inner = number(values, "transverse_fraction"), number(values, "inner_scale")
    transport = transport_of(ell, values)
    if inner == 0 and transport == ScatteringModel():
        closed = {"isotropic": isotropic_power_law, "parallel": parallel_power_law}[mode]
        return np.asarray(scale * closed(ell, index, fraction))
    ends = None
    if inner > 0:
        outer = number(values, "outer_scale")
        ends = (2 * math.pi * path / outer, 2 * math.pi * path / inner)
    table = tabulate_power(mode, transport, fraction, ends, int(ell[-1]))
    return np.asarray(scale * table(index)[ell])


def transport_of(ell: NDArray[np.int64], values: Mapping[str, Value]) -> ScatteringModel:
    """Scattering model that the values of the parameters describe; frames differ at ℓ = 1 alone."""
    law = free_path_law(str(values["free_path"]), int(values.get("erlang_order", 1)))
    frame = str(values["frame"]) if ell[0] == 1 else "fluid"
    return ScatteringModel(law, int(values["scatterings"]), frame)


def isotropic(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of isotropic transport (ZL24 Eqs. 6, 7, 10, and for other free paths and scatterings)."""
    return turbulent("isotropic", ell, values)


def parallel(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of transport along the magnetic field (ZL25 Eq. 13, and for other free paths and scatterings)."""
    return turbulent("parallel", ell, values)


def a14(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of A14 (Ahlers 2014, by ZL24 App. B)."""
    return ahlers2014(ell, number(values, "amplitude"))


def am15(ell: NDArray[np.int64], values: Mapping[str, Value]) -> Array:
    """C_ℓ of AM15 (Ahlers & Mertsch 2015, by ZL24 App. B; the paper itself was not at hand)."""
    return ahlers_mertsch2015(ell, number(values, "exponent"), number(values, "amplitude"))


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
