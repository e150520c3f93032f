"""How the particles of a prediction came to the observer: law of the free path, scatterings, frame of the sky."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypedDict

__all__ = ["Transport", "TransportOptions"]


class TransportOptions(TypedDict, total=False):
    """Keywords of the predictions, each with the default of `Transport`."""

    free_path: str
    erlang_order: int
    scatterings: int
    frame: str


@dataclass(frozen=True, slots=True)
class Transport:
    """What a prediction depends on besides the flow and the mean free path.

    Parameters
    ----------
    free_path, erlang_order
        Law of the free path: "fixed", "exponential" or "erlang", and the order of the latter.
    scatterings
        Number N ≥ 1 of scatterings followed.
    frame
        Rest frame of the sky: "fluid" (at the observer) or "observer".

    Raises
    ------
    ValueError
        If one is out of its range, or an order is given to a law that has none.
    """

    free_path: str = "fixed"
    erlang_order: int = 1
    scatterings: int = 1
    frame: str = "fluid"

    def __post_init__(self) -> None:
        if self.free_path not in ("fixed", "exponential", "erlang"):
            raise ValueError(
                f'free path law must be "fixed", "exponential" or "erlang", got {self.free_path!r}'
            )
        if self.erlang_order != int(self.erlang_order) or self.erlang_order < 1:
            raise ValueError(f"Erlang order must be a positive integer, got {self.erlang_order}")
        if self.free_path != "erlang" and self.erlang_order != 1:
            raise ValueError(
                f"Erlang order {self.erlang_order} has no meaning for the free path law "
                f'"{self.free_path}"'
            )
        if self.scatterings != int(self.scatterings) or self.scatterings < 1:
            raise ValueError(f"scatterings must be a positive integer, got {self.scatterings}")
        if self.frame not in ("fluid", "observer"):
            raise ValueError(f'frame must be "fluid" or "observer", got {self.frame!r}')

    @property
    def order(self) -> float:
        """Order of the Erlang law that the free path follows: 1 for "exponential", infinity for "fixed"."""
        return math.inf if self.free_path == "fixed" else float(self.erlang_order)
