"""How the particles of a prediction came to the observer: law of the free path, scatterings, frame of the sky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict, Unpack

from eddysky.simulator.config.free_path import FixedPath, FreePathLaw
from eddysky.simulator.config.named_free_paths import free_path_law

__all__ = ["Transport", "TransportOptions"]


class TransportOptions(TypedDict, total=False):
    """Keywords of the predictions, each with the default of `Transport`."""

    free_path: str | FreePathLaw
    erlang_order: int
    scatterings: int
    frame: str


_FIXED = FixedPath()


@dataclass(frozen=True, slots=True)
class Transport:
    """What a prediction depends on besides the flow and the mean free path.

    Parameters
    ----------
    law
        Law of the free path.
    scatterings
        Number N ≥ 1 of scatterings followed.
    frame
        Rest frame of the sky: "fluid" (at the observer) or "observer".

    Raises
    ------
    ValueError
        If one is out of its range.
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
    def from_options(cls, **options: Unpack[TransportOptions]) -> Transport:
        """Transport from keywords of the predictions; free_path and erlang_order are those of `free_path_law`.

        Raises
        ------
        ValueError
            If one is out of its range, or an order is given to a law that has none.
        """
        law = free_path_law(options.get("free_path", "fixed"), options.get("erlang_order", 1))
        return cls(law, options.get("scatterings", 1), options.get("frame", "fluid"))
