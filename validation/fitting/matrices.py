"""Matrices of measured spectra: covariances and windows, from text or .npy files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.reading import check_file
from eddysky.simulator.config.text_table import fields, is_number, numbered_lines
from eddysky.simulator.errors import InputError

__all__ = ["check_covariance", "read_matrix"]

Array = NDArray[np.float64]

# Elements of a covariance and its transpose may differ by so much, relative to √(V_ii V_jj): text has few digits.
SYMMETRY = 1e-6
# Bytes: 10 000 multipoles in text.
LARGEST_FILE = 3_000_000_000


def read_matrix(path: Path, what: str) -> Array:
    """Read a matrix of numbers.

    Parameters
    ----------
    path
        File of NumPy (.npy), or text: a row a line, separated by commas or blanks; `#` begins a comment.
    what
        What it is, in messages.

    Returns
    -------
    ndarray
        Shape (rows, columns).

    Raises
    ------
    InputError
        If the file cannot be read, is no matrix, or has an element that is not finite.
    """
    matrix = _read_binary(path, what) if path.suffix == ".npy" else _read_text(path, what)
    if not np.all(np.isfinite(matrix)):
        row, column = np.argwhere(~np.isfinite(matrix))[0] + 1
        raise InputError(f"{path}: {what}: row {row}, column {column}: must be a finite number")
    return matrix


def _read_binary(path: Path, what: str) -> Array:
    """Matrix of a .npy file."""
    check_file(path, LARGEST_FILE)
    try:
        matrix = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it is empty"
        raise InputError(f"{path}: {what}: no .npy file of numbers: {reason}") from None
    if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind not in "fiu":
        raise InputError(f"{path}: {what}: must be a matrix of real numbers")
    return np.asarray(matrix, dtype=np.float64)


def _read_text(path: Path, what: str) -> Array:
    """Matrix of a text file."""
    rows: list[list[float]] = []
    for number, line in numbered_lines(path):
        if line.startswith("#"):
            continue
        row = fields(line)
        for place, text in enumerate(row, start=1):
            if not is_number(text):
                raise InputError(
                    f"{path}: line {number}, column {place} = {text!r}: must be a number of the {what}"
                )
        if rows and len(row) != len(rows[0]):
            raise InputError(
                f"{path}: line {number}: {len(row)} numbers, but the line before has {len(rows[0])}"
            )
        rows.append([float(text) for text in row])
    if not rows:
        raise InputError(f"{path}: no rows of the {what}")
    return np.array(rows)


def check_covariance(matrix: Array, size: int, where: str) -> None:
    """Refuse a matrix that is no covariance.

    Parameters
    ----------
    matrix
        To be checked.
    size
        Number of values.
    where
        Its name in messages.

    Raises
    ------
    InputError
        If it is not of the shape (size, size), symmetric and positive definite.
    """
    if matrix.shape != (size, size):
        raise InputError(
            f"{where}: has the shape {matrix.shape}; {size} values need {(size, size)}"
        )
    variance = np.diag(matrix)
    if not np.all(np.isfinite(matrix)) or not np.all(variance > 0):
        raise InputError(f"{where}: must be finite, and positive on the diagonal")
    correlation = matrix / np.sqrt(np.outer(variance, variance))
    odd = np.abs(correlation - correlation.T) > SYMMETRY
    if odd.any():
        row, column = np.argwhere(odd)[0]
        raise InputError(
            f"{where}: must be symmetric; row {row + 1}, column {column + 1} is {matrix[row, column]:g} and its "
            f"mirror {matrix[column, row]:g}"
        )
    lowest = float(np.linalg.eigvalsh(correlation)[0])
    if lowest <= size * np.finfo(float).eps:
        raise InputError(
            f"{where}: must be positive definite; the lowest eigenvalue of its correlation matrix is {lowest:.3g}"
        )
