"""Parsing of --set and --grid."""

from __future__ import annotations

import pytest

from eddysky.cli.settings import read_grid, read_settings
from eddysky.simulator.errors import InputError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.5,1.6667", [1.5, 1.6667]),
        ("5 pc, 10 pc", ["5 pc", "10 pc"]),
        ('"5 pc","10 pc"', ["5 pc", "10 pc"]),
        ("1,stationary", [1, "stationary"]),
        (
            '["1 km/s","0 km/s","0 km/s"],["2 km/s","0 km/s","0 km/s"]',
            [["1 km/s", "0 km/s", "0 km/s"], ["2 km/s", "0 km/s", "0 km/s"]],
        ),
        ("[[1,2],[3,4]],[[5,6],[7,8]]", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ('[{a=1,b="x,y"}],[]', [[{"a": 1, "b": "x,y"}], []]),
        ("'a,b.csv',c.csv", ["a,b.csv", "c.csv"]),
        (r'"a\",b",c', ['a",b', "c"]),
        ("bob's.csv,ann's.csv", ["bob's.csv", "ann's.csv"]),
        ("[1,2", ["[1,2"]),
    ],
)
def test_commas_separate_values_but_not_inside_quotes_and_brackets(text, values):
    assert read_grid([f"flow.key={text}"]) == {"flow.key": values}


def test_single_values_are_those_of_set():
    for text in ("1.5", "5 pc", '"5 pc"', "[1, 2]", "true", "a=b"):
        setting = f"flow.key={text}"
        assert read_grid([setting]) == {
            key: [value] for key, value in read_settings([setting]).items()
        }


@pytest.mark.parametrize(
    ("grids", "settings", "words"),
    [
        (["flow.index="], [], "--grid flow.index=: a value of flow.index is empty"),
        (["flow.index=1,,2"], [], "a value of flow.index is empty"),
        (["flow.index=1,2,"], [], "a value of flow.index is empty"),
        (["flow.index=1", "flow.index=2"], [], "--grid flow.index=2: flow.index is given twice"),
        (["flow.index=1"], ["flow.index=2"], "flow.index is given twice, by --set too"),
        (["index=1"], [], "expected SECTION.KEY=VALUE, such as flow.index=1.5,1.6667"),
        (["flow.index"], [], "expected SECTION.KEY=VALUE"),
        (["flow.index=1\n2"], [], "repeat --grid for more"),
    ],
)
def test_what_is_no_grid_is_refused(grids, settings, words):
    with pytest.raises(InputError) as error:
        read_grid(grids, settings)
    assert words in str(error.value)
