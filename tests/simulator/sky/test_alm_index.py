"""Order of a_ℓm: that of healpy."""

import healpy
import numpy as np
import pytest

from eddysky.simulator.sky.alm_index import alm_size, ells_and_ms, index_of


@pytest.mark.parametrize("lmax", [0, 1, 2, 7, 64])
def test_the_order_is_that_of_healpy(lmax):
    assert alm_size(lmax) == healpy.Alm.getsize(lmax)
    for ours, theirs in zip(ells_and_ms(lmax), healpy.Alm.getlm(lmax), strict=True):
        assert np.array_equal(ours, theirs)
    ell, m = ells_and_ms(lmax)
    assert np.array_equal(index_of(ell, m, lmax + 3), healpy.Alm.getidx(lmax + 3, ell, m))
    assert index_of(lmax, lmax, lmax) == alm_size(lmax) - 1
