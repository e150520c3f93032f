"""Mean-square sky in bins of pitch angle, and its covariance (ZL25 Eq. 16).

The pitch angle ϑ is that of the momentum: μ = cos ϑ = b·p/p = −n·b for the arrival direction n; n = +b is at 180°.

The multipoles of a sky are sums over many waves and therefore nearly Gaussian. With transport along the field only the
a_ℓ of m = 0 about b are non-zero, with mean p_ℓ from the regular flow and correlation C (`zonal_correlation`). The mean
of I² over bin B is the quadratic form Q_B = Σ_ℓℓ' a_ℓ M_ℓℓ' a_ℓ', where M is the mean of Y_ℓ0 Y_ℓ'0 over the bin, and

    ⟨Q_B⟩ = tr(M C) + p·M p,   cov(Q_B, Q_B') = 2 tr(M C M' C) + 4 p·M C M' p.

Skies with all m about b, of helical transport or of anisotropic turbulence, have a correlation for each m
(`field_covariance`): the terms add up, those of m and −m being equal.

For isotropic diffusion ⟨I(n) I(n')⟩ = ξ(n·n') = Σ (2ℓ+1) C_ℓ P_ℓ(n·n')/4π, so that ⟨Q_B⟩ = ξ(1) in every bin and
cov(I²(n), I²(n')) = 2 ξ². With ξ² = Σ_L c_L P_L and the addition theorem, cov(Q_B, Q_B') = 2 Σ_L c_L P̄_L P̄'_L, where
P̄_L is the mean of P_L over the bin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.field_covariance import field_covariance, has_field_axis
from eddysky.validation.theory.legendre import from_sectoral
from eddysky.validation.theory.predict import Prediction, predict, zonal_correlation
from eddysky.validation.theory.regular import regular_zonal

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
        Result of `predict` up to lmax or higher, for isotropic and helical transport; computed by default.

    Returns
    -------
    PredictedProfile
        Mean, and covariance of one sky, in each bin.

    Raises
    ------
    InputError
        With isotropic or helical transport, if a regular flow or density gradient contributes to these multipoles:
        its pattern is not one of the pitch angle. If a_lmin or one above has no finite variance.
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
    prediction = prediction or predict(config, lmax)
    _require_turbulence_alone(prediction, lmin, lmax)
    if has_field_axis(config):
        return _axisymmetric_profile(config, edges, lmin, lmax)
    return _isotropic_profile(prediction, edges, lmin, lmax)


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
    if not config.transport.zonal:
        prediction = predict(config, lmax)
        _require_turbulence_alone(prediction, lmin, lmax)
        if has_field_axis(config):
            total = np.zeros(len(mu))
            for m, covariance in enumerate(field_covariance(config, lmax)):
                y = order_harmonics(mu, m, lmax)[:, lmin:]
                own = covariance[lmin:, lmin:].real
                total += (1 + (m > 0)) * np.einsum("ni,ij,nj->n", y, own, y)
            return total
        whole = np.array([-1.0, 1.0])
        return np.full(len(mu), _isotropic_profile(prediction, whole, lmin, lmax).mean[0])
    correlation, regular = _zonal_moments(config, lmin, lmax)
    y = order_harmonics(mu, 0, lmax)[:, lmin:]
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


def _require_turbulence_alone(prediction: Prediction, lmin: int, lmax: int) -> None:
    """Refuse regular flows and gradients, whose pattern has its own axes."""
    if np.any(prediction.deterministic[lmin : lmax + 1]):
        raise InputError(
            "the mean square against pitch angle is not predicted with a regular flow or density gradient that shows "
            f"at ell = {lmin}…{lmax}, but for parallel and drift-kinetic transport: its pattern has its own axes"
        )


def _axisymmetric_profile(config: Config, edges: Array, lmin: int, lmax: int) -> PredictedProfile:
    """Skies with all m about the field: the quadratic forms of the m add up, each of m > 0 for m and −m."""
    bins = len(edges) - 1
    mean, squares = np.zeros(bins), np.zeros((bins, bins))
    for m, covariance in enumerate(field_covariance(config, lmax)):
        first, twice = max(lmin, m), 1 + (m > 0)
        product = _bin_forms(edges, first, lmax, m) @ covariance[first:, first:]
        mean += twice * np.einsum("bii->b", product).real
        squares += 2 * twice * np.einsum("bij,cji->bc", product, product, optimize=True).real
    return PredictedProfile(edges, mean, squares)


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


def _bin_forms(edges: Array, lmin: int, lmax: int, m: int = 0) -> Array:
    """M: means of Y_ℓm Y_ℓ'm* over each bin and azimuth, exact, shape (bins, lmax − lmin + 1, lmax − lmin + 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(lmax + 1)
    mu = edges[:-1, np.newaxis] + 0.5 * np.diff(edges)[:, np.newaxis] * (1 + nodes)
    y = order_harmonics(mu.ravel(), m, lmax)[:, lmin:].reshape(*mu.shape, -1)
    return np.asarray((y.transpose(0, 2, 1) * (0.5 * weights)) @ y)


def order_harmonics(mu: Array, m: int, lmax: int) -> Array:
    """Y_ℓm at n·b = −μ and azimuth zero for ℓ = 0…lmax, shape (n, lmax + 1), up to the sign of all ℓ together."""
    # Y_mm = √[(2m+1)/4π Π (2i−1)/2i] sin^m θ.
    sectoral = math.sqrt((2 * m + 1) / (4 * math.pi)) * np.prod(
        [np.sqrt((1 - mu**2) * (i - 0.5) / i) for i in range(1, m + 1)], axis=0
    )
    rows = from_sectoral(np.broadcast_to(sectoral, mu.shape), -mu, m, lmax)
    return np.pad(rows, ((m, 0), (0, 0))).T


def _isotropic_profile(
    prediction: Prediction, edges: Array, lmin: int, lmax: int
) -> PredictedProfile:
    """Isotropic diffusion: the same in every bin."""
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
