"""Parts of a flow that act on particles which have forgotten others: long waves, and potential or transverse ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.flow.field_aligned import FieldAlignedModes
from eddysky.simulator.flow.fields import PairedField, Superposition
from eddysky.simulator.flow.gyro_averaged import GyroAveragedModes
from eddysky.simulator.flow.modes import Modes

__all__ = ["long_waves", "potential_and_other"]

Array = NDArray[np.float64]

NOTHING = Superposition(())
# Power of a polarisation, over that of its mode, that is rounding error.
ROUNDING = 1e-24


def long_waves(flow: PairedField, wavenumber: float) -> PairedField:
    """Flow without the modes above a wavenumber [1/pc], along the magnetic field where it is projected on that.

    Flows that are no modes, or have none above, stay as they are.
    """
    if flow.k_max <= wavenumber:
        return flow
    if isinstance(flow, Superposition):
        return Superposition(tuple(long_waves(part, wavenumber) for part in flow.parts))
    if isinstance(flow, Modes):
        return flow.part(np.flatnonzero(np.linalg.norm(flow.wavevectors, axis=1) <= wavenumber))
    if isinstance(flow, FieldAlignedModes):
        return flow.part(np.flatnonzero(2 * math.pi * np.abs(flow.turns) <= wavenumber))
    if isinstance(flow, GyroAveragedModes):
        return flow.part(np.flatnonzero(2 * math.pi * np.abs(flow.line.turns) <= wavenumber))
    return flow


def potential_and_other(flow: PairedField) -> tuple[PairedField, PairedField]:
    """Potential part of a flow, as far as it consists of modes, and the rest; their sum is the flow.

    Along a field line every flow is a potential one.
    """
    if isinstance(flow, Superposition):
        pairs = [potential_and_other(part) for part in flow.parts]
        return (
            Superposition(tuple(first for first, _ in pairs if first is not NOTHING)),
            Superposition(tuple(second for _, second in pairs if second is not NOTHING)),
        )
    if isinstance(flow, Modes):
        size = np.linalg.norm(flow.wavevectors, axis=1, keepdims=True)
        k = flow.wavevectors / np.where(size > 0, size, 1.0)
        amplitudes = (flow.cosines, flow.sines)
        along = [np.sum(part * k, axis=1, keepdims=True) * k for part in amplitudes]
        across = [part - kept for part, kept in zip(amplitudes, along, strict=True)]
        power = sum(np.sum(part**2, axis=1) for part in amplitudes)
        return _with_power(flow, along, power), _with_power(flow, across, power)
    return (flow, NOTHING) if isinstance(flow, FieldAlignedModes) else (NOTHING, flow)


def _with_power(flow: Modes, amplitudes: list[Array], power: Array) -> Modes:
    """Modes with other amplitudes, without those that are left with rounding errors alone."""
    cosines, sines = amplitudes
    kept = np.flatnonzero(np.sum(cosines**2 + sines**2, axis=1) > ROUNDING * power)
    return Modes(flow.wavevectors[kept], cosines[kept], sines[kept])
