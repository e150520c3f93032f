"""Laws of the free path: what a law must be, how configurations name it, and files of laws that are not installed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest

from eddysky.simulator import Config, InputError, read, simulate
from eddysky.simulator.config.free_path import (
    ErlangPath,
    ExponentialPath,
    FixedPath,
    FreePathLaw,
)
from eddysky.simulator.config.free_path_check import check_law
from eddysky.simulator.config.named_free_paths import MissingPath, free_path_law

MODULE = """
from dataclasses import dataclass
import numpy as np
from eddysky.simulator import FreePathLaw

@dataclass(frozen=True)
class UniformPath(FreePathLaw):
    width: float = 1.0
    name = "uniform"
    version = "{version}"

    def quantile(self, probability):
        return 1 + self.width * (np.asarray(probability) - 0.5)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(self.width * q / (2 * np.pi))
"""
space: dict = {"__name__": __name__}
exec(MODULE.format(version="1"), space)
UniformPath = space["UniformPath"]

SMALL = {
    "sky": {"nside": 4, "particles": 100},
    "flow": {"modes": 16},
    "ensemble": {"realizations": 2},
}


class TwoLengths(FreePathLaw):
    """A third of the paths are short, the others long: a law with a jump, and no dataclass."""

    name = "two-lengths"

    def __init__(self, short=0.4):
        self.short = short

    def __eq__(self, other):
        return isinstance(other, TwoLengths) and self.short == other.short

    def __hash__(self):
        return hash(self.short)

    @property
    def long(self):
        return (1 - self.short / 3) * 1.5

    def quantile(self, probability):
        return np.where(np.asarray(probability) < 1 / 3, self.short, self.long)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q * self.short) / 3 + np.exp(1j * q * self.long) * 2 / 3


@dataclass(frozen=True)
class RareLength(FreePathLaw):
    """One path in a thousand is a thousand times as long."""

    name = "rare-length"

    def quantile(self, probability):
        return np.where(np.asarray(probability) < 0.999, 0.5, 500.5)

    def characteristic(self, q):
        q = np.asarray(q)
        return 0.999 * np.exp(0.5j * q) + 0.001 * np.exp(500.5j * q)


@dataclass(frozen=True)
class Pareto(FreePathLaw):
    """A tail of 1/s⁴, with the exponential integral 3 E_4(−2iq/3) for a characteristic function."""

    name = "pareto"

    def quantile(self, probability):
        return 2 / 3 * (1 - np.asarray(probability)) ** (-1 / 3)

    def characteristic(self, q):
        values = [complex(3 * mp.expint(4, -2j / 3 * x)) for x in np.ravel(q)]
        return np.reshape(values, np.shape(q))


@pytest.mark.parametrize(
    "law",
    [
        *(FixedPath(), ExponentialPath(), ErlangPath(2), ErlangPath(400)),
        *(UniformPath(0.3), UniformPath(2.0), TwoLengths(), RareLength(), Pareto()),
    ],
)
def test_laws_that_fit(law):
    check_law(law)


def wrong(**changes):
    """Uniform paths with something changed."""
    return type("Wrong", (UniformPath,), changes)()


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (3.0, "must be the name of a law"),
        (UniformPath, "must be the name of a law"),
        (wrong(name="fixed"), "built-in law"),
        (wrong(name=""), "name must be a text"),
        (wrong(version=2), "version must be a text"),
        (wrong(__hash__=None), "hashable"),
        (wrong(quantile=lambda self, p: 1.00001 + p - 0.5), "mean of its quantiles is 1.00001"),
        (
            wrong(
                quantile=lambda self, p: np.where(p < 0.999, 1.0, 501.0),
                characteristic=lambda self, q: np.exp(1j * np.asarray(q)),
            ),
            "mean of its quantiles is 1.5",
        ),
        (wrong(quantile=lambda self, p: [1.0] if len(p) == 1 else 1.5 - p), "must not decrease"),
        (wrong(quantile=lambda self, p: 4 * p - 1), "not negative"),
        (wrong(quantile=lambda self, p: np.where(p > 0.9999999, np.inf, 1)), "finite"),
        (wrong(quantile=lambda self, p: 1.0), "arrays"),
        (wrong(quantile=lambda self, p: p / 0 if p is None else 1 // 0), "ZeroDivisionError"),
        (wrong(characteristic=lambda self, q: 1j * q), r"characteristic\(0\)"),
        (wrong(characteristic=lambda self, q: np.exp(1j * q)), r"characteristic\(0.3\)"),
    ],
)
def test_laws_that_do_not(law, words):
    with pytest.raises(InputError, match=words) as caught:
        Config(transport={"free_path": law})
    assert "transport.free_path = " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("levy", "no free-path law 'levy'; allowed are 'fixed', 'exponential', 'erlang'"),
        ({"name": "levy"}, "no free-path law"),
        ({"width": 1.0}, "must have a name"),
        ({"name": "erlang", "parameters": {"order": 3}}, 'give free_path = "erlang" itself'),
        ({"name": "levy", "width": 1.0}, "must have a name"),
        (wrong(parameters={"table": np.ones(3)}), "plain values"),
        (wrong(parameters={"width": math.inf}), "plain values"),
    ],
)
def test_configurations_without_a_law(given, words):
    with pytest.raises(InputError, match=words):
        Config(transport={"free_path": given})


def test_an_order_belongs_to_erlang():
    with pytest.raises(InputError, match='not "uniform"'):
        Config(transport={"free_path": UniformPath(), "erlang_order": 2})
    with pytest.raises(ValueError, match="no meaning"):
        free_path_law(UniformPath(), 2)


def test_built_in_laws_are_the_same_by_name_and_as_objects():
    assert Config(transport={"free_path": FixedPath()}).to_dict() == Config().to_dict()
    by_name = Config(transport={"free_path": "erlang", "erlang_order": 3})
    assert Config(transport={"free_path": ErlangPath(3)}) == by_name
    assert Config(transport={"free_path": ExponentialPath()}).transport.free_path == "exponential"


def test_the_law_is_part_of_the_configuration():
    one, same, other = (Config(transport={"free_path": UniformPath(w)}) for w in (1.0, 1.0, 0.5))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    newer = Config(transport={"free_path": wrong(version="2")})
    hashes = {config.config_hash for config in (one, same, other, newer, Config())}
    assert len(hashes) == 4
    assert one.to_dict()["transport"]["free_path"] == {
        "name": "uniform",
        "version": "1",
        "parameters": {"width": 1.0},
    }
    changed = one.replace({"sky.nside": 8})
    assert changed.transport.law == UniformPath(1.0)
    assert one.sampling == "expected"
    two = Config(transport={"free_path": TwoLengths(0.2)})
    assert two.to_dict()["transport"]["free_path"]["parameters"] == {"short": 0.2}


def test_files_of_laws_that_are_not_installed(tmp_path):
    config = Config(transport={"free_path": UniformPath(0.8)}, **SMALL)
    made = simulate(config, tmp_path / "out.h5")
    assert made.config.transport.law == config.transport.law
    found = read(tmp_path / "out.h5")
    assert np.array_equal(found.power, made.power)
    assert found.maps.shape == made.maps.shape
    assert isinstance(found.config.transport.law, MissingPath)
    assert found.config.config_hash == config.config_hash
    assert found.config == read(tmp_path / "out.h5").config
    given = found.config.replace({"transport.free_path": UniformPath(0.8)})
    assert given == made.config
    for use in (found.config.transport.law.quantile, found.config.transport.law.characteristic):
        with pytest.raises(InputError, match="'uniform': not installed here"):
            use(np.array([0.5]))
    with pytest.raises(InputError, match="not installed here"):
        simulate(found.config)


def test_a_run_goes_on_with_the_same_law_only(tmp_path):
    config = Config(transport={"free_path": UniformPath(0.8)}, **SMALL)
    simulate(config, tmp_path / "out.h5")
    more = simulate(config.replace({"ensemble.realizations": 3}), tmp_path / "out.h5")
    assert more.power.shape[0] == 3
    for law in (UniformPath(0.7), wrong(version="2")):
        with pytest.raises(InputError, match=r"transport.free_path"):
            simulate(config.replace({"transport.free_path": law}), tmp_path / "out.h5")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package with the law of MODULE, and one that cannot be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def installed(version="1", name="uniform_package"):
        (tmp_path / f"{name}.py").write_text(MODULE.format(version=version))
        points = f"[eddysky.free_paths]\nuniform = {name}:UniformPath\nalias = {name}:UniformPath\n"
        points += "broken = no_such_module:Law\n"
        metadata = tmp_path / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(points)

    return installed


def test_installed_laws(install, tmp_path):
    install()
    config = Config.from_text('[transport]\nfree_path = "uniform"\n')
    assert config.transport.law.width == 1.0
    text = '[transport.free_path]\nname = "uniform"\nparameters = { width = 0.5 }\n'
    config = Config.from_text(text)
    assert config.transport.law.width == 0.5
    assert Config.from_text(config.to_toml()) == Config.from_text(config.to_toml())
    assert Config.from_text(config.to_toml()).transport.law == config.transport.law
    assert Config.from_text(config.to_editable_toml()).transport.law == config.transport.law
    assert free_path_law("uniform") == Config(transport={"free_path": "uniform"}).transport.law
    with pytest.raises(InputError, match="allowed are 'fixed', 'exponential', 'erlang', 'alias'"):
        Config(transport={"free_path": "levy"})
    with pytest.raises(InputError, match="no_such_module"):
        Config(transport={"free_path": "broken"})
    with pytest.raises(InputError, match="its entry point gives the law 'uniform'"):
        Config(transport={"free_path": "alias"})
    with pytest.raises(InputError, match="cannot be used: TypeError"):
        Config(transport={"free_path": {"name": "uniform", "parameters": {"length": 1.0}}})
    with pytest.raises(InputError, match="not negative"):
        Config(transport={"free_path": {"name": "uniform", "parameters": {"width": 3.0}}})
    simulate(
        config.replace(
            {"sky.nside": 4, "sky.particles": 100, "flow.modes": 16, "ensemble.realizations": 1}
        ),
        tmp_path / "out.h5",
    )
    assert read(tmp_path / "out.h5").config.transport.law.width == 0.5


def test_other_versions_are_not_installed(install, tmp_path):
    simulate(Config(transport={"free_path": UniformPath(0.8)}, **SMALL), tmp_path / "out.h5")
    install(version="2", name="newer_package")
    law = read(tmp_path / "out.h5").config.transport.law
    with pytest.raises(InputError, match="version 1; installed is 2"):
        law.characteristic(1.0)


def test_standard_deviations():
    assert [law.standard_deviation for law in (FixedPath(), ErlangPath(4))] == [0.0, 0.5]
    assert UniformPath(1.0).standard_deviation == pytest.approx(12**-0.5, rel=1e-6)


@pytest.mark.parametrize("order", [0, -1, 1.5])
def test_orders_are_whole_numbers(order):
    with pytest.raises(ValueError, match="positive integer"):
        ErlangPath(order)


def test_a_gamma_law_of_the_characteristic_function():
    """Of Erlang paths against the moments of a gamma law: ⟨s⟩ = 1, ⟨s²⟩ = 1 + 1/n; the rest is of order q³."""
    for law, square in ((FixedPath(), 1.0), (ErlangPath(4), 1.25), (ExponentialPath(), 2.0)):
        expected = 1 + 1e-4j - 1e-8 * square / 2
        assert abs(law.characteristic(1e-4) - expected) < 1.1e-12


def test_a_band_too_wide_for_a_law_of_the_users_own():
    """The theory could not resolve the characteristic function, which must not be found out after the simulation."""
    settings = {"sky": {"sampling": "random"}, "flow": {"inner_scale": "0.003 pc"}}
    Config(transport={"free_path": "exponential"}, **settings)
    with pytest.raises(
        InputError, match=r"flow\.inner_scale = 0\.003 pc: at least 0\.0038.* 'uniform'"
    ):
        Config(transport={"free_path": UniformPath()}, **settings)
