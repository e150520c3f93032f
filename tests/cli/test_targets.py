"""Changes of the configuration by --set."""

from __future__ import annotations

import pytest

from eddysky.simulator import Config


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("flow.index=1.5", 1.5),
        ("flow.index=2", 2.0),
        ("flow.index = 1.5", 1.5),
        ("flow.outer_scale=500 pc", 500.0),
        ("flow.outer_scale='500 pc'", 500.0),
        ('flow.outer_scale="0.5 kpc"', 500.0),
        ("flow.outer_scale=500pc", 500.0),
        ("flow.amplitudes=cosine", "cosine"),
        ("sky.frame='observer'", "observer"),
        ("ensemble.seed=0", 0),
        ("sky.particles=1_000", 1000),
        ("flow.mean_velocity=['1 km/s', '2 km/s', '-3000 m/s']", (1.0, 2.0, -3.0)),
        ("cosmic_rays.energy=3 PeV", 3000.0),
    ],
)
def test_settings_of_each_type(eddysky, setting, value):
    more = ["--set", "sky.sampling=random"] if "particles" in setting else []
    outcome = eddysky("show", *more, "--set", setting)
    assert outcome.code == 0, outcome.err
    section, key = setting.partition("=")[0].strip().split(".")
    assert getattr(getattr(Config.from_text(outcome.out), section), key) == value


def test_the_last_setting_counts(eddysky):
    outcome = eddysky("show", "--set", "flow.index=1.5", "--set", "flow.index=1.7")
    assert Config.from_text(outcome.out).flow.index == 1.7
