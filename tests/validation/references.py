"""References for the tests of predictions: a table, spectra, and quadratures that share no code with the package."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy import constants, special

TABLE = Path(__file__).parents[1] / "data" / "angular_power.csv"
# Stated relative accuracy of predictions; of correlations relative to √(⟨a_ℓ²⟩⟨a_ℓ'²⟩).
PROMISED = 1e-10


# Arguments and multipoles at which averaged Bessel functions are tested.
BESSEL_LMAX = 96
BESSEL_ELL = (0, 1, 2, 3, 5, 10, 30, 60, 97)
BESSEL_X = np.array(
    [1e-6, 1e-3, 0.01, 0.1, 0.5, 1.0, 2.5, np.pi, 7, 10, 31.4, 96, 97.5, 98.5, 300, 1e5]
)
# Each of up to 2 lmax steps of a recurrence adds one or two rounding errors, partly cancelling.
BESSEL_ROUNDING = 4 * BESSEL_LMAX * np.finfo(float).eps


class Spectrum:
    """Any function of k, with the ends of a band and breakpoints."""

    def __init__(self, function, k_min=None, k_max=None, breakpoints=()):
        self.function, self.k_min, self.k_max = function, k_min, k_max
        self.breakpoints = breakpoints

    def __call__(self, k):
        return self.function(np.asarray(k))


def power_law(index, k_min, k_max):
    """w = k^(−γ)."""
    return Spectrum(lambda k: k**-index, k_min, k_max)


def gauss_panels(edges, count):
    """Gauss–Legendre nodes and weights on the panels between the edges."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    half = 0.5 * np.diff(edges)[:, np.newaxis]
    x = np.asarray(edges)[:-1, np.newaxis] + half * (1 + nodes)
    return x.ravel(), (half * weights).ravel()


def table_rows(transport, *, bounded):
    """Rows of the reference table for one transport, for finite bands or for power laws on all k."""
    with TABLE.open(encoding="utf-8") as file:
        return [
            row
            for row in csv.DictReader(file)
            if row["transport"] == transport and (row["k_max_lambda"] != "inf") is bounded
        ]


def unbounded_values(transport, count):
    """ℓ, ℓ', γ, β and A_ℓ or ⟨a_ℓ a_ℓ'⟩ of the rows for power laws on all k."""
    rows = table_rows(transport, bounded=False)
    assert len(rows) == count
    return [
        (
            int(row["ell"]),
            int(row["ell2"]),
            float(Fraction(row["gamma"])),
            float(Fraction(row["beta"])),
            float(row["value"]),
        )
        for row in rows
    ]


def bessel_product(first, second, index):
    """K(L, L') = ∫ j_L j_L' x^(−γ) dx (ZL24 Eq. 7 for L = L') with mpmath."""
    total, difference = first + second, second - first
    return (
        mp.pi
        / 2
        * mp.gamma(index + 1)
        * mp.gamma((total + 1 - index) / 2)
        / 2 ** (index + 1)
        * mp.rgamma((difference + index) / 2 + 1)
        * mp.rgamma((-difference + index) / 2 + 1)
        * mp.rgamma((total + index + 3) / 2)
    )


def bessel_average(law, order, ell, x):
    """⟨j_ℓ(xs)⟩ over the free path: a Bessel function, or hypergeometric for Erlang laws (exponential: order 1)."""
    ell = mp.mpf(ell)
    if law == "fixed":
        return mp.sqrt(mp.pi / (2 * x)) * mp.besselj(ell + mp.mpf(1) / 2, x)
    q = x / order
    factor = mp.sqrt(mp.pi) * mp.gamma(ell + order) * q**ell
    factor /= 2 ** (ell + 1) * mp.gamma(order) * mp.gamma(ell + mp.mpf(3) / 2)
    shape = ((ell + order) / 2, (ell + order + 1) / 2, ell + mp.mpf(3) / 2)
    return factor * mp.hyp2f1(*shape, -(q**2))


def assert_bessel_averages(values, turning, reference, rounding):
    """Compare b_ℓ at BESSEL_X with a reference, allowing rounding errors only.

    The errors are relative to b_ℓ where it decays with ℓ, for ℓ > `turning`, otherwise to the largest b_ℓ.
    """
    with mp.workdps(30):
        for column, x in enumerate(BESSEL_X):
            expected = np.array([float(reference(ell, mp.mpf(float(x)))) for ell in BESSEL_ELL])
            error = np.abs(values[list(BESSEL_ELL), column] - expected)
            scale = np.abs(expected)
            scale[np.array(BESSEL_ELL) < turning[column]] = scale.max()
            # Numbers below 1e-300 have fewer digits.
            assert np.all(error <= rounding[column] * scale + 1e-300), x


def transfer_definition(law, order, ell, x, scatterings, frame):
    """Longitudinal and transverse transfer function of one multipole, by their definition."""
    zeroth, first, here, above = (bessel_average(law, order, m, x) for m in (0, 1, ell, ell + 1))
    below = bessel_average(law, order, ell - 1, x) if ell else mp.mpf(0)
    compression = mp.fsum(zeroth**m for m in range(scatterings - 1))
    longitudinal = (ell * below - (ell + 1) * above) / (2 * ell + 1) - here * first * compression
    transverse = (below + above) / (2 * ell + 1) if ell else mp.mpf(0)
    own = mp.mpf(1) / 3 if ell == 1 and frame == "fluid" else 0
    return longitudinal - own, transverse - own


def turbulent_spectrum(model, ell, sigma=20.0, index=5 / 3):
    """C_ℓ for λ = L = 10 pc, β = 2/3, 10 TeV, by ZL24 Eqs. 6, 7, 10 and ZL25 Eq. 13, independent of the fits."""

    def moment(a, b):
        numerator = np.pi / 2 * special.gamma(index + 1) * special.gamma((a + b + 1 - index) / 2)
        denominator = (
            2 ** (index + 1)
            * special.gamma((b - a + index) / 2 + 1)
            * special.gamma((a - b + index) / 2 + 1)
            * special.gamma((a + b + index + 3) / 2)
        )
        return numerator / denominator

    ell = np.asarray(ell, dtype=float)
    below, above = ell - 1, ell + 1
    if model == "isotropic":
        shape = (ell * moment(below, below) + above * moment(above, above)) / (3 * (2 * ell + 1))
    else:
        square = (
            ell**2 * moment(below, below)
            + above**2 * moment(above, above)
            - 2 * ell * above * moment(below, above)
        )
        shape = square / (2 * ell + 1) ** 2 * (2 / 3) / (2 * index)
    rest = 938.27208816e6 / 10e12
    speed = constants.c / 1e3 * np.sqrt(1 - rest**2)
    # w = σ² L/2π (kL/2π)^(−γ) = w₁ (kλ)^(−γ).
    scale = sigma**2 * (2 * np.pi) ** (index - 1)
    return 4 * np.pi * (4.7 / speed) ** 2 * scale * shape
