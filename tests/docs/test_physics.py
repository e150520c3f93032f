"""Formulas and numbers of the pages on physics, and the tests that they name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.special import factorial, jv, lpmv

from eddysky.cli.settings import read_settings
from eddysky.simulator.config import Config
from eddysky.validation.theory.predict import predict

ROOT = Path(__file__).parents[2]
DOUBT = (ROOT / "docs" / "in-doubt.md").read_text(encoding="utf-8")
PAGES = ["theory", "paths-and-collisions", "magnetised", "computation"]
COLUMNS = [1, 2, 5, 10, 30]


def table_of_changes():
    """Settings and printed ratios of each row of the table."""
    lines = re.findall(r"^\| [^|`]+: (`[^|]*`) \| (.*) \|$", DOUBT, re.MULTILINE)
    return [(re.findall(r"`([^`]*)`", line), numbers.split(" | ")) for line, numbers in lines]


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        pytest.param(
            *row, marks=[pytest.mark.slow] if "helical" in row[0][0] else [], id=" ".join(row[0])
        )
        for row in table_of_changes()
    ],
)
def test_ratios_to_the_default(settings, numbers):
    lmax = 10 if numbers[-1] == "–" else 30
    config = Config().replace(read_settings([text.replace("'", "") for text in settings]))
    ratios = predict(config, lmax).c_ell / predict(Config(), lmax).c_ell
    for ell, printed in zip(COLUMNS, numbers, strict=True):
        if printed == "∞":
            assert np.isinf(ratios[ell])
        elif printed == "0":
            assert ratios[ell] < 1e-20
        elif printed != "–":
            np.testing.assert_allclose(ratios[ell], float(printed.replace("−", "-")), rtol=0.051)


def test_the_table_of_changes_is_read():
    assert len(table_of_changes()) == 24


def test_scatterings_of_fixed_paths():
    """Numbers of docs/paths-and-collisions.md on N = 20 and the stationary limit for β = 0."""
    potential = {"flow.transverse_fraction": 0}
    once, twenty, limit = (
        predict(Config().replace(potential | {"transport.scatterings": depth}), 64).c_ell
        for depth in (1, 20, "stationary")
    )
    np.testing.assert_allclose((twenty / once)[[2, 6, 10]], [0.32, 1.23, 0.94], atol=0.005)
    np.testing.assert_allclose((limit / once)[[2, 3, 6]], [0.21, 0.41, 1.23], atol=0.005)
    np.testing.assert_allclose(limit[8:], once[8:], rtol=0.1)
    np.testing.assert_allclose(limit[4:], twenty[4:], rtol=1e-3)


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_understood(page):
    """Each becomes MathML whole, and those with numbers are numbered in order."""
    converter = pytest.importorskip("latex2mathml.converter")
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    formulas = re.findall(r"^ *```math\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    assert formulas
    numbers = [int(n) for formula in formulas for n in re.findall(r"\\tag\{(\d+)\}", formula)]
    assert numbers == list(range(1, len(numbers) + 1))
    for formula in formulas:
        assert not re.search(r"\\[a-zA-Z]|<mi>&</mi>", converter.convert(formula)), formula


def test_named_checks_exist():
    rows = DOUBT.split("## What stands on what")[1].split("\n## ")[0]
    files = re.findall(r"`([\w/]+\.py)`", rows)
    assert len(files) > 20
    assert not [file for file in files if not (ROOT / "tests" / file).exists()]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{name}:" in makefile for name in re.findall(r"`make ([\w-]+)`", rows))


def associated(ell, m, mu):
    """Y_ℓm without its azimuth."""
    norm = (2 * ell + 1) / (4 * np.pi) * factorial(ell - m) / factorial(ell + m)
    return np.sqrt(norm) * lpmv(m, ell, mu)


def printed_series(k, y, mu, azimuth, radius):
    """Equation (4) of docs/magnetised.md with λ = 1 and D = v, of a longitudinal and two transverse unit waves."""
    across, along = k * np.sqrt(1 - y**2), k * y
    sine = np.sqrt(1 - mu**2)
    alpha = -azimuth  # from n_⊥ to k_⊥, which is on the first axis
    b_cross_n = sine * np.sin(alpha)  # its component on k_⊥
    z = radius * across * sine
    waves = [(np.sqrt(1 - y**2), 0, y), (y, 0, -np.sqrt(1 - y**2)), (0, 1, 0)]
    skies = []
    for a_x, a_y, a_b in waves:
        # (N·k)(N·A) at some values of χ; its harmonics are the c_j.
        chi = 2 * np.pi * np.arange(8) / 8
        towards = along * mu + across * sine * np.cos(chi)[:, None]
        work = towards * (a_b * mu + sine * (a_x * np.cos(chi) + a_y * np.sin(chi))[:, None])
        c = np.fft.fft(work, axis=0) / 8
        total = sum(
            jv(order, z) * c[j] * np.exp(-1j * (order + j) * alpha)
            / (1 - 1j * (along * mu + (order + j) / radius))
            for order in range(-12, 13)
            for j in range(-2, 3)
        )  # fmt: skip
        skies.append(1j * np.exp(1j * radius * across * b_cross_n) * total)
    return skies


def test_series_of_gyrophases():
    """C_ℓ of equation (4), by quadrature over directions and waves, is that of `predict`."""
    beta, radius, lmax = 0.4, 1.0, 3
    strength = f"{0.00108 / radius:.12g} uG"  # protons of 10 TeV in 1 μG have r_L = 0.0108 pc
    config = Config(
        transport={
            "mode": "helical",
            "free_path": "exponential",
            "magnetic_field_strength": strength,
        },
        flow={"transverse_fraction": beta, "outer_scale": "60 pc", "inner_scale": "20 pc"},
        sky={"nside": 4, "lmax": lmax},
    )
    radius = config.larmor_radius / 10
    nodes, weights = np.polynomial.legendre.leggauss(16)
    azimuths = 2 * np.pi * np.arange(20)[:, None] / 20
    few, few_weights = np.polynomial.legendre.leggauss(6)
    low, high = np.log(2 * np.pi / 6), np.log(2 * np.pi / 2)
    power = np.zeros(lmax + 1)
    for x, dx, (y, dy) in (
        ((high + low + (high - low) * p) / 2, (high - low) / 2 * q, node)
        for p, q in zip(few, few_weights, strict=True)
        for node in zip((few + 1) / 2, few_weights / 2, strict=True)
    ):
        variance = 20.0**2 * (np.exp(x) / (2 * np.pi)) ** (-2 / 3) * dx * dy  # w k dln k dy
        skies = printed_series(np.exp(x), y, nodes, azimuths, radius)
        for part, sky in zip((1 - beta, beta / 2, beta / 2), skies, strict=True):
            harmonics = np.fft.fft(sky, axis=0) / 20
            for ell in range(lmax + 1):
                a_lm = [
                    2 * np.pi * np.sum(weights * associated(ell, abs(m), nodes) * harmonics[m])
                    for m in range(-ell, ell + 1)
                ]
                power[ell] += variance * part * np.sum(np.abs(a_lm) ** 2) / (2 * ell + 1)
    expected = (4.7 / 299792.458) ** 2 * power
    np.testing.assert_allclose(predict(config, lmax).c_ell[1:], expected[1:], rtol=1e-4)
