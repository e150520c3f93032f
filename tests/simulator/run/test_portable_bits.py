"""Results are the same bits for any x86-64 processor with AVX2 and FMA, and for any number of workers."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys

import ducc0
import llvmlite.binding as llvm
import pytest

SMALL = {"sky.nside": 4, "sky.lmax": 8, "flow.modes": 65, "ensemble.realizations": 3}
WAVES = SMALL | {"flow.inner_scale": "4 pc"}
FEW = WAVES | {"sky.particles": 2000, "transport.free_path": "exponential"}
TABLE = {"wavenumber": [0.01, 0.1, 3.0], "spectrum": [300.0, 40.0, 0.1]}
FRACTIONS = {"wavenumber": [0.02, 0.2], "transverse_fraction": [0.2, 0.9]}
SKIES = {
    "direct": WAVES | {"sky.evaluation": "direct"},
    "bands": WAVES | {"sky.evaluation": "bands"},
    "single cosines": WAVES | {"flow.amplitudes": "cosine"},
    "default band": SMALL | {"sky.frame": "observer"},
    "parallel": WAVES | {"transport.mode": "parallel"},
    "Taylor expansion": WAVES | {"flow.taylor_order": 3},
    "random particles": FEW | {"sky.sampling": "random", "transport.scatterings": 2},
    "stratified particles": FEW | {"sky.sampling": "stratified"},
    # Of a depth whose last bit depends on the processor.
    "particles with small-angle scattering": WAVES
    | {
        "transport.collisions": "small-angle",
        "sky.particles": 500,
        "flow.outer_scale": "34.06 pc",
        "flow.inner_scale": "6 pc",
    },
    "stationary particles": FEW
    | {"transport.scatterings": "stationary", "flow.outer_scale": "20 pc"},
    "expected": WAVES
    | {"sky.sampling": "expected", "transport.free_path": "erlang", "transport.erlang_order": 3},
    "stationary": WAVES
    | {
        "sky.sampling": "expected",
        "transport.free_path": "exponential",
        "transport.scatterings": "stationary",
    },
    "small-angle scattering": WAVES
    | {
        "sky.sampling": "expected",
        "transport.scatterings": "stationary",
        "transport.collisions": "small-angle",
    },
    "expected, parallel": WAVES
    | {
        "sky.sampling": "expected",
        "transport.mode": "parallel",
        "transport.free_path": "exponential",
    },
    "expected, drift-kinetic": WAVES
    | {
        "sky.sampling": "expected",
        "transport.mode": "drift-kinetic",
        "transport.free_path": "exponential",
        "transport.scatterings": "stationary",
    },
    "a range of energies": WAVES | {"cosmic_rays.energy_response": {"width": 0.7}},
    "nuclei scattered twice": WAVES
    | {
        "transport.scatterings": 2,
        "cosmic_rays.energy_response": {"energy": [0.3, 1, 4], "response": [0.5, 1, 0]},
        "cosmic_rays.composition": {"charges": [1, 26], "fractions": [0.6, 0.4]},
    },
    "particles of a range of energies": FEW
    | {"sky.sampling": "random", "cosmic_rays.energy_response": {"width": 0.7}},
    "turbulence about the field": WAVES | {"flow.anisotropy": "goldreich-sridhar"},
    "drift-kinetic particles": FEW
    | {"sky.sampling": "random", "transport.mode": "drift-kinetic", "transport.scatterings": 2},
    "helical particles": FEW
    | {
        "sky.sampling": "random",
        "transport.mode": "helical",
        "transport.scatterings": 2,
        "transport.magnetic_field_strength": "0.001 uG",
    },
    # By series, and along the helix.
    "expected, helical, strong field": WAVES
    | {
        "transport.mode": "helical",
        "transport.magnetic_field_strength": "0.01 uG",
        "transport.free_path": "erlang",
        "transport.erlang_order": 3,
    },
    "expected, helical, weak field": WAVES
    | {
        "transport.mode": "helical",
        "transport.magnetic_field_strength": "1e-5 uG",
        "transport.scatterings": 3,
    },
    "injection": WAVES | {"flow.spectrum": "injection", "flow.injection_scale": "200 pc"},
    "tables": SMALL
    | {"flow.spectrum": "table", "flow.table": TABLE, "flow.transverse_fraction": FRACTIONS},
}

# The hashes of modes too, because the rounding of intensities, which are differences of numbers near one, hides bits.
SCRIPT = """
import hashlib, json, sys
from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup
hashes = {}
for name, settings in json.loads(sys.argv[1]).items():
    config = Config().replace(settings)
    flow = Setup.from_config(config, maps=False).flow(0).parts[0]
    modes = getattr(flow, "modes", flow)
    hashes[name] = {
        f"{workers} workers": hashlib.sha256(result.power.tobytes() + result.maps.tobytes()).hexdigest()
        for workers in json.loads(sys.argv[2])
        for result in [simulate(config, workers=workers)]
    }
    rows = modes.wavevectors.tobytes() + modes.cosines.tobytes() + modes.sines.tobytes()
    hashes[name]["modes"] = hashlib.sha256(rows).hexdigest()
print(json.dumps(hashes))
"""
# Names of Numba's targets, and NumPy's instructions that each lacks.
TARGETS = {
    "haswell": "X86_V4 AVX512_ICL AVX512_SPR",
    "skylake-avx512": "AVX512_ICL AVX512_SPR",
    "znver4": "AVX512_SPR",
}


def hashes(workers=(1,), **environment):
    """Hashes of all skies, as a processor of the environment makes them; the cache keeps code for each apart."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ImportWarning", "-c", SCRIPT, json.dumps(SKIES), json.dumps(workers)],
        check=True, capture_output=True, text=True,
        env=os.environ | environment,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def here():
    return hashes(workers=(1, 2, 3))


def test_same_bits_for_any_number_of_workers(here):
    for sky in here.values():
        assert len({sky[f"{workers} workers"] for workers in (1, 2, 3)}) == 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="targets of x86-64")
@pytest.mark.parametrize(
    # A processor that can run code for the others has AVX-512 itself, so that code without and with it is compared.
    "target",
    [
        "haswell",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("skylake-avx512", "znver4")),
    ],
)
def test_same_bits_on_other_processors(here, target):
    features = llvm.get_host_cpu_features()
    needed = ["avx2", "fma"] if target == "haswell" else ["avx2", "fma", "avx512f", "avx512vl"]
    if target == "znver4":
        needed += ["avx512vbmi2", "avx512bf16"]
    if not all(features.get(name, False) for name in needed):
        pytest.skip(f"this processor cannot run code for {target}")
    elsewhere = hashes(
        NUMBA_CPU_NAME=target,
        NUMBA_CPU_FEATURES="",
        NPY_DISABLE_CPU_FEATURES=TARGETS[target],
        OPENBLAS_CORETYPE="Haswell",
    )
    for name, found in elsewhere.items():
        assert found == {part: here[name][part] for part in found}, name


def test_transforms_use_the_same_instructions_everywhere():
    code = "import eddysky.simulator, ducc0; print(ducc0.misc.cpu_info()['active_profile'])"
    if not hasattr(ducc0.misc, "cpu_info") or ducc0.misc.cpu_info()["architecture"] != "x86-64":
        pytest.skip("this ducc0 has code for one processor alone")
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"DUCC0_MAX_PSABI_LEVEL": "4"},
    )
    assert done.stdout.strip() == "x86-64-v3"
