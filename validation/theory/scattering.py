"""Scattering model of a prediction: free paths, number of scatterings, collision operator, frame of the sky."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from eddysky.simulator.config.collisions import Bgk, CollisionOperator
from eddysky.simulator.config.free_path import ErlangPath, FixedPath, FreePathLaw
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.validation.theory.path_spread import PathSpread

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["ScatteringModel", "ScatteringOptions", "scattering_count"]


class ScatteringOptions(TypedDict, total=False):
    """Keywords of the predictions; the defaults are "fixed", 1, 1, "fluid", `Bgk()` and None."""

    free_path: str | FreePathLaw
    erlang_order: int
    scatterings: float | Literal["stationary"]
    frame: str
    collisions: CollisionOperator
    spread: PathSpread | None


_FIXED, _BGK = FixedPath(), Bgk()


@dataclass(frozen=True, slots=True)
class ScatteringModel:
    """How the particles scatter, and the frame in which the sky is observed.

    Parameters
    ----------
    law
        Free-path law.
    scatterings
        Number of scatterings N ≥ 1 that are followed; infinite in the stationary limit.
    frame
        Rest frame of the sky: "fluid" (the flow at the observer) or "observer".
    collisions
        Collision operator. Others than BGK act all the time: they need the exponential law and the stationary limit.
    spread
        Spread of the mean free paths over the energies and charges of the particles; None where all are the same.

    Raises
    ------
    ValueError
        If N is neither a positive integer nor infinite, if the collision operator does not go with law and N, or if
        the frame is unknown.
    """

    law: FreePathLaw = _FIXED
    scatterings: float = 1
    frame: str = "fluid"
    collisions: CollisionOperator = _BGK
    spread: PathSpread | None = None

    def __post_init__(self) -> None:
        whole = math.isinf(self.scatterings) or self.scatterings == int(self.scatterings)
        if not whole or self.scatterings < 1:
            raise ValueError(
                f'scatterings must be a positive integer or "stationary", got {self.scatterings}'
            )
        if self.collisions != _BGK and not (self.exponential and math.isinf(self.scatterings)):
            raise ValueError(
                f"{self.collisions.words} needs free_path 'exponential' and scatterings 'stationary', "
                f"got {self.law.name!r} and {self.scatterings}"
            )
        if self.frame not in ("fluid", "observer"):
            raise ValueError(f'frame must be "fluid" or "observer", got {self.frame!r}')

    @classmethod
    def from_options(cls, **options: Unpack[ScatteringOptions]) -> ScatteringModel:
        """Model from the keywords of a prediction; free_path and erlang_order are those of `free_path_law`.

        Raises
        ------
        ValueError
            If a value is not allowed, or if erlang_order is given for a law without an order.
        """
        law = free_path_law(options.get("free_path", "fixed"), options.get("erlang_order", 1))
        return cls(
            law,
            scattering_count(options.get("scatterings", 1)),
            options.get("frame", "fluid"),
            options.get("collisions", _BGK),
            options.get("spread"),
        )

    @classmethod
    def from_config(cls, config: Config) -> ScatteringModel:
        """Model of a configuration."""
        transport = config.transport
        count, spread = transport.scattering_count, PathSpread.from_config(config)
        return cls(transport.law, count, config.sky.frame, transport.collisions, spread)

    @property
    def exponential(self) -> bool:
        """Whether free paths are exponentially distributed."""
        return isinstance(self.law, ErlangPath) and self.law.order == 1

    @property
    def knee(self) -> float:
        """kλ below which the transfer functions are close to their leading powers.

        For N scatterings 1/√N, the inverse of the distance that particles reach; in the stationary limit the
        compression at all earlier scatterings is itself a power of kλ up to 1. Smaller where some mean free paths are
        larger than λ.
        """
        own = 1.0 if math.isinf(self.scatterings) else 1 / math.sqrt(self.scatterings)
        return own if self.spread is None else own / max(self.spread.ends[1], 1.0)


def scattering_count(given: float | str) -> float:
    """Number of scatterings as a number: infinite for "stationary"."""
    if given == "stationary":
        return math.inf
    if isinstance(given, str):
        raise ValueError(f'scatterings must be a positive integer or "stationary", got {given!r}')
    return float(given)
