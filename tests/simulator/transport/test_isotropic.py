"""Isotropic diffusion: particles fly straight, feel all of the flow, and grids follow the flow."""

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.flow.fields import with_pairs
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.sky.grids import GaussLegendreGrid, ZonalGrid, sky_content
from eddysky.simulator.transport.model import transport_model

N = np.array([[0.6, 0.0, -0.8], [0.0, 1.0, 0.0]])


class Wave:
    """A plane wave along z."""

    def __init__(self, k_max):
        self.k_max = k_max

    def velocity(self, points):
        return 1e-3 * np.cos(1.0 + self.k_max * points[:, 2:]) * [0.0, 1.0, 2.0]


def test_particles_move_against_their_momenta():
    model = transport_model(Config())
    position, paths = np.ones((2, 3)), np.array([2.0, 3.0])
    model.propagate(position, -5 * N, paths)
    np.testing.assert_allclose(position, 1 + paths[:, None] * N, rtol=0, atol=4e-16)
    assert np.array_equal(model.displacement(N), N)
    flow = with_pairs(Wave(0.5))
    assert model.felt_flow(flow) is flow
    assert model.zonal([]) is None


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
@pytest.mark.parametrize("k_max", [0.3, 5.0])
def test_grids_follow_the_field(mode, k_max):
    config = Config().replace({"sky.nside": 4, "transport.mode": mode})
    setup = Setup.from_config(config, maps=False, fields=lambda _: with_pairs(Wave(k_max)))
    kind = ZonalGrid if mode == "parallel" else GaussLegendreGrid
    wanted = kind.for_multipoles(4, sky_content(config, k_max))
    assert len(setup.model.grid.weights) == len(wanted.weights)
    # The configured band, of whatever end, is not asked.
    other = config.replace({"flow.inner_scale": "5 pc"})
    again = Setup.from_config(other, maps=False, fields=setup.fields)
    assert np.array_equal(realize(again, 0).power, realize(setup, 0).power)


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_a_realization_of_finer_waves_has_a_finer_grid(mode):
    config = Config().replace({"sky.nside": 4, "transport.mode": mode})
    waves = [with_pairs(Wave(k_max)) for k_max in (0.3, 5.0)]
    setup = Setup.from_config(config, maps=False, fields=waves.__getitem__)
    alone = Setup.from_config(config, maps=False, fields=lambda _: waves[1])
    assert np.array_equal(realize(setup, 1).power, realize(alone, 0).power)
    assert setup.model_for(0, waves[0]).points.half.shape == setup.model.points.half.shape


def test_the_configured_flow_has_the_content_of_its_band():
    config = Config().replace({"flow.inner_scale": "2 pc"})
    assert sky_content(config, None) == sky_content(config, config.flow_spectrum.k_max)
    assert sky_content(config.replace({"flow.velocity_dispersion": "0 km/s"}), None) == 4
