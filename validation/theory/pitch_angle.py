"""Mean-square sky in bins of pitch angle, and its covariance (ZL25 Eq. 16).

The pitch angle ϑ is that of the momentum: μ = cos ϑ = b·p/p = −n·b for the arrival direction n; n = +b is at 180°.

The multipoles of a sky are sums over many waves and therefore nearly Gaussian. With transport along the field only the
a_ℓ of m = 0 about b are non-zero, with mean p_ℓ from the regular flow and correlation C (`zonal_correlation`). The mean
of I² over bin B is the quadratic form Q_B = Σ_ℓℓ' a_ℓ M_ℓℓ' a_ℓ', where M is the mean of Y_ℓ0 Y_ℓ'0 over the bin, and

    ⟨Q_B⟩ = tr(M C) + p·M p,   cov(Q_B, Q_B') = 2 tr(M C M' C) + 4 p·M C M' p.

For isotropic diffusion ⟨I(n) I(n')⟩ = ξ(n·n') = Σ (2ℓ+1) C_ℓ P_ℓ(n·n')/4π, so that ⟨Q_B⟩ = ξ(1) in every bin and
cov(I²(n), I²(n')) = 2 ξ². With ξ² = Σ_L c_L P_L and the addition theorem, cov(Q_B, Q_B') = 2 Σ_L c_L P̄_L P̄'_L, where
P̄_L is the mean of P_L over the bin.

With helical transport, or isotropic transport through turbulence that knows the field, all m have power, with the
covariance C_m of `field_covariance` and no correlation between different m. With M_m of Y_ℓm Y_ℓ'm,

    ⟨Q_B⟩ = Σ_m tr(M_m C_m),   cov(Q_B, Q_B') = 2 Σ_m tr(M_m C_m M'_m C_m),   m = −ℓ…ℓ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.field_covariance import field_covariance, has_field_axis
from eddysky.validation.theory.legendre import meridian_harmonics
from eddysky.validation.theory.predict import Prediction, predict, zonal_correlation
from eddysky.validation.theory.regular import regular_power, regular_zonal

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["PredictedProfile", "predict_profile", "predict_profile_at"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PredictedProfile:
    """Predicted mean square in bins of equal width in μ = −n·b.

    Parameters
    ----------
    edges
        Edges of the bins in μ, from −1 to 1, shape (bins + 1,).
    mean
        Ensemble mean of the mean square of δf/f over azimuth and bin, shape (bins,).
    covariance
        Covariance between bins of the mean square of one sky, shape (bins, bins).
    """

    edges: Array
    mean: Array
    covariance: Array

    @property
    def spread(self) -> Array:
        """Standard deviation of one sky, shape (bins,)."""
        # A variance of zero, such as that of the shape in a single bin, may be negative by rounding.
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def scaled(self, total: float, weights: Array | None = None) -> PredictedProfile:
        """The predicted shape, scaled to a sky whose mean square is `total`.

        The covariance becomes that of Q_B − s_B T, with the mean square T of the sky and the predicted shape s_B.

        Parameters
        ----------
        total
            Mean square T of a sky: weighted mean over the bins.
        weights
            Weight of each bin in that mean, shape (bins,), with the sum one; zero for bins without data. By
            default all weights are equal, for the whole sphere.

        Returns
        -------
        PredictedProfile
            For a sky of this mean square.

        Raises
        ------
        ValueError
            If the prediction is zero.
        """
        if weights is None:
            weights = np.full(len(self.mean), 1 / len(self.mean))
        own = float(weights @ self.mean)
        if own == 0:
            raise ValueError("a mean square of zero has no shape")
        shape = self.mean / own
        with_total = self.covariance @ weights
        covariance = (
            self.covariance
            - np.outer(shape, with_total)
            - np.outer(with_total, shape)
            + np.outer(shape, shape) * (weights @ with_total)
        )
        return PredictedProfile(self.edges, shape * total, covariance * (total / own) ** 2)


def predict_profile(
    config: Config,
    bins: int = 20,
    lmin: int = 2,
    lmax: int | None = None,
    prediction: Prediction | None = None,
) -> PredictedProfile:
    """Predict the mean square against pitch angle and its covariance for the simulated band (ZL25 Eq. 16).

    Parameters
    ----------
    config
        A validated configuration.
    bins
        Number of bins of equal width in μ = −n·b from −1 to 1.
    lmin, lmax
        Lowest and highest multipole included; lmax is that of the configuration by default.
    prediction
        Result of `predict` up to lmax or higher, for skies that are statistically isotropic; computed by default.

    Returns
    -------
    PredictedProfile
        Mean, and covariance of one sky, in each bin.

    Raises
    ------
    InputError
        With isotropic or helical transport, if a regular flow or density gradient contributes to these multipoles:
        its pattern has its own axes. If a_lmin or one above has no finite variance.
    ValueError
        If there is no bin or no multipole.

    Examples
    --------
    >>> from eddysky import Config
    >>> config = Config().replace({"transport.mode": "parallel", "sky.nside": 8})
    >>> profile = predict_profile(config, bins=4)
    >>> profile.edges
    array([-1. , -0.5,  0. ,  0.5,  1. ])
    >>> bool(profile.mean[0] > profile.mean[1])
    True
    """
    lmax = config.lmax if lmax is None else lmax
    if bins < 1 or not 0 <= lmin <= lmax:
        raise ValueError(f"bins = {bins}, ell = {lmin}…{lmax}: need bins >= 1, 0 <= lmin <= lmax")
    edges = np.linspace(-1.0, 1.0, bins + 1)
    if config.transport.zonal:
        return _zonal_profile(config, edges, lmin, lmax)
    if has_field_axis(config):
        return _axisymmetric_profile(config, edges, lmin, lmax)
    return _isotropic_profile(prediction or predict(config, lmax), edges, lmin, lmax)


def predict_profile_at(config: Config, mu: Array, lmin: int = 2, lmax: int | None = None) -> Array:
    """Predict the ensemble mean of (δf/f)² at given pitch angles (ZL25 Eq. 16).

    Parameters
    ----------
    config
        A validated configuration.
    mu
        Cosines of the pitch angle, μ = −n·b, shape (n,).
    lmin, lmax
        As in `predict_profile`.

    Returns
    -------
    ndarray
        ⟨(δf/f)²⟩ of these multipoles at each μ, shape (n,).

    Raises
    ------
    InputError
        As `predict_profile`.
    ValueError
        If there is no multipole, or if |μ| > 1.
    """
    lmax = config.lmax if lmax is None else lmax
    if not 0 <= lmin <= lmax or np.any(np.abs(mu) > 1):
        raise ValueError(f"ell = {lmin}…{lmax}, mu = {mu}: need 0 <= lmin <= lmax, |mu| <= 1")
    if has_field_axis(config):
        covariance = _axisymmetric_covariance(config, lmin, lmax)
        found = np.zeros(len(mu))
        for m, rows in enumerate(meridian_harmonics(-mu, lmax, lmax)):
            y = rows[max(lmin - m, 0) :]
            matrix = covariance[m, max(lmin, m) :, max(lmin, m) :]
            found += (1 if m == 0 else 2) * np.einsum("in,ij,jn->n", y, matrix.real, y)
        return found
    if not config.transport.zonal:
        whole = np.array([-1.0, 1.0])
        mean = _isotropic_profile(predict(config, lmax), whole, lmin, lmax).mean[0]
        return np.full(len(mu), mean)
    correlation, regular = _zonal_moments(config, lmin, lmax)
    y = _zonal_harmonics(mu, lmin, lmax)
    return np.asarray(np.einsum("ni,ij,nj->n", y, correlation, y) + (y @ regular) ** 2)


def _zonal_moments(config: Config, lmin: int, lmax: int) -> tuple[Array, Array]:
    """Correlation C and mean p of a_ℓ (m = 0) about the field, lmin ≤ ℓ ≤ lmax."""
    top = max(lmax, 2)
    kept = slice(lmin, lmax + 1)
    correlation = np.zeros((top + 1, top + 1))
    if config.turbulent:
        correlation = zonal_correlation(config, top)
        infinite = np.flatnonzero(~np.isfinite(np.diag(correlation)))
        if infinite.size and lmin <= infinite[-1]:
            raise InputError(
                f"lmin = {lmin}: a_{infinite[-1]} has no finite variance; lmin must be above {infinite[-1]}"
            )
    regular = np.zeros(top + 1)
    regular[:3] = regular_zonal(config)
    return correlation[kept, kept], regular[kept]


def _axisymmetric_covariance(config: Config, lmin: int, lmax: int) -> NDArray[Any]:
    """Covariance of the a_ℓm about the field."""
    _require_turbulence(regular_power(config), lmin, lmax)
    if not config.turbulent:
        return np.zeros((lmax + 1, lmax + 1, lmax + 1))
    return field_covariance(config, lmax)


def _require_turbulence(deterministic: Array, lmin: int, lmax: int) -> None:
    """Refuse regular flows and density gradients that show at these multipoles."""
    if np.any(deterministic[lmin : lmax + 1]):
        raise InputError(
            "the mean square against pitch angle is not predicted for isotropic or helical transport with a regular "
            f"flow or density gradient that shows at ell = {lmin}…{lmax}: its pattern has its own axes"
        )


def _axisymmetric_profile(config: Config, edges: Array, lmin: int, lmax: int) -> PredictedProfile:
    """Skies with all m, uncorrelated: sums of quadratic forms."""
    covariance = _axisymmetric_covariance(config, lmin, lmax)
    nodes, weights = np.polynomial.legendre.leggauss(lmax + 1)
    mu = edges[:-1, np.newaxis] + 0.5 * np.diff(edges)[:, np.newaxis] * (1 + nodes)
    bins = len(edges) - 1
    mean, spread = np.zeros(bins), np.zeros((bins, bins))
    for m, rows in enumerate(meridian_harmonics(-mu.ravel(), lmax, lmax)):
        first = max(lmin - m, 0)
        y = rows[first:].reshape(-1, bins, len(nodes))
        matrix = covariance[m, m + first :, m + first :]
        product = np.einsum("ibn,jbn,n->bij", y, y, 0.5 * weights, optimize=True) @ matrix
        share = 1 if m == 0 else 2
        mean += share * np.einsum("bii->b", product).real
        spread += 2 * share * np.einsum("bij,cji->bc", product, product, optimize=True).real
    return PredictedProfile(edges, mean, spread)


def _zonal_profile(config: Config, edges: Array, lmin: int, lmax: int) -> PredictedProfile:
    """Parallel and drift-kinetic transport: quadratic forms of Gaussian a_ℓ."""
    correlation, regular = _zonal_moments(config, lmin, lmax)
    forms = _bin_forms(edges, lmin, lmax)
    mean = np.einsum("bij,ij->b", forms, correlation)
    mean += np.einsum("bij,i,j->b", forms, regular, regular)
    product = forms @ correlation
    covariance = 2 * np.einsum("bij,cji->bc", product, product, optimize=True)
    linear = forms @ regular
    covariance += 4 * linear @ correlation @ linear.T
    return PredictedProfile(edges, mean, covariance)


def _bin_forms(edges: Array, lmin: int, lmax: int) -> Array:
    """M: means of Y_ℓ0 Y_ℓ'0 over each bin, exact, shape (bins, lmax − lmin + 1, lmax − lmin + 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(lmax + 1)
    forms = []
    for low, high in pairwise(edges):
        mu = 0.5 * (low + high) + 0.5 * (high - low) * nodes
        y = _zonal_harmonics(mu, lmin, lmax)
        forms.append((y.T * (0.5 * weights)) @ y)
    return np.array(forms)


def _zonal_harmonics(mu: Array, lmin: int, lmax: int) -> Array:
    """Y_ℓ0 at n·b = −μ for lmin ≤ ℓ ≤ lmax, shape (n, lmax − lmin + 1)."""
    norm = np.sqrt((2 * np.arange(lmax + 1) + 1) / (4 * math.pi))
    return np.asarray((np.polynomial.legendre.legvander(-mu, lmax) * norm)[:, lmin:])


def _isotropic_profile(
    prediction: Prediction, edges: Array, lmin: int, lmax: int
) -> PredictedProfile:
    """Isotropic diffusion: the same in every bin."""
    _require_turbulence(prediction.deterministic, lmin, lmax)
    ell = np.arange(lmax + 1)
    coefficients = (2 * ell + 1) * prediction.c_ell[: lmax + 1] / (4 * math.pi)
    coefficients[:lmin] = 0.0
    # c_L of ξ², which has twice the degree, and means of P_L over the bins; both quadratures are exact.
    nodes, weights = np.polynomial.legendre.leggauss(2 * lmax + 1)
    xi = np.polynomial.legendre.legval(nodes, coefficients)
    squared = (weights * xi**2) @ np.polynomial.legendre.legvander(nodes, 2 * lmax)
    squared *= np.arange(2 * lmax + 1) + 0.5
    nodes, weights = np.polynomial.legendre.leggauss(lmax + 1)
    mu = edges[:-1, None] + 0.5 * np.diff(edges)[:, None] * (1 + nodes)
    means = np.einsum("bil,i->bl", np.polynomial.legendre.legvander(mu, 2 * lmax), 0.5 * weights)
    return PredictedProfile(
        edges,
        np.full(len(edges) - 1, float(np.sum(coefficients))),
        2 * (means * squared) @ means.T,
    )
