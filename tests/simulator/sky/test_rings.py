"""Transforms on rings against spherical harmonics of our own, and HEALPix rings against healpy."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator.sky.rings import RingPairs, Rings, healpix_rings


def directions(rings):
    counts = rings.longitudes.astype(int)
    theta = np.repeat(rings.colatitude, counts)
    phi = np.concatenate(
        [
            first + 2 * np.pi / count * np.arange(count)
            for first, count in zip(rings.first_longitude, counts, strict=True)
        ]
    )
    sine = np.sin(theta)
    return np.stack([sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)], axis=1)


# A grid of no symmetry: unequal rings that begin anywhere.
UNEVEN = Rings(
    np.array([0.2, 0.9, 1.7, 2.9]),
    np.array([3, 8, 6, 5], dtype=np.uint64),
    np.array([0.1, 0.0, 2.0, 0.7]),
)
GRIDS = [UNEVEN, healpix_rings(1), healpix_rings(4)]


@pytest.mark.parametrize("nside", [1, 2, 16])
def test_healpix_rings_are_those_of_healpy(nside):
    pixels = np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2)), axis=1)
    assert np.max(np.abs(directions(healpix_rings(nside)) - pixels)) <= 1e-14


@pytest.mark.parametrize("rings", GRIDS)
def test_synthesis(synthesis, random_alm, rings):
    alm = random_alm(7, seed=2)
    expected = synthesis(alm, directions(rings), 7)
    # Rounding: 64 terms of order one.
    assert np.max(np.abs(rings.synthesise(alm, 7) - expected)) <= 1e-12


@pytest.mark.parametrize("rings", GRIDS)
def test_projection(harmonics, rings):
    points = directions(rings)
    values = np.random.default_rng(3).normal(size=len(points))
    expected = np.conj(harmonics(points, 6)) @ values
    assert np.max(np.abs(rings.project(values, 6) - expected)) <= 1e-12


@pytest.mark.parametrize("nside", [1, 2, 8])
@pytest.mark.parametrize("size", [1, 40, 10**6])
def test_pairs_of_rings_have_every_point_of_a_map(nside, size):
    rings = healpix_rings(nside)
    points, found = directions(rings), np.full((12 * nside**2, 3), np.nan)
    for part in RingPairs.from_rings(rings).parts(size):
        ends = np.cumsum(part.counts)
        for count, end, north, south in zip(part.counts, ends, part.north, part.south, strict=True):
            half = part.points[end - count : end]
            for start, z in ((north, 1), (south, -1)):
                found[start : start + count] = half * [1, 1, z]
                found[start + count : start + 2 * count] = half * [-1, -1, z]
    assert np.max(np.abs(found - points)) <= 1e-14
