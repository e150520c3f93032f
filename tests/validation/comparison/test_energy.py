"""C_ℓ against energy: the index of a power law of turbulence, and the peak of an injection spectrum."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup
from eddysky.validation import predict
from eddysky.validation.comparison.energy import energy_index

WIDE = {
    "flow.outer_scale": "100 kpc",
    "flow.inner_scale": "0.5 pc",
    "flow.modes": 1024,
    "sky.nside": 8,
    "sky.lmax": 8,
    "ensemble.seed": 4,
}


def ensembles(settings, energies, realizations):
    return [
        simulate(
            Config().replace(
                settings
                | {"cosmic_rays.energy": f"{energy} TeV", "ensemble.realizations": realizations}
            ),
            maps=0,
        )
        for energy in energies
    ]


@pytest.mark.parametrize("index", [3 / 2, 5 / 3])
@pytest.mark.parametrize("scattering_index", [3 / 2, 5 / 3])
def test_index_of_a_power_law(index, scattering_index):
    """(γ−1)(2−γ_g), within 3.5 standard errors: one of four cases fails with a probability of 0.2%."""
    settings = WIDE | {"flow.index": index, "cosmic_rays.scattering_index": scattering_index}
    ell = [4, 5, 6, 7, 8]
    found = energy_index(ensembles(settings, (3, 10, 30), 60), ell)
    expected = (index - 1) * (2 - scattering_index)
    assert abs(found.mean - expected) < 3.5 * found.mean_error
    # 3.5 standard errors are less than half the smallest of the four indices, 1/6.
    assert found.mean_error < 0.02
    # The ends of the band are far away, so that the prediction has the same index.
    assert np.allclose(found.predicted, expected, atol=0.004)


def test_flows_are_the_same_at_all_energies():
    points = np.random.default_rng(3).normal(scale=20.0, size=(50, 3))
    flows = []
    for energy in ("10 TeV", "300 TeV"):
        setup = Setup.from_config(
            Config().replace(WIDE | {"cosmic_rays.energy": energy}), maps=False
        )
        flows.append(setup.flow(3).velocity(points))
    assert np.array_equal(*flows)


def test_jackknife_errors_agree_with_the_scatter():
    """Scatter of twenty disjoint ensembles of fifteen skies."""
    results = ensembles(WIDE | {"flow.modes": 256}, (5, 20), 300)
    indices, errors = [], []
    for start in range(0, 300, 15):
        rows = slice(start, start + 15)
        part = [
            type(r)(r.config, r.index[rows], r.power[rows], *[np.empty(0)] * 3) for r in results
        ]
        found = energy_index(part, [3, 4, 5])
        indices.append(found.measured)
        errors.append(found.error)
    # The standard deviation of twenty values has an error of 16%, the mean of three multipoles of 10%: 3.5 of these
    # (false alarm 5e-4), plus the bias of a jackknife of fifteen.
    ratio = np.std(indices, axis=0, ddof=1) / np.sqrt(np.mean(np.square(errors), axis=0))
    assert 0.6 < np.mean(ratio) < 1.4


def peak(energies, power):
    """Energy of the highest point of a parabola in logarithms through the highest value and its neighbours."""
    top = int(np.clip(np.argmax(power), 1, len(power) - 2))
    x, y = np.log(energies[top - 1 : top + 2]), np.log(power[top - 1 : top + 2])
    curvature, slope, _ = np.polyfit(x - x[1], y, 2)
    return x[1] - slope / (2 * curvature)


def test_injection_peaks_at_the_predicted_energy_of_each_multipole():
    """λ(E) ~ ℓ/k_i: simulated C_2, C_3 and C_4 peak at the predicted energies, in this order."""
    settings = WIDE | {
        "flow.spectrum": "injection",
        "flow.injection_scale": "50 pc",
        "flow.outer_scale": "5 kpc",
        "flow.inner_scale": "2 pc",
        "flow.modes": 512,
    }
    energies = np.geomspace(2, 3000, 12)
    results = ensembles(settings, energies, 120)
    power = np.array([result.power for result in results])
    theory = np.array([predict(result.config).c_ell for result in results])
    rng = np.random.default_rng(1)
    peaks = []
    for ell in (2, 3, 4):
        expected = peak(energies, theory[:, ell])
        measured = peak(energies, power[:, :, ell].mean(axis=1))
        draws = rng.integers(0, 120, (200, 120))
        spread = np.std([peak(energies, power[:, rows, ell].mean(axis=1)) for rows in draws])
        # 3.5 standard errors of a bootstrap: three multipoles fail with a probability of 0.2%.
        assert abs(measured - expected) < 3.5 * spread
        # In ln E, λ ∝ E^(1/3): the error of the peak is well below the distance between multipoles.
        assert spread < 0.5
        peaks.append(measured)
    assert peaks[0] + 1 < peaks[1]
    assert peaks[1] + 0.5 < peaks[2]


def test_ensembles_without_an_index():
    one, other = ensembles(WIDE | {"flow.modes": 32}, (5, 20), 3)
    with pytest.raises(ValueError, match="two energies"):
        energy_index([one], [2])
    short = type(other)(other.config, other.index[:2], other.power[:2], *[np.empty(0)] * 3)
    with pytest.raises(ValueError, match="same realisations"):
        energy_index([one, short], [2])
