"""A survey: which part of the sky is observed, with how many events, and how the sky is made from them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Literal, Self

from eddysky.simulator.errors import InputError

__all__ = ["Survey", "Weighting"]

Weighting = Literal["mask", "exposure"]
WEIGHTINGS = ("mask", "exposure")
# Counts are kept as whole numbers, and as doubles where they are divided.
MOST_EVENTS = 1e24


@dataclass(frozen=True, slots=True)
class Survey:
    """An observation as it is asked for.

    Parameters
    ----------
    field
        What is seen: names of detectors, "full", "dec:MIN,MAX" [degrees], or several of these joined by "+"; or the
        name of a FITS mask.
    events
        Expected number of events of an isotropic sky: of all together, or of each part of the field.
    nside
        Resolution of the maps, a power of two.
    point_spread
        σ of the Gaussian spread of reconstructed directions [degrees].
    acceptance
        Exponent n of the acceptance of detectors, cosⁿ of the zenith angle.
    keep_zonal
        Whether the m = 0 multipoles in equatorial axes are kept, which no array on the ground can measure.
    weighting
        Weight of the pixels in spectra: "mask" (1 inside the field), or "exposure" (proportional to it).
    apodise
        Distance from the edge of the field over which the weight rises [degrees].
    compton_getting
        Speed [km/s], right ascension and declination [degrees] of a motion of the observer, or None.
    seed
        Of the counts.

    Raises
    ------
    InputError
        Names the value that is not allowed.

    Examples
    --------
    >>> Survey("icecube", (1.7e11,), 64)  # doctest: +ELLIPSIS
    Survey(field='icecube', events=(170000000000.0,), nside=64, ...)
    """

    field: str
    events: tuple[float, ...]
    nside: int
    point_spread: float = 0.0
    acceptance: float = 1.0
    keep_zonal: bool = False
    weighting: Weighting = "mask"
    apodise: float = 10.0
    compton_getting: tuple[float, float, float] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        nside = self.nside
        if not (1 <= nside <= 2048) or nside & (nside - 1):
            raise InputError(f"nside = {nside}: must be a power of two (1, 2, 4, … 2048)")
        if not self.events:
            raise InputError("events: needs a number")
        for number in self.events:
            within("events", number, 1.0, MOST_EVENTS)
        within("point_spread", self.point_spread, 0.0, 90.0, " degrees")
        within("acceptance", self.acceptance, 0.0, 100.0)
        within("apodise", self.apodise, 0.0, 180.0, " degrees")
        if self.weighting not in WEIGHTINGS:
            raise InputError(
                f"weighting = {self.weighting!r}: must be one of {', '.join(WEIGHTINGS)}"
            )
        if not 0 <= self.seed < 1 << 63:
            raise InputError(f"seed = {self.seed}: must be from 0 to below 2^63")
        if self.compton_getting is not None:
            speed, longitude, latitude = self.compton_getting
            within("compton_getting speed", speed, 0.0, 1e4, " km/s")
            within("compton_getting RA", longitude, 0.0, 360.0, " degrees")
            within("compton_getting Dec", latitude, -90.0, 90.0, " degrees")

    @property
    def total_events(self) -> float:
        """Expected number of events of all parts together."""
        return math.fsum(self.events)

    def to_json(self) -> str:
        """JSON text from which `from_json` restores the survey."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Survey of a text made by `to_json`.

        Raises
        ------
        ValueError
            If the text is not one of a survey.
        """
        values = json.loads(text)
        for name, kind in (("field", str), ("nside", int), ("keep_zonal", bool), ("seed", int)):
            if type(values[name]) is not kind:
                raise ValueError(f"survey: {name} = {values[name]!r}")
        values["events"] = tuple(values["events"])
        if values["compton_getting"] is not None:
            values["compton_getting"] = tuple(values["compton_getting"])
        try:
            return cls(**values)
        except InputError as error:
            raise ValueError(f"survey: {error}") from None


def within(key: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Refuse a number out of range, or none at all."""
    if not low <= value <= high:
        raise InputError(f"{key} = {value:g}: must be from {low:g} to {high:g}{unit}")
