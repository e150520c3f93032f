"""Scattering model of a prediction: free-path law, number of scatterings, frame of the sky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack

from eddysky.simulator.config.free_path import FixedPath, FreePathLaw
from eddysky.simulator.config.named_free_paths import free_path_law

__all__ = ["ScatteringModel", "ScatteringOptions"]


class ScatteringOptions(TypedDict, total=False):
    """Keywords of the predictions; the defaults are "fixed", 1, 1 and "fluid"."""

    free_path: str | FreePathLaw
    erlang_order: int
    scatterings: int
    frame: str


_FIXED = FixedPath()


@dataclass(frozen=True, slots=True)
class ScatteringModel:
    """How the particles scatter, and the frame in which the sky is observed.

    Parameters
    ----------
    law
        Free-path law.
    scatterings
        Number of scatterings N ≥ 1 that are followed.
    frame
        Rest frame of the sky: "fluid" (the flow at the observer) or "observer".

    Raises
    ------
    ValueError
        If N is not a positive integer or the frame is unknown.
    """

    law: FreePathLaw = _FIXED
    scatterings: int = 1
    frame: str = "fluid"

    def __post_init__(self) -> None:
        if self.scatterings != int(self.scatterings) or self.scatterings < 1:
            raise ValueError(f"scatterings must be a positive integer, got {self.scatterings}")
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
        return cls(law, options.get("scatterings", 1), options.get("frame", "fluid"))
