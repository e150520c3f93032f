"""Titles of figures that say what was simulated: the paper's figure, or what was changed from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eddysky.scenarios.scenario import Outcome, Scenario

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["caption", "changes", "same_law"]

# Keys that decide how well a sky is computed, and not what it shows.
NUMERICAL = {
    "flow.modes",
    "flow.amplitudes",
    "sky.nside",
    "sky.lmax",
    "sky.sampling",
    "sky.particles",
    "sky.evaluation",
    "ensemble.realizations",
    "ensemble.seed",
}
# Keys that decide which power law of ℓ the sky follows.
LAW = {
    "flow.spectrum",
    "flow.component",
    "flow.table",
    "flow.taylor_order",
    "flow.transverse_fraction",
    "transport.mode",
    "transport.free_path",
    "transport.erlang_order",
    "transport.scatterings",
    "transport.collisions",
    "cosmic_rays.energy_response",
    "cosmic_rays.composition",
}
# More changes than these are counted.
MOST = 4


def caption(
    scenario: Scenario, outcomes: Mapping[str, Outcome], title: str, paper: str = ""
) -> str:
    """Title of a figure, with the figure of the paper only if its physics is what was simulated.

    Parameters
    ----------
    scenario
        What is drawn.
    outcomes
        What was simulated, by variant.
    title
        What the figure shows.
    paper
        The figure of the paper, such as "ZL25 Fig. 3".
    """
    changed: dict[str, str] = {}
    for variant, outcome in outcomes.items():
        changed |= changes(scenario.config(variant), outcome.result.config)
    if changed:
        shown = [f"{key} = {value}" for key, value in list(changed.items())[:MOST]]
        more = len(changed) - len(shown)
        # A dollar in the name of a table would begin a formula.
        words = ", ".join([*shown, *([f"{more} more"] if more else [])]).replace("$", r"\$")
        return f"{title}; changed: {words}"
    same = "; the same flows in all ensembles" if same_flows(outcomes) else ""
    return (f"{title} ({paper})" if paper else title) + same


def changes(given: Config, used: Config) -> dict[str, str]:
    """Keys of the physics whose values differ from those that a scenario has, and their values.

    Parameters
    ----------
    given
        The configuration of the scenario.
    used
        The configuration of the results.
    """
    before, after = flattened(given), flattened(used)
    changed = {
        key: value
        for key, value in after.items()
        if key not in NUMERICAL and value != before.get(key)
    }
    # By default it follows lmax.
    default = (None, used.default_inner_scale(used.flow))
    if not used.flow.component and used.flow.inner_scale in default:
        changed.pop("flow.inner_scale", None)
    return {key: in_words(key, value) for key, value in changed.items()}


def same_law(scenario: Scenario, variant: str, outcome: Outcome) -> bool:
    """Whether a variant was simulated with the kind of flow and transport that the scenario has.

    The slope that the scenario draws holds only then, for any index, scales and mean free path.
    """
    return LAW.isdisjoint(changes(scenario.config(variant), outcome.result.config))


def flattened(config: Config) -> dict[str, Any]:
    """Values of all keys, as TOML has them."""
    return {
        f"{section}.{key}": value
        for section, values in config.to_dict().items()
        for key, value in values.items()
    }


def in_words(key: str, value: Any) -> str:
    """A value in a title."""
    if key == "flow.component":
        return f"{len(value)} spectra"
    if key == "cosmic_rays.composition":
        return f"charges {', '.join(map(str, value['charges']))}"
    if isinstance(value, dict):
        return f"width {value['width']:g}" if "width" in value else "a table"
    text = f"{value:.4g}" if isinstance(value, float) else str(value).replace("'", "")
    return text if len(text) <= 40 else f"{text[:37]}..."


def same_flows(outcomes: Mapping[str, Outcome]) -> bool:
    """Whether several ensembles see the same flows: spectrum, modes and seed agree."""
    flows = {
        repr(
            (
                c.flow_spectrum,
                c.transverse_fraction,
                c.flow.modes,
                c.flow.amplitudes,
                c.ensemble.seed,
            )
        )
        for c in (outcome.result.config for outcome in outcomes.values())
    }
    return len(outcomes) > 1 and len(flows) == 1
