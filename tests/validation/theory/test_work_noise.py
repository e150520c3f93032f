"""Shot noise of particles that are followed without steps, against that of simulated ones and by quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_cases import BASE, DENSITY, ENERGIES, SHEAR, STATIONARY, STILL, measured

from eddysky.simulator import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.run.realization import Setup
from eddysky.simulator.transport.work import follow
from eddysky.validation.theory.orbit_noise import several_flights_square
from eddysky.validation.theory.particle_noise import particle_noise
from eddysky.validation.theory.work_noise import regular_work_square, work_square

DRIFT = {"transport.mode": "drift-kinetic"}
# r_L = 1.08 λ
HELICAL = {"transport.mode": "helical", "transport.magnetic_field_strength": "0.001 uG"}
EXPONENTIAL = {"transport.free_path": "exponential"}
DEEP = EXPONENTIAL | {"transport.scatterings": 3}
ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 4}
FEW = {"ensemble.realizations": 250}
CASES = {
    "one fixed path": FEW,
    "three exponential paths": FEW | DEEP,
    "Erlang": FEW | DEEP | ERLANG,
    "across the field": FEW
    | DEEP
    | {"flow.anisotropy": "two-dimensional", "flow.polarization": "fast"},
    "slab": FEW | DEEP | {"flow.anisotropy": "slab"},
    "stationary": STATIONARY | EXPONENTIAL | {"flow.polarization": "slow"},
    "uniform gradient": STILL | SHEAR | DEEP,
    "density gradient": STILL | DENSITY | DEEP,
    "energies": FEW | ENERGIES,
    "energies, uniform gradient": ENERGIES | STILL | SHEAR | DEEP,
    "energies, density gradient": ENERGIES | STILL | DENSITY | DEEP,
}


# 4.5 standard errors: a false alarm of 7e-6 each. The noise of one sky scatters as much as the flow along one line.
@pytest.mark.parametrize("case", CASES)
def test_drift_kinetic_particles_have_the_expected_noise(case):
    ratio, error = measured(Config().replace(BASE | DRIFT | CASES[case]))
    assert error < 0.1
    assert abs(ratio - 1) < 4.5 * error


STRONG = {"transport.magnetic_field_strength": "0.005 uG"}
LONG = {"flow.outer_scale": "60 pc", "flow.inner_scale": "20 pc"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        ERLANG,
        # Long waves, whose flights are correlated most.
        LONG | {"transport.scatterings": 4, "flow.polarization": "fast"},
        LONG | STRONG | {"transport.scatterings": 4, "flow.polarization": "slow"},
        LONG | {"transport.scatterings": 4, "flow.polarization": "alfven"},
    ],
    ids=["exponential", "Erlang", "fast", "slow", "Alfven"],
)
def test_mean_square_of_helical_particles(more):
    config = Config().replace(BASE | HELICAL | more)
    several = config.transport.scatterings != 1
    square = several_flights_square(config) if several else work_square(config)
    setup, squares = Setup.from_config(config), []
    for index in range(300):
        _, intensity = follow(setup.model_for(index, None), setup.flow(index), index, 0, 500)
        squares.append(np.mean(intensity**2))
    shift = config.momentum_index / config.particle_speed
    error = np.std(squares) / math.sqrt(len(squares))
    assert error < 0.08 * np.mean(squares)
    # False alarm 7e-6.
    assert abs(np.mean(squares) - shift**2 * square) < 4.5 * error


@pytest.mark.parametrize("case", [SHEAR, DENSITY], ids=["uniform gradient", "density gradient"])
@pytest.mark.parametrize("scatterings", [1, 3])
def test_mean_square_of_regular_flows_in_helical_transport(case, scatterings):
    config = Config().replace(
        BASE | STILL | HELICAL | case | {"transport.scatterings": scatterings}
    )
    setup = Setup.from_config(config)
    model = setup.model_for(0, None)
    _, intensity = follow(model, setup.flow(0), 0, 0, 100_000)
    shift = config.momentum_index / config.particle_speed
    flow, density = regular_work_square(config)
    dipole = model.density_dipole()
    squares = intensity**2
    error = np.std(squares) / math.sqrt(len(squares))
    expected = shift**2 * flow + density + dipole @ dipole / 3
    # False alarm 7e-6 each.
    assert abs(np.mean(squares) - expected) < 4.5 * error


def test_several_erlang_flights_of_helical_particles_are_refused():
    config = Config().replace(BASE | HELICAL | ERLANG | {"transport.scatterings": 2})
    with pytest.raises(InputError, match="of several flights in helical transport is known"):
        particle_noise(config, 1000)


def test_stationary_helical_particles_have_the_expected_noise():
    stationary = {"transport.scatterings": "stationary", "ensemble.realizations": 40}
    ratio, error = measured(Config().replace(BASE | HELICAL | stationary))
    assert error < 0.06
    # False alarm 7e-6.
    assert abs(ratio - 1) < 4.5 * error


def test_a_uniform_flow_has_none():
    still = STILL | DRIFT | {"sky.frame": "observer"}
    config = Config().replace(still | {"flow.mean_velocity": ["20 km/s", "5 km/s", "0 km/s"]})
    np.testing.assert_array_equal(particle_noise(config, 1000), 0)
