"""Shot noise of orbits, against that of simulated ones, and without a magnetic field that of isotropic transport."""

from __future__ import annotations

import pytest
from noise_cases import BASE, DENSITY, SHEAR, STILL, measured

from eddysky.simulator import Config
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.particle_noise import particle_noise

# r_L = 1.08 λ
ORBITS = {
    "transport.mode": "helical",
    "transport.magnetic_field_strength": "0.001 uG",
    "sky.sampling": "orbits",
}
STRONG = {"transport.magnetic_field_strength": "0.005 uG"}
DEEP = {"transport.scatterings": 3}
FEW = {"ensemble.realizations": 120}
CASES = {
    "one flight": FEW,
    "strong field": FEW | DEEP | STRONG,
    "slab": FEW | STRONG | {"flow.anisotropy": "slab"},
    "Alfven waves across the field": FEW
    | {"flow.anisotropy": "two-dimensional", "flow.polarization": "alfven"},
    "uniform gradient": STILL | SHEAR | DEEP,
    "density gradient": STILL | DENSITY | DEEP,
}


@pytest.mark.parametrize("case", CASES)
def test_orbits_have_the_expected_noise(case):
    ratio, error = measured(Config().replace(BASE | ORBITS | CASES[case]))
    assert error < 0.1
    # 4.5 standard errors: a false alarm of 7e-6 each.
    assert abs(ratio - 1) < 4.5 * error


@pytest.mark.parametrize("scatterings", [1, 4])
@pytest.mark.parametrize(
    "more", [{"flow.transverse_fraction": 0.3}, STILL | SHEAR, STILL | DENSITY]
)
def test_without_a_field_it_is_that_of_isotropic_transport(scatterings, more):
    depth = {"transport.scatterings": scatterings, "flow.inner_scale": "8 pc"}
    weak = {"transport.magnetic_field_strength": "1e-9 uG"}
    straight = {"transport.free_path": "exponential"}
    noise = [
        particle_noise(Config().replace(BASE | more | depth | each), 1000)
        for each in (ORBITS | weak, straight)
    ]
    assert noise[0] == pytest.approx(noise[1], rel=1e-3)


def test_other_paths_are_refused():
    erlang = {"transport.free_path": "erlang", "transport.erlang_order": 2}
    with pytest.raises(InputError, match=r'transport.free_path = "erlang": .* "exponential"'):
        particle_noise(Config().replace(BASE | ORBITS | erlang), 1000)
