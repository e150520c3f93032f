"""Realisations on the workers of a Dask cluster, here threads of this process."""

from __future__ import annotations

import pickle

import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.results.columns import Column

distributed = pytest.importorskip("distributed")

from eddysky.simulator.run import cluster  # noqa: E402
from eddysky.simulator.run.cluster import Call, Cluster, Remaining  # noqa: E402

TINY = Config().replace(
    {"sky.nside": 4, "flow.modes": 16, "flow.inner_scale": "10 pc", "ensemble.realizations": 12}
)


@pytest.fixture(scope="module")
def client():
    """A cluster of two workers, in this process so that it starts fast."""
    options = {"processes": False, "dashboard_address": ":0", "n_workers": 2}
    with (
        distributed.LocalCluster(threads_per_worker=1, **options) as here,
        distributed.Client(here, set_as_default=False) as client,
    ):
        yield client


def broken(*_):
    raise ZeroDivisionError("no such thing")


def absent(*_):
    raise ModuleNotFoundError("No module named 'mine'", name="mine")


@pytest.mark.parametrize("content", ["", "{}", '{"address":', "[1]", '{"address": 5}'])
def test_files_that_no_scheduler_wrote(tmp_path, content):
    path = tmp_path / "scheduler.json"
    path.write_text(content)
    with (
        pytest.raises(InputError, match=r"--scheduler .*scheduler\.json: "),
        cluster.connected(str(path)),
    ):
        pass


@pytest.mark.filterwarnings("ignore::ResourceWarning")
class TestCluster:
    def test_same_bits_as_threads(self, client, tmp_path, assert_same):
        log = tmp_path / "run.log"
        made = simulate(TINY, tmp_path / "run.h5", client=client, maps=3, log=log)
        assert_same(made, simulate(TINY, workers=1, maps=3))
        assert '"cluster_workers": 2, "cluster_threads": 2' in log.read_text()

    def test_other_versions_are_refused(self, client, monkeypatch):
        monkeypatch.setattr(cluster, "installed", lambda: {"numpy": "1"})
        packed = pickle.dumps(Call((b"", [0], {"numpy": "2"})))
        with pytest.raises(InputError, match="has numpy 1, this process 2"):
            pickle.loads(packed)

    def test_a_module_that_a_worker_lacks(self, client):
        with pytest.raises(InputError, match="a worker has no module mine"):
            simulate(TINY, client=client, columns=[Column("x", "x", measure=absent)])

    def test_errors_are_passed_on_and_nothing_is_left_waiting(self, client):
        with pytest.raises(ZeroDivisionError, match="no such thing"):
            simulate(TINY, client=client, columns=[Column("x", "x", measure=broken)])

    def test_clients_that_cannot_be_used(self, client):
        with pytest.raises(InputError, match=r"must be a distributed\.Client, not int"):
            Cluster(3)

        class Unusable(distributed.Client):
            status, asynchronous = "closed", False

            def __init__(self):
                """Connects to nothing."""

            def __del__(self):
                """Has nothing to close."""

        unusable = Unusable()
        with pytest.raises(InputError, match="is closed"):
            Cluster(unusable)
        Unusable.asynchronous = True
        with pytest.raises(InputError, match="is asynchronous"):
            Cluster(unusable)


def test_tasks_grow_with_what_is_measured_and_shrink_towards_the_end():
    left = Remaining(range(0, 3000, 3))
    assert list(left.take(2)) == [0]
    left.measured(0.05)
    assert len(left.take(2)) == 100
    assert len(left) == 899
    left.measured(1e-9)
    left.measured(1e-9)
    assert len(left.take(2)) == 225
    sizes = []
    while left:
        sizes.append(len(left.take(2)))
    assert sum(sizes) == 674
    assert sizes[-1] == 1
