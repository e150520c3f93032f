"""Field-aligned flows: projections of the full flow on the field line."""

import numpy as np
import pytest

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.field_aligned import FieldAligned, FieldAlignedModes
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.flow.modes import draw_modes

FIELD = np.array([2.0, -1.0, 2.0]) / 3.0
MODES = draw_modes(PowerLaw(5 / 3, 20.0, 10.0, 0.01, 10.0), 0.4, 200, "gaussian", 5, 6)
REGULAR = RegularFlow(np.array([1.0, 2.0, 3.0]), np.arange(9.0).reshape(3, 3))
LINE = np.linspace(-20, 20, 41)[:, None] * FIELD


@pytest.mark.parametrize(
    ("aligned", "flow"),
    [(FieldAlignedModes.from_modes(MODES, FIELD), MODES), (FieldAligned(REGULAR, FIELD), REGULAR)],
)
def test_is_the_component_along_the_field(aligned, flow):
    full = flow.velocity(LINE)
    expected = (full @ FIELD)[:, None] * FIELD
    # Both mode sums carry the errors of the fast cosine, 3.4e-9 of the sum of amplitudes, at most twice.
    size = np.sum(np.abs(MODES.cosines)) + np.sum(np.abs(MODES.sines))
    np.testing.assert_allclose(aligned.velocity(LINE), expected, rtol=0, atol=6.8e-9 * size)
    ahead, behind = aligned.velocity_pairs(LINE)
    np.testing.assert_array_equal(ahead, aligned.velocity(LINE))
    np.testing.assert_allclose(behind, aligned.velocity(-LINE), rtol=0, atol=6.8e-9 * size)
