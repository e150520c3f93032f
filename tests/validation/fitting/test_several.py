"""Spectra of several energies fitted together, energy responses, and observations."""

from __future__ import annotations

import dataclasses

import healpy
import numpy as np
import pytest
from references import turbulent_spectrum

from eddysky import Config, simulate
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import Assumptions, comment_lines
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.validation import MeasuredPower, fit, predict
from eddysky.validation.fitting.observed_spectrum import observed_spectrum
from eddysky.validation.fitting.sources import check_models, merge, read_comments, read_settings
from eddysky.validation.fitting.spectral_models import MODELS

SIGMAS = 3.0
ELL = np.arange(2, 25)
TRUTH = {"velocity_dispersion": 20.0, "index": 5 / 3}


def at(energy, rng=None, error=0.1):
    """A spectrum at an energy [TeV]: λ = 10 pc (E/10 TeV)^(1/3), and C_ℓ ∝ λ^(γ−1)."""
    c_ell = turbulent_spectrum("isotropic", ELL) * (energy / 10) ** (2 / 9)
    noise = 0.0 if rng is None else error * c_ell * rng.standard_normal(len(ELL))
    return MeasuredPower(
        ELL, c_ell + noise, error * c_ell, f"{energy} TeV", parameters={"energy": energy}
    )


def test_several_energies_have_one_turbulence():
    spectra = [at(energy) for energy in (10.0, 40.0, 200.0)]
    found = fit(spectra)
    for name, truth in TRUTH.items():
        # 2e-4 of −2 ln L is 0.015 standard errors.
        assert abs(found[name].value - truth) < 0.02 * found[name].error
    assert found.goodness.dof == 3 * len(ELL) - 2
    alone = fit(spectra[0])
    # The amplitudes, ∝ λ^(γ−1), measure the index too.
    assert found["index"].error < 0.95 * alone["index"].error / 3**0.5
    # λ is the same for all only if γ_g = 2: the amplitudes then disagree.
    same = fit(spectra, fixed={"scattering_index": 2.0})
    assert same.goodness.statistic > 50
    assert [each.fixed["energy"] for each in found.spectra] == [10.0, 40.0, 200.0]
    assert "energy" not in found.fixed
    plain = found.to_dict()
    assert plain["spectra"][1]["fixed"]["energy"] == {"value": 40.0, "unit": "TeV"}
    assert "reference_energy" in plain["fixed"]
    assert "energy = 10, 40, 200 TeV, reference_energy = 10 TeV, scattering_index" in str(found)
    np.testing.assert_allclose(found.curve(ELL, 2), spectra[2].c_ell, rtol=1e-2)


@pytest.mark.slow
def test_intervals_of_several_energies_cover_the_truth():
    rng, sets = np.random.default_rng(8), 200
    covered = np.zeros((2, 2))
    for _ in range(sets):
        found = fit([at(energy, rng, 0.2) for energy in (10.0, 100.0)])
        for row, (name, truth) in enumerate(TRUTH.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[row, column] += ends[0] < truth < ends[1]
    for level, column in zip((0.6827, 0.95), covered.T / sets, strict=True):
        assert np.all(np.abs(column - level) < SIGMAS * np.sqrt(level * (1 - level) / sets))


def test_several_spectra_that_do_not_go_together():
    one, two = at(10.0), at(20.0)
    with pytest.raises(InputError, match="'a14': does not depend on the energy"):
        fit([one, two], "a14")
    with pytest.raises(InputError, match="noise: one level does not suit"):
        fit([one, two], noise=True)
    with pytest.raises(InputError, match="at least one spectrum"):
        fit([])
    steep = dataclasses.replace(two, parameters={"energy": 20.0, "index": 1.5})
    with pytest.raises(InputError, match=r"20\.0 TeV: index: is fixed for some"):
        fit([one, steep])


BAND = {
    "flow.outer_scale": "300 pc", "flow.inner_scale": "1 pc", "sky.nside": 8, "sky.lmax": 12,
    "flow.modes": 256,
}  # fmt: skip


def test_an_energy_response_that_is_known_is_no_bias():
    """The prediction of a configuration comes back with its response, by a wrong index without."""
    config = Config().replace(BAND | {"cosmic_rays.energy_response": {"width": 0.7}})
    c_ell = predict(config).c_ell[2:]
    ell = np.arange(2, 2 + len(c_ell))
    stated = Assumptions.from_config(config, "a.toml").values
    data = MeasuredPower(ell, c_ell, 0.05 * c_ell)
    found = fit(data, fixed=stated)
    for name, truth in TRUTH.items():
        assert abs(found[name].value - truth) < 0.02 * found[name].error
    blind = fit(data, fixed={k: v for k, v in stated.items() if k != "energy_width"})
    assert abs(blind["index"].value - 5 / 3) > 5 * found["index"].error


MIXED = {"cosmic_rays.composition": {"charges": [1, 2], "fractions": [0.5, 0.5]}}


def test_a_composition_is_taken_from_a_configuration_and_not_left_out_unsaid(tmp_path):
    config = Config().replace(BAND | MIXED)
    stated = Assumptions.from_config(config, "a.toml")
    c_ell = predict(config).c_ell[2:]
    data = MeasuredPower(np.arange(2, 2 + len(c_ell)), c_ell, 0.05 * c_ell)
    found = fit(data, fixed=stated.values)
    assert abs(found["index"].value - 5 / 3) < 0.02 * found["index"].error
    found.to_dict()
    assert "rigidities = " in str(found)
    # Text cannot hold it, and says so.
    table = tmp_path / "mean.csv"
    table.write_text("\n".join([*comment_lines(config, 4), "ell,c_ell,error", "2,1e-8,1e-9"]))
    known = read_comments(table)
    with pytest.raises(InputError, match=r"mean\.csv: has an energy response or a composition"):
        check_models(merge([known]), [MODELS["isotropic"]], 2)
    parameters = {p.name: p for p in MODELS["isotropic"].parameters}
    for later in (stated, read_settings(["rigidities=none"], parameters)):
        check_models(merge([known, later]), [MODELS["isotropic"]], 2)
    with pytest.raises(InputError, match=r"energy_width = 0\.5: the configuration has another"):
        fit(data, fixed=stated.values | {"energy_width": 0.5})


def test_a_width_is_a_comment_of_an_exported_table(tmp_path):
    config = Config().replace(BAND | {"cosmic_rays.energy_response": {"width": 0.7}})
    table = tmp_path / "mean.csv"
    table.write_text("\n".join([*comment_lines(config, 4), "2,1e-8"]))
    assert read_comments(table).values["energy_width"] == 0.7


@pytest.fixture(scope="module")
def observation(tmp_path_factory):
    path = tmp_path_factory.mktemp("observed") / "sky.h5"
    settings = BAND | {"ensemble.realizations": 12}
    simulate(Config().replace(settings), path, maps=0, workers=1)
    return observe(path, Survey("hawc", (1e13,), 8, point_spread=2.0), maps=0)


def test_an_observation_gives_its_turbulence_back(observation):
    data = observed_spectrum(observation, "OBS.h5")
    np.testing.assert_allclose(
        data.c_ell, (observation.power - observation.noise).mean(axis=0)[1:], rtol=1e-12
    )
    assert data.realizations == 12
    np.testing.assert_allclose(data.coverage.noise, observation.noise.mean(axis=0))
    # Not given a likelihood, an observation has its own: there are no errors but those of sky and counts.
    found = fit(observation, lmin=2)
    assert found.spectra[0].likelihood.name == "cosmic-variance"
    for name, truth in TRUTH.items():
        assert abs(found[name].value - truth) < SIGMAS * found[name].error
        assert found[name].error < 0.15 * truth
    assert found.goodness.p_value > 0.0027
    assert found.fixed["inner_scale"] == pytest.approx(1.0)


def half(observation):
    """The observation of one half of all right ascensions."""
    weight = observation.weight * (np.cos(healpy.pix2ang(8, np.arange(768))[1]) > 0)
    return dataclasses.replace(observation, weight=weight)


@pytest.mark.parametrize("field", [lambda whole: whole, half])
def test_the_beam_is_in_matrix_and_covariance(observation, field):
    seen = field(observation)
    survey = dataclasses.replace(seen.survey, point_spread=0.0)
    smooth = observed_spectrum(seen).coverage
    sharp = observed_spectrum(dataclasses.replace(seen, survey=survey)).coverage
    ell = np.arange(13)
    beam = np.exp(-ell * (ell + 1) * np.radians(2) ** 2)
    np.testing.assert_allclose(smooth.matrix, sharp.matrix * beam, rtol=1e-10)
    assert (smooth.orders is None) == (field is half)
    if smooth.orders is not None:
        c_ell = 1e-6 / (ell + 1.0) ** 3
        np.testing.assert_allclose(smooth.orders(c_ell), sharp.orders(c_ell * beam), rtol=1e-10)


def test_one_observation_and_what_is_refused(observation):
    one = observed_spectrum(observation, row=3, lmax=8)
    assert (one.error, one.realizations, one.ell[-1]) == (None, 1, 8)
    np.testing.assert_array_equal(
        one.c_ell, (observation.power - observation.noise)[3, 1:9]
    )  # fmt: skip
    with pytest.raises(InputError, match=r"row = 12: OBS\.h5 has 12 observations"):
        observed_spectrum(observation, "OBS.h5", row=12)
    moved = dataclasses.replace(observation.survey, compton_getting=(220.0, 0.0, 0.0))
    with pytest.raises(InputError, match="Compton-Getting dipole"):
        observed_spectrum(dataclasses.replace(observation, survey=moved))
