"""Cubes sampled from eddysky's own modes show the sky of the modes, within the error of the interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.flow import GriddedFlow, draw_modes, sample_grid

# Waves up to kλ = 6.3, so that a spacing of 1 pc is a tenth of the shortest.
CONFIG = Config().replace(
    {
        "sky.nside": 8,
        "flow.inner_scale": "10 pc",
        "flow.outer_scale": "60 pc",
        "ensemble.realizations": 1,
    }
)
# Along one line the error depends on where the points of the line fall between those of the grid.
LINES = [
    CONFIG.replace({"transport.mode": "parallel", "transport.magnetic_field": [ra, dec]})
    for ra, dec in np.random.default_rng(8).uniform([0, -70], [360, 70], size=(12, 2)).tolist()
]
MODES = draw_modes(
    CONFIG.flow_spectrum, CONFIG.transverse_fraction, 128, "gaussian", seed=5, realization=0
)
SPACINGS = (1.0, 0.5, 0.25)


@pytest.fixture(scope="module")
def cubes():
    """The modes on 28 pc, which hold the sphere of radius λ = 10 pc and two points more at each spacing."""
    return [sample_grid(MODES, [round(28 / h)] * 3, f"{h} pc") for h in SPACINGS]


@pytest.mark.parametrize("configs", [[CONFIG], LINES], ids=["isotropic", "parallel"])
@pytest.mark.parametrize(("interpolation", "order"), [("linear", 2), ("cubic", 4)])
def test_the_sky_of_a_cube_converges_with_the_stated_order(cubes, configs, interpolation, order):
    def skies(flow):
        made = [simulate(config, flow=flow, maps=1, alms=1) for config in configs]
        return [np.array([getattr(sky, name) for sky in made]) for name in ("alm", "power", "maps")]

    exact, errors = skies(MODES), []
    for cube, spacing in zip(cubes, SPACINGS, strict=True):
        flow = GriddedFlow.from_array(
            cube, f"{spacing} pc", interpolation=interpolation, k_max=MODES.k_max
        )
        pairs = zip(skies(flow), exact, strict=True)
        errors.append([np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in pairs])
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    # The next term of the error is smaller by a few (kh)², 0.4 on the coarsest grid and 0.1 on the next.
    np.testing.assert_allclose(orders[0], order, atol=0.6)
    np.testing.assert_allclose(orders[1], order, atol=0.3)
    # A tenth of the shortest wavelength; so good the cubes are in numbers.
    assert np.all(np.array(errors[0]) < {"linear": 0.1, "cubic": 0.01}[interpolation])


def test_the_default_k_max_holds_all_waves_of_the_grid(cubes):
    exact = simulate(CONFIG, flow=MODES)
    flow = GriddedFlow.from_array(cubes[1], "0.5 pc")
    assert flow.k_max == pytest.approx(np.sqrt(3) * np.pi / 0.5, rel=1e-14)
    full = simulate(CONFIG, flow=flow).power
    # More directions do not bring the interpolation error down, and what is aliased is smaller than it.
    own = GriddedFlow.from_array(cubes[1], "0.5 pc", k_max=MODES.k_max)
    aliased = np.linalg.norm(simulate(CONFIG, flow=own).power - full)
    assert aliased < 0.5 * np.linalg.norm(full - exact.power)


def test_a_cube_on_disk_gives_the_same_bits(cubes, tmp_path):
    np.save(tmp_path / "cube.npy", cubes[0])
    sample_grid(MODES, [28] * 3, "1 pc", path=tmp_path / "cube.h5")
    flows = (
        GriddedFlow.from_array(cubes[0], "1 pc"),
        GriddedFlow.from_file(tmp_path / "cube.npy", "1 pc", unit="km/s"),
        GriddedFlow.from_file(tmp_path / "cube.h5"),
    )
    memory, npy, hdf5 = (simulate(CONFIG, flow=flow, maps=1, workers=2) for flow in flows)
    for result in (npy, hdf5):
        np.testing.assert_array_equal(result.power, memory.power)
        np.testing.assert_array_equal(result.maps, memory.maps)
        assert result.config == memory.config
