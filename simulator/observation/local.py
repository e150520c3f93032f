"""Counts in local coordinates, one map for each degree of sidereal time, as the public likelihood code reads them.

That code (Ahlers et al. 2016, ApJ 823, 10; github.com/jcdiazvelez/cra-ahlers-llh) fits sky and acceptance together. Of
each detector it reads one HEALPix map in RING order for each sidereal bin t = 0…359, whose colatitude is the zenith
angle. With β = 2π t/360 + longitude and the latitude φ, the axes of the map are in equatorial axes X, Y, Z

    x = (cos β sin φ, sin β sin φ, −cos φ),  y = (−sin β, cos β, 0),  z = (cos β cos φ, sin β cos φ, sin φ),

which at β point to the south, to the east and to the zenith.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.counts import draw_counts, sky_to_observe
from eddysky.simulator.observation.detectors import DETECTORS, Detector
from eddysky.simulator.observation.exposure import events_of_parts, parts_of_field
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.results.writing import writing
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.rings import Rings, healpix_rings
from eddysky.simulator.transport.blocks import mapped

__all__ = ["BINS", "LOCAL_NSIDE", "check_local", "local_counts", "write_local"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]
Integers = NDArray[np.int64]

# Sidereal bins and resolution that the likelihood code expects.
BINS, LOCAL_NSIDE = 360, 64
# Purposes of the random numbers: one for each bin of each detector.
LOCAL_COUNTS = 1000


def check_local(survey: Survey, config: Config) -> None:
    """Refuse a field that is not made of detectors, and multipoles that the maps cannot hold."""
    for part in parts_of_field(survey.field):
        if part not in DETECTORS:
            raise InputError(
                f"--local: field {part}: only detectors have local coordinates: {', '.join(DETECTORS)}"
            )
    if config.lmax > 3 * LOCAL_NSIDE - 1:
        raise InputError(
            f"--local: lmax = {config.lmax}: maps of nside {LOCAL_NSIDE} hold at most {3 * LOCAL_NSIDE - 1}"
        )


def local_counts(
    alm: Alm, lmax: int, detector: Detector, survey: Survey, events: float, number: int,
    nside: int = LOCAL_NSIDE, threads: int = 1,
) -> Iterator[Integers]:  # fmt: skip
    """Counts of a detector in local coordinates, bin by bin.

    They are other random numbers than those of the equatorial map. The sky stands still within a bin.

    Parameters
    ----------
    alm
        a_ℓm of the sky as `sky_to_observe` gives it, up to lmax.
    lmax
        Highest multipole.
    detector, survey
        The array, and the exponent of its acceptance and seed.
    events
        Expected events of an isotropic sky in all bins.
    number
        Number of the realisation.
    nside
        Resolution of the maps.
    threads
        Threads; the counts do not depend on it.

    Yields
    ------
    ndarray
        Counts of each pixel, shape (12 nside²,), 0 beyond the zenith cut.
    """
    rings = healpix_rings(nside)
    inside = int(np.sum(rings.colatitude <= np.radians(detector.zenith_cut)))
    seen = Rings(
        rings.colatitude[:inside], rings.longitudes[:inside], rings.first_longitude[:inside]
    )
    cosines = np.repeat(np.cos(seen.colatitude), seen.longitudes)
    acceptance = np.float_power(cosines, survey.acceptance)
    rate = events / BINS * acceptance / np.sum(acceptance)
    purpose = LOCAL_COUNTS + BINS * list(DETECTORS).index(detector.name)

    def counts(step: int) -> Integers:
        zenith = unit_vector((360 * step / BINS + detector.longitude, detector.latitude))
        sky = seen.synthesise(to_field_frame(alm, lmax, zenith), lmax)
        found = np.zeros(12 * nside**2, dtype=np.int64)
        found[: len(sky)] = draw_counts(rate * (1 + sky), survey.seed, number, purpose + step)
        return found

    yield from mapped(counts, range(BINS), threads, purpose="bins")


def write_local(
    folder: Path, final: Path, alm: Alm, config: Config, survey: Survey, number: int, *,
    nside: int = LOCAL_NSIDE, threads: int = 1,
) -> None:  # fmt: skip
    """Write the maps of all detectors of a survey and the configuration of the likelihood code, config.json.

    Parameters
    ----------
    folder, final
        Where the files are written, and the folder that they will be in, which config.json names.
    alm
        a_ℓm of the sky up to `config.lmax`.
    config, survey
        Of the sky and of its observation.
    number
        Number of the realisation.
    nside, threads
        As in `local_counts`.
    """
    sky, known = sky_to_observe(alm, config, survey), {}
    for name, events in events_of_parts(survey).items():
        detector = DETECTORS[name]
        prefix, suffix = f"{detector.title}_LOCAL_NSIDE{nside}_degbin-", ".fits.gz"
        found = local_counts(sky, config.lmax, detector, survey, events, number, nside, threads)
        units = empty_map(nside, detector)
        for step, counts in enumerate(found):
            path = folder / f"{prefix}{step:03d}{suffix}"
            with writing(final / path.name):
                path.write_bytes(filled(units, counts, step))
        known[detector.title] = {
            "nside": nside,
            "latitude": detector.latitude,
            "longitude": detector.longitude,
            "thetamax": detector.zenith_cut,
            "prefix": str(final.absolute() / prefix),
            "suffix": suffix,
        }
    text = json.dumps({"detectors": known}, indent=4)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def empty_map(nside: int, detector: Detector) -> Any:
    """A map without counts as FITS: doubles in the first column of the first table, the header in front of it."""
    from astropy.io import fits

    about = [
        ("CUTS", f"zenith below {detector.zenith_cut:g} deg", "simulated by eddysky"),
        ("COORDS", "local", "colatitude: zenith angle; x south, y east"),
        ("NEVENTS", 0.0, "events in this bin"),
        ("STARTMJD", 0.0, "simulated: no dates"),
        ("STOPMJD", 0.0, "simulated: no dates"),
        ("TOTDUR", 0.0, "simulated: no dates"),
        ("TIMESYS", "sidereal", "bins of sidereal time at longitude 0"),
        ("TIMEBIN", 0, "sidereal bin, from 0"),
        ("NBINS", BINS, "number of sidereal bins"),
    ]
    pixels = 12 * nside**2
    healpix = [
        ("PIXTYPE", "HEALPIX", "HEALPix pixelisation"),
        ("ORDERING", "RING", "pixel order"),
        ("NSIDE", nside, "resolution"),
        ("FIRSTPIX", 0, "first pixel"),
        ("LASTPIX", pixels - 1, "last pixel"),
        ("INDXSCHM", "IMPLICIT", "all pixels are listed"),
        ("OBJECT", "FULLSKY", "zero beyond the zenith cut"),
    ]
    row = min(pixels, 1024)
    column = fits.Column("COUNTS", f"{row}D", unit="count", array=np.zeros((pixels // row, row)))
    # The likelihood code reads the keys in front of the table; programs for maps read them with it.
    table = fits.BinTableHDU.from_columns([column], header=fits.Header(about + healpix))
    return fits.HDUList([fits.PrimaryHDU(header=fits.Header(about)), table])


def filled(units: Any, counts: Integers, step: int) -> bytes:
    """The compressed file of the counts of a bin."""
    for unit in units:
        unit.header["NEVENTS"], unit.header["TIMEBIN"] = float(np.sum(counts)), step
    column = units[1].data.field(0)
    column[:] = counts.reshape(column.shape)
    data = io.BytesIO()
    units.writeto(data, output_verify="ignore")
    # Without the time of day: the same counts give the same bytes.
    return gzip.compress(data.getvalue(), 6, mtime=0)
