"""Spectra as text: what is written is read back by the reader of text tables."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from eddysky.simulator.config.text_table import Column, read_table
from eddysky.validation.comparison.tables import write_spectra_csv


def comparison(ell, seed):
    rng = np.random.default_rng(seed)
    values = {name: 1e-9 * rng.random(len(ell)) for name in ("measured", "error", "predicted")}
    return SimpleNamespace(ell=np.array(ell), **values)


def test_round_trip(tmp_path):
    spectra = {"one": comparison([1, 2, 3], 1), "two": comparison([2], 2)}
    path = write_spectra_csv(spectra, tmp_path / "spectra.csv")
    lines = path.read_text().splitlines()
    assert lines[0] == "variant,ell,measured,error,predicted"
    assert [line.split(",")[0] for line in lines[1:]] == ["one"] * 3 + ["two"]
    # The reader takes numbers only: all columns but the names.
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("\n".join(line.partition(",")[2] for line in lines) + "\n")
    names = ("measured", "error", "predicted")
    table = read_table(numbers, [Column("ell", whole=True), *map(Column, names)])
    assert table["ell"].tolist() == [1, 2, 3, 2]
    for name in names:
        written = np.concatenate([getattr(each, name) for each in spectra.values()])
        np.testing.assert_allclose(table[name], written, rtol=1e-9)
