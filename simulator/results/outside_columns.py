"""Outside columns: quantities that a user defines, measured in each realisation and stored in the results file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from astropy import units

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import Column, no_summary

if TYPE_CHECKING:
    from eddysky.simulator.flow.fields import VelocityField
    from eddysky.simulator.results.realization import Realization

__all__ = ["check_columns", "measure", "read_columns"]


def measure(
    columns: Iterable[Column], config: Config, flow: VelocityField, realization: Realization
) -> Realization:
    """Measure outside columns in one realisation, and add the rows to it.

    Raises
    ------
    InputError
        If a row does not have the shape and kind of numbers of its column.
    """
    rows = {}
    for name in ("power", "noise", "zonal", "alm"):
        if (values := getattr(realization, name)) is not None:
            # A measure must not change what it measures.
            values.setflags(write=False)
    for column in columns:
        assert column.measure is not None
        given = column.measure(config, flow, realization)
        if isinstance(given, units.Quantity):
            try:
                given = given.to_value("" if column.units == "1" else column.units)
            except ValueError as error:
                raise InputError(f"column {column.name!r}: measure gave {given}: {error}") from None
        row = np.asarray(given)
        shape = column.row_shape(config)
        fits = _is_numeric(row.dtype) and np.can_cast(row.dtype, column.dtype, "same_kind")
        if row.shape != shape or not fits:
            raise InputError(
                f"column {column.name!r}: measure gave {row.dtype} of shape {row.shape}; "
                f"must be {column.dtype} of shape {shape}"
            )
        with np.errstate(all="ignore"):
            values = row.astype(column.dtype)
        exact = values.dtype.kind in "iu" and np.any(values.astype(row.dtype) != row)
        lost = np.any(np.isfinite(row) & ~np.isfinite(values)) or isinstance(
            given, np.ma.MaskedArray | np.ma.core.MaskedConstant
        )
        if exact or lost:
            raise InputError(
                f"column {column.name!r}: measure gave {given!r}, which {column.dtype} cannot hold"
            )
        rows[column.name] = values
    return replace(realization, columns=rows)


def check_columns(columns: Iterable[Column], config: Config) -> tuple[Column, ...]:
    """Check the outside columns of a run.

    Raises
    ------
    InputError
        Names the column and what is wrong with it.
    """
    if not isinstance(columns, list | tuple):
        raise InputError(f"columns: must be a list of Columns, not {type(columns).__name__}")
    columns = tuple(columns)
    for column in columns:
        if not isinstance(column, Column):
            raise InputError(f"columns: {column!r}: must be a Column")
    names = [column.name for column in columns]
    for column in columns:
        label = f"column {column.name!r}"
        if not (isinstance(column.name, str) and column.name.isidentifier()):
            raise InputError(f"{label}: the name must be a Python identifier")
        if not column.is_outside or names.count(column.name) > 1:
            raise InputError(f"{label}: there is a column of this name; choose another")
        for key in ("description", "units"):
            text = getattr(column, key)
            if not (isinstance(text, str) and text.strip() and text.isprintable()):
                raise InputError(
                    f"{label}: {key} = {text!r}: must be a text of one line that is not empty"
                )
        if not callable(column.measure):
            raise InputError(
                f"{label}: measure = {column.measure!r}: must be a function of configuration, flow and realisation"
            )
        if column.rows != "index" or not column.present(config):
            raise InputError(f"{label}: an outside column has one row for each realisation")
        builtin = column.source or column.since != 1 or column.summary is not no_summary
        if builtin or not isinstance(column.packed, bool):
            raise InputError(
                f"{label}: source, since and summary are for built-in columns; packed is a bool"
            )
        shape = column.row_shape(config)
        if not (isinstance(shape, tuple) and all(isinstance(n, int) and n > 0 for n in shape)):
            raise InputError(f"{label}: shape = {shape!r}: must be a tuple of positive integers")
        if not _is_numeric(column.dtype):
            raise InputError(
                f"{label}: dtype = {column.dtype!r}: must be an integer, real or complex NumPy type"
            )
    return columns


def read_columns(file: Any) -> tuple[Column, ...]:
    """Outside columns of an open results file, from the attributes of their datasets."""
    return tuple(_described(name, data) for name, data in file.get("columns", {}).items())


def _described(name: str, data: Any) -> Column:
    """Column of one dataset."""
    if not _is_numeric(data.dtype):
        raise TypeError(f"/columns/{name} is {data.dtype}")
    about = dict(data.attrs)
    return Column(
        name,
        str(about.pop("description")),
        units=str(about.pop("units")),
        shape=data.shape[1:],
        dtype=data.dtype.name,
        attributes=lambda _: about,
    )


def _is_numeric(dtype: Any) -> bool:
    """Whether a type is integer, real or complex."""
    try:
        return np.dtype(dtype).kind in "iufc"
    except TypeError:
        return False
