"""Velocity fields on grids: what is accepted, what is refused, and that cubes on disk stay there."""

from __future__ import annotations

import tracemalloc

import h5py
import numpy as np
import pytest
from astropy import units

from eddysky.simulator import InputError
from eddysky.simulator.flow import GriddedFlow

RNG = np.random.default_rng(11)
CUBE = RNG.normal(size=(3, 6, 8, 10))
POINTS = RNG.uniform(-9, 9, size=(200, 3))


def velocity(*arguments, **options):
    return GriddedFlow.from_array(*arguments, **options).velocity(POINTS)


def test_the_observer_stands_in_the_middle():
    flow = GriddedFlow.from_array(CUBE, "0.5 pc")
    np.testing.assert_array_equal(flow.velocity(np.zeros((1, 3)))[0], CUBE[:, 3, 4, 5])


def test_spacing_and_origin_are_lengths_along_the_axes():
    flow = GriddedFlow.from_array(
        CUBE, ["0.5 pc", "1 pc", "0.25 pc"], origin=[-1, 2, 0.5] * units.pc
    )
    place = np.array([[-1 + 2 * 0.5, 2 + 3 * 1.0, 0.5 + 4 * 0.25]])
    np.testing.assert_array_equal(flow.velocity(place)[0], CUBE[:, 2, 3, 4])
    assert flow.k_max == pytest.approx(np.pi * np.sqrt(4 + 1 + 16), rel=1e-14)


def test_all_ways_to_give_a_cube_are_the_same():
    wanted = velocity(CUBE, "1 pc")
    for given in (list(CUBE), tuple(CUBE), CUBE * units.Unit("km/s"), CUBE.astype(">f8")):
        np.testing.assert_array_equal(velocity(given, 1 * units.pc), wanted)
    np.testing.assert_array_equal(velocity(CUBE, 1.0), wanted)
    last = np.ascontiguousarray(np.moveaxis(CUBE, 0, -1))
    np.testing.assert_allclose(velocity(last, "1 pc"), wanted, rtol=0, atol=1e-13)
    turned = np.ascontiguousarray(CUBE.transpose(0, 3, 2, 1))
    # Strides differ, and with them how the compiler orders sums of 64 terms.
    np.testing.assert_allclose(velocity(turned, "1 pc", axes="zyx"), wanted, rtol=0, atol=1e-13)
    np.testing.assert_allclose(velocity(CUBE, "1 pc", unit="m/s"), wanted / 1000, rtol=1e-15)
    whole = (100 * CUBE).astype(int)
    np.testing.assert_array_equal(velocity(whole, "1 pc"), velocity(whole.astype(float), "1 pc"))


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((np.zeros((3, 8, 8)), "1 pc"), {}, r"must be \(3, nx, ny, nz\)"),
        ((np.zeros((3, 8, 8, 3)), "1 pc"), {}, "at least 4 points along each axis"),
        (([np.zeros((8, 8, 8))] * 2, "1 pc"), {}, r"u: has the shape \(2, 8, 8, 8\)"),
        (([np.zeros((8, 8, 8))] * 2 + [np.zeros((8, 8, 9))], "1 pc"), {}, "of one shape"),
        (([], "1 pc"), {}, "u: has the shape"),
        ((3.0, "1 pc"), {}, "u: must be an array"),
        ((CUBE.tolist(), "1 pc"), {}, "u: must be an array"),
        ((CUBE + 0j, "1 pc"), {}, "u: holds complex128; must be real numbers"),
        ((CUBE, "1 km/s"), {}, 'spacing = .*: must be a length such as "0.5 pc"'),
        ((CUBE, True), {}, "spacing = True: must be a length"),
        ((CUBE, "-1 pc"), {}, "spacing = -1 pc: must be positive"),
        ((CUBE, ["1 pc", "1 pc"]), {}, "spacing = .*: must be a length"),
        ((CUBE, "1 pc"), {"origin": "here"}, "origin = 'here': must be a length"),
        ((CUBE, "1 pc"), {"unit": "pc"}, "unit = 'pc': must be a unit of speed"),
        ((CUBE, "1 pc"), {"interpolation": "spline"}, '"cubic" or "linear"'),
        ((CUBE, "1 pc"), {"axes": "xzy"}, '"xyz" or "zyx"'),
    ],
)
def test_what_is_no_cube_is_refused(arguments, options, words):
    with pytest.raises(InputError, match=words):
        GriddedFlow.from_array(*arguments, **options)


def write_hdf5(path, **layout):
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("all", data=CUBE, **layout)
        for name, part in zip(("vx", "vy", "vz"), CUBE, strict=True):
            file.create_dataset(name, data=part, **layout)


@pytest.mark.parametrize("layout", [{}, {"compression": "gzip"}, {"chunks": True}])
def test_files_are_arrays_to_the_bit(tmp_path, layout):
    wanted = velocity(CUBE, "1 pc")
    path = tmp_path / "cube.h5"
    write_hdf5(path, **layout)
    for name in ("all", ("vx", "vy", "vz")):
        flow = GriddedFlow.from_file(path, "1 pc", dataset=name, unit="km/s")
        np.testing.assert_array_equal(flow.velocity(POINTS), wanted)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(velocity(file["all"], "1 pc"), wanted)
    np.save(tmp_path / "cube.npy", CUBE)
    flow = GriddedFlow.from_file(tmp_path / "cube.npy", "1 pc", unit="km/s")
    np.testing.assert_array_equal(flow.velocity(POINTS), wanted)


def test_what_a_file_does_not_say_is_asked_for(tmp_path):
    path = tmp_path / "cube.h5"
    write_hdf5(path)
    np.save(tmp_path / "cube.npy", CUBE)
    (tmp_path / "cube.txt").write_text("0 0 0\n")
    for name, options, words in (
        ("cube.h5", {}, "no dataset 'velocity_x'; it has all, vx, vy, vz"),
        ("cube.h5", {"dataset": "all", "unit": "km/s"}, "does not say its spacing; give spacing="),
        ("cube.h5", {"dataset": "all", "spacing": "1 pc"}, "does not say its unit; give unit="),
        ("cube.npy", {"unit": "km/s"}, "does not say its spacing"),
        ("cube.npy", {"dataset": "all"}, "not an HDF5 file"),
        ("cube.txt", {}, "neither an HDF5 nor an NPY file"),
        ("none.h5", {}, "none.h5: cannot be read"),
    ):
        with pytest.raises(InputError, match=words):
            GriddedFlow.from_file(tmp_path / name, **options)


@pytest.mark.parametrize("kind", ["npy", "hdf5"])
def test_a_cube_on_disk_stays_there(tmp_path, kind):
    # A sparse file of 3 × 512³ zeros in double precision: 3.2 GB, with one number in it.
    n, place = 512, (3, 1, 2)
    path = tmp_path / f"large.{kind}"
    if kind == "npy":
        np.lib.format.open_memmap(path, "w+", np.float64, (3, n, n, n))[1, *place] = 7.0
        options = {}
    else:
        with h5py.File(path, "w") as file:
            layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            layout.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            layout.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            space = h5py.h5s.create_simple((3, n, n, n))
            h5py.h5d.create(file.id, b"u", h5py.h5t.NATIVE_DOUBLE, space, layout)
            file["u"][1, *place] = 7.0
        options = {"dataset": "u"}
    tracemalloc.start()
    flow = GriddedFlow.from_file(path, "1 pc", unit="km/s", origin=["0 pc"] * 3, **options)
    points = np.concatenate([[place], RNG.uniform(0, n, size=(20, 3))])
    seen = flow.velocity(points)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(seen[0], [0, 7, 0])
    assert peak < 20e6  # bytes; the compiler, if it runs, takes most of them


def test_components_with_units_of_their_own():
    wanted = velocity(CUBE, "1 pc")
    mixed = [CUBE[0] * units.Unit("km/s"), *(1000 * CUBE[1:] * units.Unit("m/s"))]
    # Roundings of 64 terms below 3 km/s.
    np.testing.assert_allclose(velocity(mixed, "1 pc"), wanted, rtol=0, atol=64 * 3 * 2.2e-16)
    with pytest.raises(InputError, match="must all be speeds"):
        velocity([mixed[0], CUBE[1], CUBE[2]], "1 pc")


def test_components_last_in_a_file(tmp_path):
    last = np.ascontiguousarray(np.moveaxis(CUBE, 0, -1))
    with h5py.File(tmp_path / "u.h5", "w") as file:
        file["u"] = last
        file.create_dataset("chunked", data=1000 * last, chunks=(4, 4, 4, 3))
        file["chunked"].attrs["units"] = "m/s"
        file["u"].attrs["units"] = "km/s"
    for name in ("u", "chunked"):
        flow = GriddedFlow.from_file(tmp_path / "u.h5", "1 pc", dataset=name)
        np.testing.assert_allclose(
            flow.velocity(POINTS), velocity(CUBE, "1 pc"), rtol=0, atol=1e-13
        )


@pytest.mark.parametrize("k_max", [-1, 0, np.nan, "5"])
def test_a_highest_wavenumber_is_positive(k_max):
    with pytest.raises(InputError, match="k_max = "):
        GriddedFlow.from_array(CUBE, "1 pc", k_max=k_max)
