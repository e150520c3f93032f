"""Configurations built in Python: keywords, Quantities, NumPy's numbers, and always `InputError`."""

from __future__ import annotations

import copy
import pickle
from typing import ClassVar

import numpy as np
import pytest
from astropy import units as u

from eddysky.simulator.config import Config, CosmicRays, Ensemble, Flow, Sky, Transport
from eddysky.simulator.config.component import Component
from eddysky.simulator.errors import InputError


class TestKeywords:
    def test_quantities_in_any_unit(self):
        config = Config(
            flow={
                "outer_scale": 0.1 * u.kpc,
                "mean_velocity": [1000, 2000, -3000] * u.m / u.s,
                "velocity_gradient": 0.01 * np.eye(3) * u.km / u.s / u.pc,
            },
            transport={"mode": "parallel", "magnetic_field": [1.0, 0.5] * u.rad},
            cosmic_rays={"energy": 5000 * u.GeV},
            sky={"nside": np.int64(32)},
            ensemble=Ensemble(realizations=np.int32(4)),
        )
        assert config.flow.outer_scale == pytest.approx(100, rel=1e-15)
        assert config.flow.mean_velocity == (1, 2, -3)
        assert config.flow.velocity_gradient[1] == (0, 0.01, 0)
        assert config.transport.magnetic_field == pytest.approx(np.degrees([1.0, 0.5]))
        assert config.cosmic_rays.energy == pytest.approx(5, rel=1e-15)
        assert (config.sky.nside, config.ensemble.realizations) == (32, 4)
        assert type(config.sky.nside) is int

    def test_strings_sections_and_quantities_are_the_same(self):
        by_section = Config(flow=Flow(outer_scale="100 pc"), sky=Sky(nside=8))
        by_quantity = Config(flow={"outer_scale": 100 * u.pc}, sky={"nside": 8})
        by_text = Config.from_text('[flow]\nouter_scale = "100 pc"\n[sky]\nnside = 8\n')
        replaced = Config().replace({"flow.outer_scale": 100 * u.pc, "sky.nside": 8})
        assert by_section == by_quantity == by_text == replaced
        assert len({by_section, by_quantity, by_text, replaced}) == 1

    def test_tables_of_arrays(self):
        k, w = np.array([0.02, 0.1, 8.0]), np.array([1.5, 60, 0.4])
        quantities = {
            "wavenumber": (k / u.pc).to(1 / u.kpc),
            "spectrum": w * u.km**2 * u.pc / u.s**2,
        }
        config = Config(flow={"spectrum": "table", "table": quantities})
        plain = Config(flow={"spectrum": "table", "table": {"wavenumber": k, "spectrum": w}})
        np.testing.assert_allclose(config.flow.table.wavenumbers, k, rtol=1e-15)
        assert plain.flow.table.values == tuple(w)
        assert hash(plain) == hash(pickle.loads(pickle.dumps(plain)))


BAD = [
    (lambda: Config(flow={"index": "x"}), 'flow.index = "x": input should be a valid number'),
    (lambda: Flow(index="x"), 'flow.index = "x": input should be a valid number'),
    (lambda: Flow(spectrum="injection"), "flow.injection_scale: missing"),
    (lambda: Flow(indx=1), "flow.indx: unknown key; did you mean index? [flow] has spectrum"),
    (
        lambda: Component(indx=1),
        "flow.component.indx: unknown key; did you mean index? [[flow.comp",
    ),
    (lambda: Config(flow={"component": [{"indx": 1}]}), "flow.component.0.indx: unknown key; did"),
    (lambda: Sky(nside=3), "sky.nside = 3: must be a power of two"),
    (lambda: Sky(nside=np.float64(4)), "sky.nside = 4.0: input should be a valid integer"),
    (lambda: Sky(nside=True), "sky.nside = true: input should be a valid integer"),
    (lambda: Transport(erlang_order=2), "transport.erlang_order = 2: allowed only with"),
    (lambda: CosmicRays(energy=3 * u.pc), "cosmic_rays.energy = 3.0 pc: pc is not the unit of an"),
    (lambda: Flow(outer_scale=3), "flow.outer_scale = 3: expected a length with its unit"),
    (lambda: Flow(outer_scale=[3, 4] * u.pc), "flow.outer_scale = [3. 4.] pc: expected a length"),
    (
        lambda: Flow(mean_velocity=[1, 2] * u.km / u.s),
        "flow.mean_velocity = [<Quantity 1. km / s>, <Quantity 2. km / s>]: must be three values, each",
    ),
    (lambda: Flow(mean_velocity="10 km/s"), 'flow.mean_velocity = "10 km/s": must be three values'),
    (
        lambda: Config(flow={"velocity_gradient": [["1 km/s/pc"] * 3] * 2}),
        "flow.velocity_gradient = ",
    ),
    (
        lambda: Transport(magnetic_field=[1, 2] * u.m),
        "transport.magnetic_field = [1. 2.] m: expected",
    ),
    (lambda: Config(skyy={}), "skyy: unknown key; did you mean sky? sections are flow, transport"),
    (lambda: Config(sky=3), "sky = 3: "),
    (lambda: Config().replace({"sky.nside": 3}), "sky.nside = 3: must be a power of two"),
    (lambda: setattr(Config().flow, "index", 2.0), "index = 2.0: a configuration does not change"),
    (lambda: setattr(Config(), "sky", Sky()), "a configuration does not change"),
    (lambda: delattr(Config().sky, "nside"), "nside: a configuration does not change"),
    (lambda: Config().replace({1: 2}), "1: not a key; keys look like"),
    (lambda: Config().replace(3), "3: expected a dictionary such as"),
]


@pytest.mark.parametrize(("build", "words"), BAD)
def test_always_an_input_error(build, words):
    with pytest.raises(InputError) as caught:
        build()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


class TestValues:
    CONFIG: ClassVar = Config(flow={"index": 1.5, "outer_scale": "100 pc"}, sky={"nside": 32})

    def test_copies_are_equal(self):
        for other in (
            copy.copy(self.CONFIG),
            copy.deepcopy(self.CONFIG),
            pickle.loads(pickle.dumps(self.CONFIG)),
        ):
            assert other == self.CONFIG
            assert hash(other) == hash(self.CONFIG)
        assert Config() != self.CONFIG
        assert self.CONFIG.replace({"ensemble.realizations": 7}) != self.CONFIG

    def test_equal_however_it_was_given(self):
        for config in (Config(), self.CONFIG, self.CONFIG.replace({"sky.lmax": 32})):
            again = Config.from_text(config.to_toml())
            assert again == config
            assert hash(again) == hash(config)

    def test_repr_says_what_differs_and_gives_it_back(self):
        assert repr(Config()) == "Config()"
        assert repr(self.CONFIG.flow) == "Flow(index=1.5, outer_scale='100 pc')"
        assert eval(repr(self.CONFIG)) == self.CONFIG

    def test_repr_of_tables_is_short(self):
        table = {"wavenumber": list(range(1, 100)), "spectrum": [1.0] * 99}
        text = repr(Config(flow={"spectrum": "table", "table": table}, sky={"nside": 1024}))
        assert "[1.0, 2.0, ... 99 values]" in text
        assert len(text) < 200

    def test_html_has_every_key_and_marks_what_differs(self):
        page = self.CONFIG._repr_html_()
        assert "<td>flow.outer_scale</td><td><b>100 pc</b></td>" in page
        for section, values in self.CONFIG.to_dict().items():
            for key in values:
                assert f"<td>{section}.{key}</td>" in page
        assert "<b>" not in Config()._repr_html_()
