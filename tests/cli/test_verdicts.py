"""What `eddysky run` prints in short: the facts that a verdict rests on, and of many variants those that matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eddysky.cli.targets import Target
from eddysky.cli.verdicts import files_in_short, verdicts_in_short
from eddysky.scenarios import SCENARIOS
from eddysky.simulator.config import Config
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.comparison.slope import Slope
from eddysky.validation.comparison.verdict import Comparison

ELL = np.arange(1, 5)
GOOD = Comparison(
    100, ELL, np.ones(4), 0.1 * np.ones(4), np.ones(4), 3.0, 4.0, 0.56,
    amplitude=1.0, amplitude_error=0.05, amplitude_pull=0.1,
    slope=Slope(2, 4, -2.7, 0.1, -2.68, 0.2),
    above_noise=np.array([True, True, False, False]), noise=np.ones(4),
)  # fmt: skip


def target(count, label="many"):
    variants = {f"v{i}" if count > 1 else "": Config() for i in range(count)}
    return Target(SCENARIOS["isotropic-diffusion"], label, variants)


def short(*verdicts, label="many"):
    chosen = target(len(verdicts), label)
    return verdicts_in_short(chosen, dict(zip(chosen.configs, verdicts, strict=True)))


def test_one_line_with_the_facts():
    words = "p = 0.56, slope -2.700 ± 0.100, predicted -2.680"
    assert short(replace(GOOD, above_noise=np.ones(4, bool))) == [
        f"many: consistent with the theory; {words}"
    ]
    assert short(GOOD) == [
        f"many: consistent with the theory; {words}, shot noise hides l = 3-4",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p_value": 1e-5}, "p = 1e-05, slope"),
        ({"amplitude_pull": 9.0}, "p = 0.56, amplitude 1.0000 ± 0.0500 of the prediction"),
        ({"slope": replace(GOOD.slope, pull=9.0)}, "p = 0.56, slope -2.700 ± 0.100, predicted -2.680"),
        ({"unexpected": (3,)}, "unexpected power at l = 3, p = 0.56"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", ["many", "a-very-long-name/of-a-variant-that-fills-the-line"])
def test_why_a_theory_is_contradicted_is_said_in_lines_of_any_length(changes, words, label):
    (line,) = short(replace(GOOD, **changes), label=label)
    start = f"{label}: NOT consistent with the theory; "
    assert line.startswith(start + (words if label == "many" else words.removesuffix(", slope")))


def test_power_elsewhere_contradicts_a_sky_in_which_nothing_is_random():
    still = Comparison(
        1, ELL, np.array([1.0, 0, 0, 0.2]), np.zeros(4), np.array([1.0, 0, 0, 0]), limit=1e-9
    )
    (line,) = short(still)
    assert line == (
        "many: NOT consistent with the theory; "
        "C_1 within 0.0e+00 of the prediction, all others below 2.0e-01 of it"
    )


def test_of_many_variants_those_that_are_not_consistent_are_named():
    bad = replace(GOOD, p_value=1e-9)
    assert short(*18 * [GOOD])[17].startswith("many/v17: consistent with the theory; p = 0.56")
    one, two, three = short(*20 * [GOOD], bad, NoVerdictError("no turbulence"))
    assert one == "many: consistent with the theory; 20 of 21 variants, p = 0.56 to 0.56"
    assert two.startswith("many/v20: NOT consistent with the theory; p = 1e-09")
    assert three == "many/v21: not compared with the theory: no turbulence"
    lines = short(*40 * [bad])
    assert len(lines) == 19
    assert lines[-1] == "many: and 22 further; --verbose lists them"
    assert short(*[NoVerdictError("too few")] * 27) == [
        "many: 27 variants: not compared with the theory: too few"
    ]


def test_files_of_many_variants_take_three_lines():
    made = [Path(f"many.v{i}.png") for i in range(5)] + [Path("many.power.csv")]
    assert files_in_short(target(27), Path("many.h5"), made) == [
        "  results: many.h5, many-v1.h5, many-v2.h5 and 24 more",
        "  figures: many.v0.png, many.v1.png, many.v2.png and 2 more",
        "  table: many.power.csv",
    ]
