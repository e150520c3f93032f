"""The mean square at a pitch angle (ZL25 Eq. 16) against its means over bins."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.validation.theory.pitch_angle import predict_profile, predict_profile_at


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_bins_are_its_means(mode):
    config = Config().replace(
        {"transport.mode": mode, "flow.inner_scale": "3 pc", "sky.nside": 4, "sky.lmax": 6}
    )
    nodes, weights = np.polynomial.legendre.leggauss(12)
    bins = predict_profile(config, 4).mean
    for place, expected in enumerate(bins):
        mu = -1 + 0.5 * place + 0.25 * (1 + nodes)
        # The square of a sky up to ℓ = 6 is a polynomial of degree 12 in μ: the rule is exact.
        assert 0.5 * weights @ predict_profile_at(config, mu) == pytest.approx(expected, rel=1e-10)


def test_refuses_what_is_no_cosine():
    with pytest.raises(ValueError, match="mu"):
        predict_profile_at(Config(), np.array([1.5]))
