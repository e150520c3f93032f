"""Comparisons as plain values and as text."""

from __future__ import annotations

import json

import numpy as np
from synthetic import CALM, SMALL, cosmic, result

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.descriptions import ranges
from eddysky.validation import compare, predict


def test_dictionary_is_plain(expected):
    rng = np.random.default_rng(35)
    for config, power in (
        (SMALL, cosmic(rng, expected(SMALL).prediction.c_ell, 20)),
        (CALM, predict(CALM).c_ell[None]),
    ):
        comparison = compare(result(config, power), expected(config))
        values = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert values["consistent"] is True
        assert values["ell"] == list(range(1, config.lmax + 1))
        np.testing.assert_allclose(values["measured"], power.mean(axis=0)[1:], rtol=1e-12)
        np.testing.assert_array_equal(values["predicted"], predict(config).c_ell[1:])
    # Only the dipole is predicted, and errors are zero.
    assert values["ratio"][0] == 1.0
    assert values["ratio"][1:] == [None] * (CALM.lmax - 1)
    assert values["pull"] == [None] * CALM.lmax


def test_a_verdict_names_its_multipoles():
    config = Config().replace(
        {
            "sky.nside": 8,
            "sky.lmax": 12,
            "flow.modes": 64,
            "flow.inner_scale": "100 pc",
            "sky.sampling": "random",
            "sky.particles": 5000,
            "ensemble.realizations": 10,
        }
    )
    comparison = compare(simulate(config, workers=1, maps=0))
    lines = str(comparison).split("\n")
    judged, noisy = comparison.ell, comparison.ell[~comparison.above_noise]
    assert 1 <= len(noisy) < len(judged) < 12
    assert f"(l = 1-{judged[-1]}, 10 realisations)" in lines[1]
    assert f"  l = {ranges(noisy.tolist())} in chi2 only: shot noise above 1.5 C_l" in lines
    above = ranges(comparison.ell[comparison.above_noise].tolist())
    assert (
        f"  amplitude {comparison.amplitude:.4f} ± {comparison.amplitude_error:.4f} of the prediction (l = {above})"
        in lines
    )
    np.testing.assert_array_equal(
        comparison.above_noise, comparison.noise <= 1.5 * comparison.predicted
    )
    # Each of 1...12 is judged or excluded, and the text gives the reason.
    assert sorted([*judged, *comparison.excluded]) == list(range(1, 13))
    for reason in set(comparison.excluded.values()):
        assert any(f"not judged: {reason}" in line for line in lines)
    found = comparison.to_dict()
    assert found["excluded"]["12"] == comparison.excluded[12]
    assert np.array_equal(found["ell"], judged)
    assert found["above_noise"] == comparison.above_noise.tolist()
    assert found["noise"] == comparison.noise.tolist()


def test_short_and_notebook_forms(expected):
    c_ell = expected(SMALL).prediction.c_ell
    found = compare(result(SMALL, cosmic(np.random.default_rng(37), c_ell, 100)), expected(SMALL))
    assert repr(found) == (
        f"<Comparison: consistent, 100 realisations, ℓ = 1-16, χ² = {found.chi2:.1f} for {found.dof:.1f} degrees of "
        f"freedom, p = {found.p_value:.2g}>"
    )
    assert found._repr_html_().startswith("<b>consistent with the theory</b><br>chi2 = ")
    assert found.table().splitlines()[16].split()[0] == "16"
    calm = compare(result(CALM, 1.1 * predict(CALM).c_ell[None]))
    assert repr(calm) == "<Comparison: not consistent, 1 realisation, ℓ = 1-4, nothing random>"
    assert str(calm).startswith(
        "NOT consistent with the theory\n  nothing random; C_1 within 1.0e-01 of"
    )
