"""Scenarios by name: eddysky's own, and those of other packages."""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points

from eddysky.scenarios import (
    collision_operator,
    compton_getting,
    diffuse_dipole,
    drift_kinetic,
    energy_response,
    free_path_law,
    hall_dipole,
    isotropic_diffusion,
    magnetised,
    mhd_turbulence,
    relaxation_depth,
    shear_flow,
    taylor_expansion,
    zl24_energy,
    zl24_fig1,
    zl25_fig1,
    zl25_fig3_sky,
    zl25_fig3_spectra,
)
from eddysky.scenarios.scenario import Scenario
from eddysky.simulator.errors import InputError

__all__ = ["SCENARIOS", "get", "names"]

# The default first.
SCENARIOS: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (
        isotropic_diffusion,
        free_path_law,
        energy_response,
        relaxation_depth,
        collision_operator,
        drift_kinetic,
        magnetised,
        zl24_fig1,
        zl24_energy,
        zl25_fig1,
        zl25_fig3_spectra,
        zl25_fig3_sky,
        diffuse_dipole,
        hall_dipole,
        mhd_turbulence,
        compton_getting,
        shear_flow,
        taylor_expansion,
    )
}
# Packages name their scenarios as entry points of this group.
_GROUP = "eddysky.scenarios"


def names() -> list[str]:
    """Names of all scenarios: eddysky's own, and those that other packages add under names not yet taken."""
    return list(dict.fromkeys([*SCENARIOS, *(point.name for point in entry_points(group=_GROUP))]))


def get(name: str) -> Scenario:
    """The scenario of a name.

    Raises
    ------
    InputError
        If there is none of that name, or the package that has it cannot be used.

    Examples
    --------
    >>> get("zl25-fig1").config().transport.mode
    'parallel'
    """
    if name in SCENARIOS:
        return SCENARIOS[name]
    for point in entry_points(group=_GROUP, name=name):
        return _loaded(point)
    near = difflib.get_close_matches(name, names(), n=1)
    guess = f"; did you mean {near[0]}?" if near else ""
    raise InputError(f"{name}: no such scenario{guess}\nscenarios: {', '.join(names())}")


def _loaded(point: EntryPoint) -> Scenario:
    """The scenario of another package, by the name of its entry point."""
    try:
        scenario = point.load()
    # Whatever the package does while it is imported is no fault of ours.
    except Exception as error:
        raise InputError(
            f"scenario {point.name} ({point.value}): {type(error).__name__}: {error}"
        ) from error
    if not isinstance(scenario, Scenario) or scenario.name != point.name:
        raise InputError(
            f"scenario {point.name} ({point.value}): must be a Scenario of that name, is {scenario!r:.60}"
        )
    return scenario
