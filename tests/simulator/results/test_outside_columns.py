"""Columns that a run is given: measured, stored, resumed and extended like the others."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from astropy import units

from eddysky import Column, Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.store import read
from eddysky.simulator.run import ensemble, job
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize


def dipole(config, flow, realization):
    a10, a11 = realization.alm.mean(axis=0)[[1, config.lmax + 1]]
    x, y = np.sqrt(2) * np.array([-a11.real, a11.imag])
    return np.sqrt(3 / (4 * np.pi)) * np.array([x, y, a10.real])


def speed(config, flow, realization):
    return np.linalg.norm(flow.velocity(np.zeros((1, 3))))


DIPOLE = Column("dipole", "dipole vector of the relative intensity", shape=(3,), measure=dipole)
SPEED = Column("speed", "speed of the flow at the observer", units="km/s", measure=speed)


@pytest.fixture(params=["isotropic", "random", "parallel"])
def config(request, tiny):
    random = {"sky.sampling": "random", "sky.particles": 64}
    parallel = {"transport.mode": "parallel"}
    return tiny.replace({"random": random, "parallel": parallel}.get(request.param, {}))


@pytest.fixture
def made(monkeypatch):
    """Numbers of the realisations that are really made."""
    numbers = []

    def counting(setup, index, **options):
        numbers.append(index)
        return realize(setup, index, **options)

    monkeypatch.setattr(job, "realize", counting)
    return numbers


def interrupt(monkeypatch, after):
    """Press Ctrl-C after some realisations."""

    class Bar:
        left = after

        def update(self, count):
            self.left -= count
            if self.left <= 0:
                raise KeyboardInterrupt

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(ensemble, "progress_bar", lambda *_: Bar())


def test_the_rows_are_what_was_measured(config, tmp_path, assert_same):
    result = simulate(config, tmp_path / "run.h5", columns=[DIPOLE, SPEED], workers=2)
    setup = Setup.from_config(config)
    for index in range(5):
        u = setup.flow(index).velocity(np.zeros((1, 3)))[0]
        assert result.columns["speed"][index] == np.sqrt(u @ u)
    vector = result.columns["dipole"]
    assert vector.shape == (5, 3)
    if config.sampling == "pixel-centre":
        # C_1 of the sky D·n is 4π D²/9.
        np.testing.assert_allclose(
            4 * np.pi / 9 * np.sum(vector**2, axis=1), result.power[:, 1], rtol=1e-12
        )
    assert len(result.alm) == 0
    assert_same(simulate(config, columns=[DIPOLE, SPEED], workers=1), result)
    plain = simulate(config)
    assert np.array_equal(plain.power, result.power)
    assert plain.columns == {}


def test_the_file_explains_them(tiny, tmp_path):
    simulate(tiny, tmp_path / "run.h5", columns=[DIPOLE, SPEED])
    with h5py.File(tmp_path / "run.h5") as file:
        assert sorted(file["columns"]) == ["dipole", "speed"]
        data = file["columns/speed"]
        assert data.attrs["units"] == "km/s"
        assert data.attrs["description"] == "speed of the flow at the observer"
        assert data.fletcher32
    assert [(c.name, c.units, c.shape) for c in read(tmp_path / "run.h5").definitions] == [
        ("dipole", "1", (3,)),
        ("speed", "km/s", ()),
    ]


@pytest.mark.parametrize(
    ("shape", "dtype", "value"),
    [
        ((), "int32", 7),
        ((2, 3), "float32", np.ones((2, 3))),
        (lambda config: (config.lmax + 1,), "complex64", np.full(5, 2 + 1j)),
        ((), "float64", np.nan),
    ],
)
def test_shapes_and_types(tiny, tmp_path, shape, dtype, value):
    column = Column("mine", "mine", shape=shape, dtype=dtype, measure=lambda *_: value)
    found = simulate(tiny, tmp_path / "run.h5", columns=[column]).columns["mine"]
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.broadcast_to(value, found.shape))
    assert found.shape == (5, *np.shape(value))


def test_maps_and_the_realisations_own_field_are_there_to_measure(tiny):
    config = tiny.replace({"transport.mode": "parallel", "transport.magnetic_field": "random"})
    field = Column("field", "b", shape=(3,), measure=lambda config, *_: config.field_direction)
    mapped = Column("mapped", "mapped", measure=lambda *given: float(given[2].sky is not None))
    result = simulate(config, columns=[field, mapped], maps=2)
    assert result.columns["mapped"].tolist() == [1, 1, 0, 0, 0]
    expected = [config.for_realization(index).field_direction for index in range(5)]
    assert np.array_equal(result.columns["field"], expected)
    assert len({tuple(row) for row in expected}) == 5


class Wind:
    """The same velocity everywhere, as a field from outside."""

    k_max = 0.1

    def velocity(self, points):
        return np.broadcast_to([3.0, 0.0, 4.0], points.shape).copy()


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_they_measure_a_field_from_outside(mode):
    small = {"sky.nside": 2, "sky.lmax": 4, "ensemble.realizations": 3, "transport.mode": mode}
    result = simulate(Config().replace(small), flow=Wind(), columns=[SPEED])
    assert result.columns["speed"].tolist() == [5.0, 5.0, 5.0]


class TestResume:
    def test_interrupted(self, config, tmp_path, monkeypatch, assert_same):
        output = tmp_path / "run.h5"
        with monkeypatch.context() as patch:
            interrupt(patch, 3)
            with pytest.raises(KeyboardInterrupt):
                simulate(config, output, columns=[DIPOLE, SPEED], workers=1)
        with pytest.raises(InputError, match=r"run\.h5: holds the column '(dipole|speed)'"):
            simulate(config, output)
        resumed = simulate(config, output, columns=[SPEED, DIPOLE])
        whole = simulate(config, columns=[DIPOLE, SPEED])
        assert_same(resumed, whole)

    def test_realisations_without_it_are_made_again(self, config, tmp_path, made, assert_same):
        output = tmp_path / "run.h5"
        simulate(config, output)
        made.clear()
        extended = simulate(config, output, columns=[SPEED])
        assert sorted(made) == [0, 1, 2, 3, 4]
        assert_same(extended, simulate(config, columns=[SPEED]))
        made.clear()
        simulate(config, output, columns=[SPEED, DIPOLE])
        assert sorted(made) == [0, 1, 2, 3, 4]
        # What it holds is given back, also to who does not ask for it.
        made.clear()
        assert sorted(simulate(config, output).columns) == ["dipole", "speed"]
        assert made == []

    def test_also_those_beyond_the_number_asked_for(self, tiny, tmp_path, made):
        output = tmp_path / "run.h5"
        simulate(tiny, output)
        made.clear()
        few = tiny.replace({"ensemble.realizations": 2})
        assert simulate(few, output, columns=[SPEED]).columns["speed"].shape == (5,)
        assert sorted(made) == [0, 1, 2, 3, 4]

    def test_only_with_it_is_the_file_extended(self, tiny, tmp_path, made, assert_same):
        output = tmp_path / "run.h5"
        simulate(tiny, output, columns=[SPEED])
        content = output.read_bytes()
        more = tiny.replace({"ensemble.realizations": 7})
        made.clear()
        with pytest.raises(InputError, match="holds the column 'speed'"):
            simulate(more, output)
        assert (made, output.read_bytes()) == ([], content)
        assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]
        assert_same(simulate(more, output, columns=[SPEED]), simulate(more, columns=[SPEED]))
        assert sorted(made)[:2] == [0, 1]

    def test_another_of_the_same_name_is_refused(self, tiny, tmp_path):
        output = tmp_path / "run.h5"
        simulate(tiny, output, columns=[SPEED])
        content = output.read_bytes()
        other = Column("speed", "speed of light", units="km/s", measure=lambda *_: 299792.458)
        with pytest.raises(InputError, match="column 'speed' with another description"):
            simulate(tiny, output, columns=[other])
        assert output.read_bytes() == content


def column(**keys):
    return Column(**{"name": "mine", "description": "mine", "measure": lambda *_: 1.0} | keys)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ([column(name="power")], "column 'power': there is a column of this name"),
        ([column(), column()], "column 'mine': there is a column of this name"),
        ([column(name="a/b")], "column 'a/b': the name must be a Python identifier"),
        ([column(name=3)], "column 3: the name must be a Python identifier"),
        ([column(units="")], "column 'mine': units = ''"),
        ([column(description=None)], "column 'mine': description = None"),
        ([column(measure=None)], "column 'mine': measure = None"),
        ([column(rows="map_index")], "one row for each realisation"),
        ([column(shape=[3])], r"shape = \[3\]: must be a tuple of positive integers"),
        ([column(shape=(0,))], r"shape = \(0,\)"),
        ([column(dtype="text")], "dtype = 'text'"),
        ([column(dtype="S3")], "dtype = 'S3'"),
        (["speed"], "columns: 'speed': must be a Column"),
        ([column(source="power")], "source, since and summary are for built-in columns"),
        ([column(summary=lambda config, rows: {})], "source, since and summary are"),
        ([column(since=99)], "source, since and summary are for built-in columns"),
        ([column(packed="yes")], "packed is a bool"),
        (
            [column(measure=lambda *_: [1.0, 2.0])],
            r"gave float64 of shape \(2,\); must be float64 of shape \(\)",
        ),
        ([column(measure=lambda *_: 1j)], "gave complex128"),
        ([column(measure=lambda *_: "fast")], "column 'mine': measure gave <U4"),
        ([column(dtype="int8", measure=lambda *_: 300)], "gave 300, which int8 cannot hold"),
        ([column(dtype="float32", measure=lambda *_: 1e300)], "which float32 cannot hold"),
        ([column(measure=lambda *_: np.ma.masked)], "which float64 cannot hold"),
        ([column(description="two\nlines")], "must be a text of one line"),
        (DIPOLE, "columns: must be a list of Columns"),
        ([column(dtype="int64")], "gave float64 of shape .*must be int64"),
    ],
)
def test_bad_columns_are_refused(tiny, tmp_path, columns, words):
    with pytest.raises(InputError, match=words) as caught:
        simulate(tiny, tmp_path / "run.h5", columns=columns)
    assert str(caught.value).count("\n") <= 1
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_measure_is_the_users(tiny, tmp_path):
    def broken(config, flow, realization):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        simulate(tiny, tmp_path / "run.h5", columns=[column(measure=broken)])


def test_a_measure_cannot_change_the_results(tiny):
    def spoil(config, flow, realization):
        realization.power[:] = 7.0
        return 1.0

    with pytest.raises(ValueError, match="read-only"):
        simulate(tiny, columns=[Column("spoil", "changes C_l", measure=spoil)])


def test_quantities_get_the_units_of_the_column(tiny):
    def in_centimetres(config, flow, realization):
        return speed(config, flow, realization) * 1e5 * units.Unit("cm/s")

    made = simulate(tiny, columns=[SPEED, Column("cgs", "speed", "km/s", measure=in_centimetres)])
    np.testing.assert_allclose(made.columns["cgs"], made.columns["speed"], rtol=1e-14)
    wrong = Column("cgs", "speed", "pc", measure=in_centimetres)
    with pytest.raises(InputError, match="'cgs': measure gave"):
        simulate(tiny, columns=[wrong])
