"""What a configuration as a whole must satisfy, and the values at the limits, which are accepted."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.errors import InputError


def refused(text):
    with pytest.raises(InputError) as caught:
        Config.from_text(text, "run.toml")
    message = str(caught.value)
    assert message.startswith("run.toml: ")
    assert message.count("\n") <= 1
    return message


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (
            {"index": 8, "reference_scale": "1e6 pc", "outer_scale": "10 pc"},
            ["flow.velocity_dispersion = 20 km/s", "to 10 pc", "at least 1e-06 km/s"],
        ),
        ({"velocity_dispersion": "1e-6 km/s", "outer_scale": "1 pc", "index": 2}, ["1e-06 km/s"]),
        (
            {
                "spectrum": "table",
                "table": {"wavenumber": [0.1, 1, 2, 3], "spectrum": [1, 1e-20, 0, 0]},
                "outer_scale": "5 pc",
            },
            ["flow.table", "at least 1e-06 km/s"],
        ),
        (
            {
                "component": [
                    {},
                    {"index": 8, "reference_scale": "1e6 pc", "outer_scale": "10 pc"},
                ]
            },
            ["flow.component.1.velocity_dispersion = 20 km/s"],
        ),
        # Powers that overflow are fast flows.
        ({"index": 8, "reference_scale": "1e-30 pc", "outer_scale": "1e30 pc"}, ["at most"]),
        ({"velocity_dispersion": "1e200 km/s", "index": -4}, ["inf km/s", "at most"]),
        (
            {
                "spectrum": "injection",
                "injection_scale": "1e30 pc",
                "reference_scale": "1e-30 pc",
                "index": 8,
            },
            ["at most"],
        ),
    ],
)
def test_bands_without_power_are_refused(flow, words):
    with pytest.raises(InputError) as caught:
        Config.from_dict({"flow": flow})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_no_turbulence_has_no_power_whatever_its_index():
    flow = {"velocity_dispersion": "0 km/s", "index": 8, "outer_scale": "1e30 pc"}
    config = Config.from_dict({"flow": flow, "sky": {"nside": 4}})
    assert not config.turbulent
    assert config.turbulent_speed == 0


@pytest.mark.parametrize(
    "text",
    [
        "[flow]\ntransverse_fraction = 0",
        "[flow]\ntransverse_fraction = 1",
        "[flow]\nindex = 2",
        "[sky]\nnside = 8\nlmax = 23",
        "[sky]\nnside = 2048",
        "[sky]\nsampling = 'random'\nparticles = 16",
        "[transport]\ndensity_gradient = ['0.00999 1/pc', '0 1/pc', '0 1/pc']",
        "[flow]\nvelocity_dispersion = '0 km/s'\n"
        "[transport]\ndensity_gradient = ['0.0999 1/pc', '0 1/pc', '0 1/pc']",
        "[flow]\nvelocity_dispersion = '0 km/s'\nmean_velocity = ['2997 km/s', '0 km/s', '0 km/s']",
        "[transport]\nfree_path = 'erlang'\nerlang_order = 1",
        "[ensemble]\nseed = 0",
        "[cosmic_rays]\nenergy = '1 GeV'\n[sky]\nnside = 1",
    ],
)
def test_values_at_the_limits_are_accepted(text):
    Config.from_text(text)


class TestTaylorOrder:
    LARGE: ClassVar = {"flow.outer_scale": "1000 pc", "flow.inner_scale": "100 pc"}

    @staticmethod
    def complaint(settings):
        try:
            Config().replace(settings)
        except InputError as error:
            return str(error)
        return None

    def test_absent_is_the_full_flow(self):
        assert Config().flow.taylor_order is None
        assert "taylor_order" not in Config().to_toml()

    def test_is_part_of_the_identity(self):
        expanded = Config().replace({**self.LARGE, "flow.taylor_order": 3})
        assert Config.from_text(expanded.to_toml()).config_hash == expanded.config_hash
        assert expanded.config_hash != Config().replace(self.LARGE).config_hash

    @pytest.mark.parametrize(
        "settings",
        [
            {"transport.free_path": "exponential"},
            {"transport.free_path": "erlang", "transport.erlang_order": 3},
            {"transport.scatterings": 2},
        ],
    )
    def test_needs_one_fixed_path(self, settings):
        with pytest.raises(
            InputError, match=r'flow\.taylor_order = 2: allowed only with .*"fixed"'
        ):
            Config().replace({**self.LARGE, "flow.taylor_order": 2, **settings})

    def test_needs_turbulence(self):
        settings = {"flow.taylor_order": 2, "flow.velocity_dispersion": "0 km/s"}
        with pytest.raises(InputError, match=r"flow\.taylor_order = 2: there is no turbulence"):
            Config().replace({**self.LARGE, **settings})

    def test_must_leave_something_to_see(self):
        for settings in ({"flow.taylor_order": 0}, {"flow.taylor_order": 1, "sky.lmax": 1}):
            with pytest.raises(InputError, match=r"flow\.taylor_order = .: leaves nothing to see"):
                Config().replace({**self.LARGE, **settings})
            Config().replace({**self.LARGE, **settings, "sky.frame": "observer"})
        Config().replace({**self.LARGE, "flow.taylor_order": 1, "sky.lmax": 2})

    def test_reach(self):
        """At large x = k_max λ the highest order counts: ⟨u²⟩ = w k x^(2n)/[n!² (2n+1)(2n+1−γ)] at k_max."""
        for order in (2, 4):
            allowed = []
            for band in np.geomspace(5, 100, 61):
                inner = f"{20 * math.pi / band} pc"
                if self.complaint({"flow.taylor_order": order, "flow.inner_scale": inner}) is None:
                    allowed.append(band)
            last = max(allowed)
            assert len(allowed) == np.sum(np.geomspace(5, 100, 61) <= last)
            power = 400 * (last / (2 * math.pi)) ** (-2 / 3) * last ** (2 * order)
            power /= math.factorial(order) ** 2 * (2 * order + 1) * (2 * order - 2 / 3)
            # Steps of 5% in the band are of 5n% in speed; lower orders take some percent off.
            assert math.sqrt(power) == pytest.approx(0.01 * SPEED_OF_LIGHT, rel=0.3)

    def test_reach_follows_the_frame(self):
        settings = {"flow.taylor_order": 4, "flow.inner_scale": "5 pc"}
        assert self.complaint(settings) is None
        assert "at most 899.4 km/s" in self.complaint({**settings, "sky.frame": "observer"})
