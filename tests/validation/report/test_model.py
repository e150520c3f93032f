"""What was simulated, of every scenario: well-formed, without TeX that nobody reads, and true."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.special import spherical_jn

from eddysky import Config
from eddysky.scenarios import SCENARIOS
from eddysky.validation import predict
from eddysky.validation.report import model
from eddysky.validation.report.model import described_model, described_values

CASES = [(name, variant) for name, each in SCENARIOS.items() for variant in each.variants]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_scenarios(name, variant):
    config = SCENARIOS[name].config(variant)
    found = described_model(config, 100) + described_values(config)
    ElementTree.fromstring(f"<div>{found}</div>")
    plain = re.sub(r"<[^>]*>", "", found)
    assert "$" not in plain
    assert "\\" not in plain
    assert found.startswith("<p>100 realisations of the sky")
    assert ("its prediction" in found) == ("R</mi><mi>ℓ" in found)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"transport.free_path": "exponential", "transport.scatterings": 3}, "scattered 3 times"),
        (
            {"transport.free_path": "exponential", "transport.scatterings": "stationary"},
            "in the stationary limit",
        ),
        (
            {
                "transport.free_path": "exponential", "transport.scatterings": "stationary",
                "transport.collisions": "small-angle",
            },
            "by small-angle scattering instead",
        ),
        ({"sky.frame": "observer"}, "frame (D/v) n·u(0) is added"),
        ({"sky.frame": "observer", "transport.mode": "drift-kinetic"}, "frame (D/v) μ b·u(0) is added"),
        ({"cosmic_rays.energy_response": {"width": 0.5}}, "mean over all rigidities"),
        ({"transport.density_gradient": ["1e-5 1/pc", "0 1/pc", "0 1/pc"]}, "A density gradient g adds"),
        ({"sky.sampling": "random", "sky.particles": 12000}, "The 12,000 particles of a sky are drawn"),
        ({"sky.sampling": "random"}, "two independent halves of the particles"),
    ],
)  # fmt: skip
def test_what_differs(settings, words):
    plain = described_model(Config(), 2)
    found = described_model(Config().replace(settings), 2)
    assert words not in plain
    assert words in found
    # The formula of the prediction is that of one scattering.
    other = {"transport.scatterings", "transport.mode", "cosmic_rays.energy_response"}
    assert ("its prediction" in found) == (not other & settings.keys())


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_the_formula_of_the_prediction_is_the_prediction(mode):
    """Read as TeX and summed over k, with fixed paths: no code in common with the theory."""
    config = Config().replace(
        {
            "transport.mode": mode,
            "sky.frame": "observer",
            "sky.nside": 2,
            "flow.inner_scale": "30 pc",
        }
    )
    words = model.RESPONSE[mode].removeprefix(r"R_\ell = ")
    for tex, code in (
        (r"\int_0^1 ", ""), (r" \, dy", ""), (r"\langle j_\ell'(ksy) \rangle^2", "*spherical_jn(l, x * y, True)**2"),
        (r"\langle j_\ell'(ks) \rangle^2", "*spherical_jn(l, x, True)**2"),
        (r"\langle \frac{j_\ell(ks)}{ks} \rangle^2", "*(spherical_jn(l, x)/x)**2"),
        (r"\ell(\ell+1)", "*l*(l+1)"), (r"\frac{\beta}{2}", "beta/2"), (r"\frac{3\beta}{2}", "3*beta/2"),
        (") y^2", ")*y**2"), (r"\beta", "beta"), ("[", "("), ("]", ")"),
    ):  # fmt: skip
        words = words.replace(tex, code)
    spectrum, path = config.flow_spectrum, config.mean_free_path
    nodes, weights = np.polynomial.legendre.leggauss(200)
    span = np.log(spectrum.k_max / spectrum.k_min)
    k = spectrum.k_min * np.exp(0.5 * span * (nodes + 1))
    ell = np.arange(1, config.lmax + 1)[:, None, None]
    names = {
        "l": ell,
        "x": (k * path)[:, None],
        "y": 0.5 * (nodes + 1),
        "beta": 2 / 3,
        "spherical_jn": spherical_jn,
    }
    response = eval(words, names) * np.ones(len(nodes)) @ (0.5 * weights)
    assert model.MEAN.startswith(r"\langle C_\ell \rangle = 4\pi \frac{D^2}{v^2} \int w(k)")
    factor = 4 * np.pi * (config.momentum_index / config.particle_speed) ** 2
    expected = factor * (response * spectrum(k) * k) @ (0.5 * span * weights)
    np.testing.assert_allclose(predict(config).c_ell[1:], expected, rtol=1e-6)
