"""Observations that somebody altered and sealed again are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observation_file import read_observation, write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    config = Config().replace({"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 3})
    simulate(config, folder / "sky.h5", workers=1)
    write_observation(folder / "obs.h5", observe(folder / "sky.h5", Survey("icecube", (1e9,), 4)))
    return (folder / "obs.h5").read_bytes()


@pytest.fixture
def path(content, tmp_path):
    (tmp_path / "obs.h5").write_bytes(content)
    return tmp_path / "obs.h5"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("power", lambda values: values[:, :2]),
        ("power", lambda values: values[0]),
        ("power", lambda values: -values),
        ("power", lambda values: values.astype(int)),
        ("noise", lambda values: values[:2]),
        ("noise", lambda values: values * np.nan),
        ("exposure", lambda values: values[:100]),
        ("exposure", lambda values: values * np.nan),
        ("weight", lambda values: 0 * values),
        ("index", lambda values: 0 * values),
        ("map_index", lambda values: values[::-1]),
        ("counts", lambda values: -values),
        ("intensity", lambda values: values * np.nan),
    ],
)
def test_wrong_datasets(path, resealing, name, change):
    with resealing(path) as file:
        values = change(file[name][()])
        del file[name]
        file[name] = values
    with pytest.raises(InputError, match=f"damaged results file: /{name} "):
        read_observation(path)


@pytest.mark.parametrize(
    ("key", "value"), [("field", 3), ("keep_zonal", "no"), ("seed", 1.5), ("events", [])]
)
def test_wrong_surveys(path, resealing, key, value):
    with resealing(path) as file:
        file.attrs["survey"] = json.dumps(json.loads(file.attrs["survey"]) | {key: value})
    with pytest.raises(InputError, match=rf"obs\.h5: damaged results file: survey: {key}"):
        read_observation(path)


def test_an_altered_configuration(path, resealing):
    with resealing(path) as file:
        text = file.attrs["configuration"]
        file.attrs["configuration"] = text.replace("20.0 km/s", "23 km/s").replace(
            "20 km/s", "23 km/s"
        )
        assert file.attrs["configuration"] != text
    with pytest.raises(InputError, match="its configuration was altered"):
        read_observation(path)
