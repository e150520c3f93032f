"""Averages of the transfer functions over energies and charges, against plain sums over many mean free paths."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.signal import fftconvolve
from scipy.special import spherical_jn

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.energy_response import (
    LogNormalResponse,
    ResponseTable,
    Rigidities,
)
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation import angular_power, isotropic_power_law
from eddysky.validation.theory.drift_kinetic import (
    drift_kinetic_across,
    drift_kinetic_response,
)
from eddysky.validation.theory.path_spread import PathSpread
from eddysky.validation.theory.power_table import tabulate_power
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

LMAX = 12
PROTONS, NUCLEI = ((0.0, 1.0),), ((0.0, 0.7), (-math.log(26), 0.3))
NORMAL, TABLE = LogNormalResponse(0.5), ResponseTable((0.3, 1.0, 2.0, 8.0), (0.0, 1.0, 0.5, 0.2))
SPREADS = {
    "log-normal": PathSpread(Rigidities(PROTONS, NORMAL), 1 / 3),
    "shorter paths at high energies": PathSpread(Rigidities(PROTONS, NORMAL), -0.5),
    "table": PathSpread(Rigidities(PROTONS, TABLE), 1 / 3),
    "nuclei": PathSpread(Rigidities(NUCLEI, None), 1 / 3),
    "nuclei and log-normal": PathSpread(Rigidities(NUCLEI, NORMAL), 1 / 3),
}
# Below, across and beyond the multipoles; fixed paths with z up to 3000 have nodes for the mean over the oscillation.
X = np.array([1e-3, 0.4, 5.0, 31.0, 32.0, 150.0, 700.0])


class UniformPath(FreePathLaw):
    """All lengths up to twice the mean are equally likely."""

    name = "uniform"

    def quantile(self, probability):
        return 2 * np.asarray(probability)

    def characteristic(self, q):
        q = np.asarray(q, dtype=np.complex128)
        return np.exp(1j * q) * np.sinc(q.real / np.pi)


MODELS = {
    "fixed": ScatteringModel(),
    "observer": ScatteringModel(scatterings=3, frame="observer"),
    "stationary": ScatteringModel(scatterings=math.inf),
    "exponential": ScatteringModel.from_options(free_path="exponential", scatterings=4),
    "Erlang": ScatteringModel.from_options(free_path="erlang", erlang_order=7),
    "small-angle": ScatteringModel.from_options(
        free_path="exponential", scatterings="stationary", collisions=SmallAngle()
    ),
}


def plain(spread, function, x, points=10_000):
    """Mean of function(ηx) by the midpoint rule in ln η between kinks, for one charge after the other."""
    total = 0.0
    for shift, fraction in spread.rigidities.parts:
        response = spread.rigidities.response
        if response is None:
            y, weight = np.zeros(1), np.ones(1)
        else:
            ends = np.array([response.low, *response.breakpoints, response.high])
            step = np.diff(ends)[:, np.newaxis] / points
            y = (ends[:-1, np.newaxis] + step * (np.arange(points) + 0.5)).ravel()
            weight = np.repeat(step, points) * response.density(y)
        eta = np.exp(spread.exponent * (y + shift))
        total = total + fraction * (function(eta * x) @ weight)
    return total


CASES = [(case, "log-normal") for case in MODELS] + [("fixed", name) for name in SPREADS]


@pytest.mark.parametrize(("case", "name"), CASES)
def test_transfer_functions(case, name):
    """The midpoint rule is good to 1e-8 between the kinks of a table, and far better without."""
    single, spread = MODELS[case], SPREADS[name]
    found = transfer(dataclasses.replace(single, spread=spread), X, LMAX)

    def functions(z):
        of_one = transfer(single, z, LMAX)
        return np.concatenate([of_one.longitudinal, of_one.transverse])

    columns = np.concatenate([found.longitudinal, found.transverse]).T
    for x, column in zip(X, columns, strict=True):
        expected = plain(spread, functions, x)
        np.testing.assert_allclose(column, expected, rtol=1e-7, atol=2e-9)


@pytest.mark.parametrize("name", ["log-normal", "nuclei"])
@pytest.mark.parametrize("case", ["fixed", "observer", "exponential"])
def test_drift_kinetic_functions(case, name):
    """V and, as λ multiplies the compression, ηU; the limit of waves across b, too."""
    single, spread = MODELS[case], SPREADS[name]
    model = dataclasses.replace(single, spread=spread)
    found = drift_kinetic_response(model, X, LMAX)
    for x, column in zip(X, np.moveaxis(found, 2, 0), strict=True):

        def functions(z, x=x):
            velocity, compression = drift_kinetic_response(single, z, LMAX)
            return np.concatenate([velocity, compression * z / x])

        expected = plain(spread, functions, x).reshape(2, LMAX + 1)
        np.testing.assert_allclose(column, expected, rtol=1e-7, atol=2e-9)
    across = drift_kinetic_response(model, np.array([1e-6]), LMAX)[:, :, 0]
    np.testing.assert_allclose(drift_kinetic_across(model, LMAX), across, atol=1e-5)


def test_one_scattering_is_a_broader_law_of_free_paths():
    """The characteristic function of all paths together gives the same sky, by quadrature over μ instead of z."""
    spread = SPREADS["log-normal"]
    eta, weight = spread.rule()

    class AllPaths(FreePathLaw):
        name = "all"

        def quantile(self, probability):
            return np.exp(spread.exponent * NORMAL.quantile(probability))

        def characteristic(self, q):
            return sum(w * np.exp(1j * e * q) for e, w in zip(eta, weight, strict=True))

    # So long waves that 128 mean free paths resolve all phases.
    flow = PowerLaw(5 / 3, 20.0, 10.0, 0.05, 3.0)
    expected = angular_power(flow, 10.0, 0.4, 8, free_path=AllPaths())
    found = angular_power(flow, 10.0, 0.4, 8, spread=spread)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_other_laws():
    """Of a law known by its characteristic function."""
    model = ScatteringModel(UniformPath(), 2)
    spread, x = SPREADS["nuclei and log-normal"], np.array([0.3, 6.0])
    found = transfer(dataclasses.replace(model, spread=spread), x, 4)
    for number, place in enumerate(x):
        expected = plain(spread, lambda z: transfer(model, z, 4).longitudinal, place, points=400)
        np.testing.assert_allclose(found.longitudinal[:, number], expected, atol=1e-10)


# Fixed paths, γ = γ_g = 5/3, β = 2/3, no ends of the band: what remains of C_10 and C_30, and the slope from 10 to 12.
STATED = {0.3: (0.67, 0.32, -3.12), 0.7: (0.39, 0.15, -3.43), 1.0: (0.29, 0.10, -3.51)}


@pytest.mark.parametrize("width", STATED)
def test_range_of_energies_steepens_the_spectrum(width):
    """The numbers of docs/paths-and-collisions.md, and a sum over energies of Bessel functions from SciPy."""
    ell = np.array([10, 12, 30])
    one = isotropic_power_law(ell, 5 / 3, 2 / 3)
    model = ScatteringModel(spread=PathSpread.from_width(width))
    found = tabulate_power("isotropic", model, 2 / 3, None, 30)(5 / 3)[ell]
    assert round(math.log(one[1] / one[0]) / math.log(1.2), 2) == -2.61
    slope = math.log(found[1] / found[0]) / math.log(1.2)
    ratios = (found / one)[[0, 2]]
    assert (round(ratios[0], 2), round(ratios[1], 2), round(slope, 2)) == STATED[width]

    step, deviation = 5e-4, width / 3
    reach = int(7.5 * deviation / step)
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / deviation) ** 2)
    z = np.exp(np.arange(math.log(0.1) - 7.5 * deviation, math.log(200) + 7.5 * deviation, step))
    x = z[reach:-reach]
    for multipole, expected in zip(ell, found, strict=True):
        slopes = spherical_jn(multipole, z, derivative=True)
        values = spherical_jn(multipole, z) / z
        averages = [fftconvolve(each, weight / weight.sum(), "valid") for each in (slopes, values)]
        # β = 2/3: both kinds of waves count one third.
        squares = averages[0] ** 2 + multipole * (multipole + 1) * averages[1] ** 2
        power = 4 * math.pi / 3 * np.sum(squares * x ** (-5 / 3) * x) * step
        assert power == pytest.approx(expected, rel=1e-7)
