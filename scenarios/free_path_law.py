"""The law of free paths decides the slope: −γ−1 for fixed paths, −γ−2 for exponential ones.

The papers' law C_ℓ ∝ ℓ^(−γ−1) holds for steps of one mean free path. With exponentially distributed paths, those
of BGK relaxation, each direction averages the flow along the line of sight and small scales are smoothed:
the slope is −γ−2. Erlang paths (a sum of q exponentials) lie between: with q = 100 their C_ℓ is that of fixed paths
at small ℓ and breaks near ℓ ~ √q.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption, same_law
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

# Less than this fraction of the highest C_ℓ is not shown.
REACH = 1e-7


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of the laws side by side."""
    from eddysky.validation.plots import plot_powers

    comparisons = {words(outcome): outcome.comparison for outcome in outcomes.values()}
    title = r"Free-path laws: slopes from $-\gamma-1$ (fixed) to $-\gamma-2$ (exponential)"
    slopes = {}
    for name, law, less in (("fixed", r"-\gamma-1", 1), ("exponential", r"-\gamma-2", 2)):
        if name in outcomes and same_law(SCENARIO, name, outcomes[name]):
            slope = -outcomes[name].result.config.flow.index - less
            label = rf"$\propto\ell^{{\,{law}}} = \ell^{{\,{slope:.2f}}}$"
            slopes[words(outcomes[name])] = (slope, label)
    title = caption(SCENARIO, outcomes, title)
    path = beside(stem, ".power.png")
    return [plot_powers(comparisons, path, title, slopes, reach=REACH)]


def words(outcome: Outcome) -> str:
    """The law of the free paths in words."""
    return outcome.result.config.transport.law.words


SCENARIO = Scenario(
    name="free-path-law",
    summary="fixed, Erlang and exponential free paths: slopes from -gamma-1 to -gamma-2",
    figure=figure,
    files=(".power.png",),
    settings={
        # The same flows for all laws: as far as exponential paths need for C_ℓ up to lmax = 64.
        "flow.inner_scale": "0.147 pc",
    },
    variants={
        "fixed": {"transport.free_path": "fixed"},
        "erlang-100": {"transport.free_path": "erlang", "transport.erlang_order": 100},
        "exponential": {"transport.free_path": "exponential"},
    },
)

if __name__ == "__main__":
    run_as_script()
