"""Covariances and windows in files."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.matrices import check_covariance, read_matrix

GOOD = np.array([[4.0, 1.0], [1.0, 9.0]])


def test_text_and_numpy_files_hold_the_same(tmp_path):
    np.save(tmp_path / "v.npy", GOOD)
    (tmp_path / "v.csv").write_text("# covariance\n4,1\n1,9  # last\n")
    (tmp_path / "v.txt").write_text("4 1\n1 9\n")
    for name in ("v.npy", "v.csv", "v.txt"):
        np.testing.assert_array_equal(read_matrix(tmp_path / name, "covariance"), GOOD)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("v.csv", "4,1\n1\n", "line 2: 1 numbers, but the line before has 2"),
        ("v.csv", "4,much\n", r"line 1, column 2 = 'much': must be a number of the covariance"),
        ("v.csv", "4,nan\n1,9\n", "row 1, column 2: must be a finite number"),
        ("v.csv", "# nothing\n", "no rows of the covariance"),
        ("v.csv", b"\x89HDF\r\n\x1a\n\xff", "not a text file"),
        ("v.npy", b"4,1\n", r"no \.npy file of numbers"),
        ("v.npy", b"", r"no \.npy file of numbers"),
    ],
)
def test_files_that_are_no_matrix(tmp_path, name, content, words):
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        read_matrix(tmp_path / name, "covariance")


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros((2, 2), complex), np.array([{}, {}])])
def test_arrays_that_are_no_matrix(tmp_path, array):
    np.save(tmp_path / "v.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=r"matrix of real numbers|no \.npy file of numbers"):
        read_matrix(tmp_path / "v.npy", "covariance")
    with pytest.raises(InputError, match="cannot be read"):
        read_matrix(tmp_path / "none.npy", "covariance")


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.eye(3), r"has the shape \(3, 3\); 2 values need \(2, 2\)"),
        (np.ones((2, 3)), "has the shape"),
        (np.array([[4.0, 1.0], [1.1, 9.0]]), "must be symmetric; row 1, column 2 is 1 and its mirror 1.1"),
        (np.array([[4.0, 7.0], [7.0, 9.0]]), "positive definite; the lowest eigenvalue .* is -0.167"),
        (np.array([[4.0, 6.0], [6.0, 9.0]]), "must be positive definite"),
        (np.diag([4.0, -9.0]), "positive on the diagonal"),
        (np.array([[4.0, np.inf], [np.inf, 9.0]]), "must be finite"),
    ],
)  # fmt: skip
def test_matrices_that_are_no_covariance(matrix, words):
    check_covariance(GOOD, 2, "v.csv")
    # Scales may differ by many powers of ten.
    scale = np.array([1e-8, 1e-14])
    check_covariance(GOOD * np.outer(scale, scale), 2, "v.csv")
    with pytest.raises(InputError, match=words):
        check_covariance(matrix, 2, "v.csv")
