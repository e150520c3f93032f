"""Files that are HDF5, and harmful: each is refused before it costs anything."""

from __future__ import annotations

import resource

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.sealing import seal
from eddysky.simulator.results.store import open_results, read, sha256
from eddysky.simulator.results.structure import blocks
from eddysky.simulator.run.ensemble import simulate


@pytest.fixture(scope="module")
def result(tiny):
    return simulate(tiny, maps=3, workers=1)


@pytest.fixture
def harmful(file, resealing):
    """Change a file, and seal it as its author could."""

    def make(change):
        with resealing(file) as opened:
            change(opened)
        with pytest.raises(InputError) as caught, open_results(file):
            pass
        assert str(caught.value).startswith(f"{file}: damaged results file: ")
        return str(caught.value)

    return make


def replaced(name, make):
    def change(opened):
        del opened[name]
        make(opened)

    return change


def declared(shape, dtype="f8", **keys):
    return lambda opened: opened.create_dataset("mean", shape, dtype, **keys)


class TestLinks:
    @pytest.mark.parametrize("link", [h5py.SoftLink("/power"), h5py.ExternalLink("x.h5", "/power")])
    def test_links(self, harmful, link):
        def change(opened):
            opened["mean"] = link

        assert "/mean is a link to /power" in harmful(replaced("mean", change))

    def test_data_in_another_file(self, harmful, tmp_path):
        """Whatever this process may read would be read as numbers."""
        (tmp_path / "secret").write_bytes(bytes(40))
        outside = [(str(tmp_path / "secret"), 0, 40)]
        words = harmful(replaced("mean", declared((5,), external=outside)))
        assert "/mean has its data in another file" in words

    def test_virtual_data(self, harmful, tmp_path):
        def change(opened):
            layout = h5py.VirtualLayout(shape=(5,), dtype="f8")
            layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "power", shape=(5,))
            opened.create_virtual_dataset("mean", layout)

        assert "/mean has its data in another file" in harmful(replaced("mean", change))

    def test_cycles(self, harmful):
        def change(opened):
            opened.create_group("columns")["again"] = opened["/"]

        assert "/columns/again is not a dataset" in harmful(change)

    def test_other_groups_and_datasets(self, harmful):
        assert "/more is not a dataset" in harmful(lambda opened: opened.create_group("more"))

    def test_named_types(self, harmful):
        def change(opened):
            opened["more"] = np.dtype("f8")

        assert "/more is not a dataset" in harmful(change)

    def test_unknown_datasets(self, harmful):
        words = harmful(lambda opened: opened.create_dataset("more", data=[1.0]))
        assert "/more is not a column of results" in words


class TestSizes:
    def test_declared_but_not_there(self, harmful):
        huge = 10**10
        for keys in ({}, {"chunks": (1 << 20,)}, {"chunks": (1 << 20,), "compression": "gzip"}):
            assert "/mean" in harmful(replaced("mean", declared((huge,), **keys)))

    def test_a_chunk_of_zeros(self, harmful):
        """Compressed a thousandfold, which HDF5 would unpack, if no more was declared than deflate can do."""

        def change(opened):
            data = opened.create_dataset(
                "mean", (1 << 24,), "f8", chunks=(1 << 24,), compression="gzip"
            )
            data.id.write_direct_chunk((0,), b"x" * 200)

        assert "declares 134217728 bytes, of which 200 are stored" in harmful(
            replaced("mean", change)
        )

    def test_more_than_memory(self, file, monkeypatch):
        monkeypatch.setattr(
            "eddysky.simulator.results.store.available_memory", lambda: (100, "of this machine")
        )
        with pytest.raises(InputError, match=r"cannot be read: takes 0\.0 GB of memory"):
            read(file)
        with open_results(file) as (opened, _):
            assert len(opened["index"]) == 5

    def test_many_attributes(self, harmful):
        def change(opened):
            for number in range(1001):
                opened["power"].attrs[str(number)] = 1

        assert "/power has 1005 attributes; at most 1000" in harmful(change)

    def test_large_attributes(self, file):
        with h5py.File(file, "r+", libver="latest") as opened:
            del opened["mean"]
            opened.create_dataset("mean", data=np.zeros(5)).attrs["x"] = np.zeros(10_000)
        seal(file)
        with pytest.raises(InputError, match="attribute x of /mean has 80000 bytes"):
            read(file)

    def test_filters_that_are_plug_ins(self, harmful):
        def change(opened):
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_chunk((5,))
            properties.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
            space = h5py.h5s.create_simple((5,))
            data = h5py.h5d.create(opened.id, b"mean", h5py.h5t.NATIVE_DOUBLE, space, properties)
            data.write_direct_chunk((0,), bytes(40))

        assert "/mean has the unknown filter 32015" in harmful(replaced("mean", change))

    def test_types(self, harmful):
        def change(opened):
            opened["mean"] = np.array([b"a", b"b"])

        assert "/mean is |S1" in harmful(replaced("mean", change))


def test_blocks_are_whole_chunks(tmp_path):
    values = np.arange(3_000_000.0).reshape(-1, 3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = file.create_dataset("a", data=values, chunks=(7000, 3))
        found = list(blocks(data))
    assert np.array_equal(np.concatenate(found), values)
    assert len(found) > 1
    assert all(len(block) % 7000 == 0 for block in found[:-1])


class TestConfiguration:
    @pytest.mark.parametrize(
        ("section", "key"),
        [("flow", "table"), ("flow", "transverse_fraction"), ("transport", "collisions")],
    )
    @pytest.mark.parametrize("name", ["/etc/passwd", "~/x.txt", "table.txt"])
    def test_it_names_no_files(self, file, resealing, monkeypatch, section, key, name):
        monkeypatch.setattr(
            "eddysky.simulator.config.text_table.read_text", lambda *_: pytest.fail("opened")
        )
        line = f'{key} = "{name}"\n'
        if key == "table":
            line += 'spectrum = "table"\n'
        text = f"[{section}]\n{line}[sky]\nnside = 2\nlmax = 4\n"
        with resealing(file) as opened:
            opened.attrs["configuration"] = text
            opened.attrs["configuration_sha256"] = sha256(text)
        with pytest.raises(InputError, match=f"{key}.*must not name a file"):
            read(file)

    def test_nor_do_its_components(self, file, resealing):
        text = '[[flow.component]]\nspectrum = "table"\ntable = "/etc/passwd"\n'
        with resealing(file) as opened:
            opened.attrs["configuration"] = text
            opened.attrs["configuration_sha256"] = sha256(text)
        with pytest.raises(InputError, match="must not name a file"):
            read(file)


def test_memory_of_a_refused_file(file, resealing):
    """A file of a few kilobytes that declares 74 GB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with resealing(file) as opened:
        del opened["power"]
        opened.create_dataset(
            "power", (5, 1_850_000_000), "f8", chunks=(1, 1_000_000), fletcher32=True
        )
    assert file.stat().st_size < 100_000
    with pytest.raises(InputError, match="/power has 0 of its 9250 chunks"):
        read(file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
