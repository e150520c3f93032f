"""Velocity fields on a grid, such as cubes of MHD simulations."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from astropy import units
from numpy.typing import NDArray

from eddysky.kernels.interpolation import interpolate
from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.cube_file import check_cube, found

__all__ = ["DATASETS", "GriddedFlow", "grid_geometry"]

Array = NDArray[np.float64]
Component = NDArray[Any]
Names = str | tuple[str, str, str]

# Points per axis that enter an interpolated value; also the order of convergence.
ORDERS = {"linear": 2, "cubic": 4}
DATASETS = ("velocity_x", "velocity_y", "velocity_z")


@dataclass(frozen=True, slots=True)
class GriddedFlow:
    """A velocity field interpolated from a periodic grid, a `VelocityField`.

    Create it with `from_array` or `from_file`. The error of the velocity falls as spacing² with linear and as spacing⁴
    with cubic interpolation (Lagrange polynomials through the four nearest points along each axis).

    Parameters
    ----------
    components
        u_x, u_y, u_z, each of shape (nx, ny, nz), in memory or on disk.
    spacing, origin
        Distance of neighbouring grid points along each axis, and position of the grid point [0, 0, 0] as seen from
        the observer [pc], shape (3,).
    unit
        Unit of the components [km/s].
    interpolation
        "cubic" or "linear".
    k_max
        Highest wavenumber [1/pc].
    name, version
        Identify the field in a results file; the version may be None.
    """

    components: tuple[Component, Component, Component] = field(repr=False)
    spacing: Array
    origin: Array
    unit: float
    interpolation: Literal["cubic", "linear"]
    k_max: float
    name: str
    version: str | None

    @classmethod
    def from_array(
        cls,
        u: Any,
        spacing: Any,
        *,
        unit: str = "km/s",
        origin: Any = None,
        axes: Literal["xyz", "zyx"] = "xyz",
        interpolation: Literal["cubic", "linear"] = "cubic",
        k_max: float | None = None,
        name: str = "GriddedFlow",
        version: str | None = None,
    ) -> GriddedFlow:
        """Field from an array in memory or on disk.

        Parameters
        ----------
        u
            Velocities, shape (3, nx, ny, nz) or (nx, ny, nz, 3), or a sequence of the three components (nx, ny, nz):
            arrays, memory maps (`np.load(..., mmap_mode="r")`) or h5py datasets. Data on disk is not loaded; it is
            read at the points where the flow is evaluated. Compressed or chunked datasets, and types other than
            native single and double precision, are first copied to a temporary file.
        spacing
            Distance of neighbouring grid points: a length such as "0.5 pc", an astropy Quantity or a number of pc, or
            three of them.
        unit
            Unit of u, unless u is a Quantity.
        origin
            Position of the grid point [0, 0, 0] relative to the observer, three lengths. By default the observer is
            at the grid point [nx // 2, ny // 2, nz // 2].
        axes
            Order of the grid's axes: "zyx" for arrays u[component, z, y, x], as many codes write them.
        interpolation
            "cubic" or "linear".
        k_max
            Highest wavenumber [1/pc]; it sets the resolution of the grid of directions. The default is the corner of
            the Nyquist cube, π √(Σ 1/spacing²), or √3 π/spacing for equal spacings. A lower value is faster, and
            right for a flow without power near the grid scale, such as one with viscosity.
        name, version
            Identify the field in a results file. The default version is a checksum of velocities at some points.

        Raises
        ------
        InputError
            If an argument is invalid; the message names it.

        Examples
        --------
        >>> import numpy as np
        >>> flow = GriddedFlow.from_array(np.zeros((3, 32, 32, 32)), "0.5 pc")
        >>> round(flow.k_max, 3)
        10.883
        """
        if isinstance(u, units.Quantity):
            u, unit = u.value, str(u.unit)
        if isinstance(u, list | tuple) and any(isinstance(x, units.Quantity) for x in u):
            try:
                u, unit = [units.Quantity(x).to_value("km/s") for x in u], "km/s"
            except (TypeError, units.UnitConversionError):
                raise InputError("u: its components must all be speeds with their units") from None
        single = hasattr(u, "shape")
        if not single and not (isinstance(u, list | tuple) and all(hasattr(x, "shape") for x in u)):
            raise InputError("u: must be an array, or three of them")
        shapes = {tuple(part.shape) for part in ([u] if single else u)}
        shape = shapes.pop() if single else (len(u), *min(shapes, default=()))
        last = single and len(shape) == 4 and shape[0] != 3 and shape[-1] == 3
        if last:
            shape = (3, *shape[:-1])
        if shapes - {shape[1:]} or len(shape) != 4 or shape[0] != 3 or min(shape[1:]) < 4:
            raise InputError(
                f"u: has the shape {shape}; must be (3, nx, ny, nz), (nx, ny, nz, 3) or three components of one "
                "shape (nx, ny, nz), with at least 4 points along each axis"
            )
        if interpolation not in ORDERS:
            raise InputError(f'interpolation = {interpolation!r}: must be "cubic" or "linear"')
        if axes not in ("xyz", "zyx"):
            raise InputError(f'axes = {axes!r}: must be "xyz" or "zyx"')
        if k_max is not None and not (isinstance(k_max, int | float) and 0 < k_max < math.inf):
            raise InputError(f"k_max = {k_max!r}: must be a positive number, in 1/pc")
        parts = _components(u, last=last)
        if axes == "zyx":
            parts = [part.transpose(2, 1, 0) for part in parts]
        steps, start = grid_geometry(parts[0].shape, spacing, origin)
        highest = math.pi * float(np.sqrt(np.sum(1 / steps**2))) if k_max is None else k_max
        x, y, z = parts
        return cls((x, y, z), steps, start, _speed(unit), interpolation, highest, name, version)

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        spacing: Any = None,
        *,
        dataset: Names | None = None,
        unit: str | None = None,
        **options: Any,
    ) -> GriddedFlow:
        """Field from an NPY file, or from an HDF5 file of any code; it stays on disk.

        Parameters
        ----------
        path
            The file.
        spacing
            As in `from_array`. Files from `sample_grid` contain it.
        dataset
            For HDF5 files: name of the dataset (3, nx, ny, nz), or names of the three components, such as
            ("vx", "vy", "vz"). The names that `sample_grid` uses by default.
        unit
            Unit of the velocities. HDF5 datasets may have it as their attribute `units`, as those of `sample_grid` do.
        options
            `origin`, `axes`, `interpolation`, `k_max`, `name` and `version`, as in `from_array`.

        Raises
        ------
        InputError
            If the file cannot be read, or an argument is invalid.
        """
        import h5py

        path = Path(path)
        check_file(path)
        if not h5py.is_hdf5(path):
            if dataset is not None:
                raise InputError(f"{path}: not an HDF5 file; dataset = {dataset!r} belongs to one")
            return cls.from_array(
                _mapped_array(path),
                _given(path, "spacing", spacing),
                unit=_given(path, "unit", unit),
                **options,
            )
        names = (dataset,) if isinstance(dataset, str) else dataset or DATASETS
        check_cube(path, names)
        with h5py.File(path, "r", locking=False) as file:
            parts = [found(file, name) for name in names]
            said = {str(part.attrs.get("units", "")) for part in parts} - {""}
            unit = said.pop() if unit is None and len(said) == 1 else unit
            if dataset is None:
                spacing = file.attrs.get("spacing") if spacing is None else spacing
                if "origin" in file.attrs:
                    options = {"origin": file.attrs["origin"]} | options
            return cls.from_array(
                parts[0] if len(parts) == 1 else parts,
                _given(path, "spacing", spacing),
                unit=_given(path, "unit", unit),
                **options,
            )

    def velocity(self, points: Array) -> Array:
        """Velocity (N, 3) in km/s at points (N, 3) in pc."""
        result = np.empty_like(points)
        order = ORDERS[self.interpolation]
        interpolate(points, *self.components, self.origin, self.spacing, order, result)
        result *= self.unit
        return result


def _mapped_array(path: Path) -> Component:
    """The array of an NPY file, on disk; no other file that NumPy knows."""
    try:
        # Not np.load, which also opens archives and, as a last resort, pickles.
        return np.lib.format.open_memmap(path, mode="r")
    # Damaged headers make NumPy raise nearly anything.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: neither an HDF5 nor an NPY file: {reason}") from None


def _given(path: Path, name: str, value: Any) -> Any:
    """An argument that must be given, because the file does not contain it."""
    if value is None:
        raise InputError(
            f'{path}: does not say its {name}; give {name}=, such as "{_EXAMPLES[name]}"'
        )
    return value


_EXAMPLES = {"spacing": "0.5 pc", "unit": "km/s"}


def grid_geometry(shape: Sequence[int], spacing: Any, origin: Any) -> tuple[Array, Array]:
    """Spacing and origin of a grid, (3,) each [pc], from the arguments of `GriddedFlow.from_array`.

    Raises
    ------
    InputError
        If one is invalid; the message names it.
    """
    steps = _lengths("spacing", spacing)
    if not np.all(steps > 0):
        raise InputError(f"spacing = {spacing}: must be positive")
    if origin is None:
        return steps, -(np.array(shape) // 2) * steps
    return steps, _lengths("origin", origin)


def _lengths(name: str, given: Any) -> Array:
    """Three lengths in pc, of one or three given with their units or as numbers of pc."""
    several = isinstance(given, list | tuple | np.ndarray) and np.ndim(given) == 1
    try:
        values = [_in_parsecs(one) for one in (given if several else [given])]
        lengths = np.broadcast_to(np.array(values, dtype=np.float64), (3,)).copy()
    except (TypeError, ValueError, units.UnitConversionError):
        lengths = np.full(3, math.nan)
    if not np.all(np.isfinite(lengths)):
        raise InputError(f'{name} = {given!r}: must be a length such as "0.5 pc", or three of them')
    return lengths


def _in_parsecs(length: Any) -> float:
    """A length in pc, from a number of pc, a text or a Quantity."""
    if isinstance(length, int | float | np.number) and not isinstance(length, bool):
        return float(length)
    return float(units.Quantity(length).to_value("pc"))


def _speed(unit: str) -> float:
    """A unit of speed in km/s."""
    try:
        return float(units.Unit(unit).to("km/s"))
    except (TypeError, ValueError, units.UnitConversionError):
        raise InputError(f'unit = {unit!r}: must be a unit of speed, such as "km/s"') from None


def _components(u: Any, *, last: bool) -> list[Component]:
    """The components as read-only arrays, in memory or mapped from disk; `last` is whether their axis is the last."""
    if hasattr(u, "shape"):
        parts = list(np.moveaxis(_mapped(u), -1, 0) if last else _mapped(u))
    else:
        parts = [_mapped(part) for part in u]
    for part in parts:
        # Always read-only: Numba compiles other machine code for writable arrays, whose last bits may differ.
        part.flags.writeable = False
    return parts


def _mapped(source: Any) -> Component:
    """One array without a copy if possible, else copied to a temporary file."""
    import h5py

    dtype = np.dtype(source.dtype)
    if isinstance(source, np.ma.MaskedArray):
        raise InputError("u: is a masked array; fill its gaps first")
    if dtype.kind not in "fiu":
        raise InputError(f"u: holds {dtype}; must be real numbers")
    native = dtype in (np.dtype(np.float32), np.dtype(np.float64))
    if isinstance(source, h5py.Dataset):
        try:
            offset = source.id.get_offset()
        except RuntimeError:
            raise InputError(f"u: the dataset {source.name} is damaged") from None
        if (
            native
            and offset is not None
            and source.external is None
            and source.file.driver == "sec2"
        ):
            source.file.flush()
            return np.asarray(np.memmap(source.file.filename, dtype, "r", offset, source.shape))
    elif native:
        return np.asarray(source).view()
    wide = (
        np.dtype(np.float32) if dtype.kind == "f" and dtype.itemsize <= 4 else np.dtype(np.float64)
    )
    with tempfile.TemporaryFile(prefix="eddysky-") as scratch:
        # The deleted file remains readable as long as it is mapped.
        unpacked = np.memmap(scratch, wide, "w+", shape=source.shape)
    chunked = isinstance(source, h5py.Dataset) and source.chunks is not None
    for rows in source.iter_chunks() if chunked else np.ndindex(source.shape[:-2]):
        unpacked[rows] = source[rows]
    return np.asarray(unpacked)
