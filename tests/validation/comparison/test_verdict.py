"""What a comparison says: as plain values, and in words."""

from __future__ import annotations

import json

import numpy as np
from synthetic import CALM, SMALL, cosmic, result

from eddysky.validation import compare, predict


def test_dictionary_is_plain(known):
    rng = np.random.default_rng(35)
    for config, power in (
        (SMALL, cosmic(rng, known(SMALL).c_ell, 20)),
        (CALM, predict(CALM).c_ell[None]),
    ):
        comparison = compare(result(config, power))
        values = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert values["consistent"] is True
        assert values["ell"] == list(range(1, config.lmax + 1))
        np.testing.assert_allclose(values["measured"], power.mean(axis=0)[1:], rtol=1e-12)
        np.testing.assert_array_equal(values["predicted"], predict(config).c_ell[1:])
    # Nothing is predicted beyond the dipole, and nothing has an error.
    assert values["ratio"][0] == 1.0
    assert values["ratio"][1:] == [None] * (CALM.lmax - 1)
    assert values["pull"] == [None] * CALM.lmax
