"""Where the sky is bright: mean square against the angle to the field, Zhang & Liu (2025), Fig. 3 and Eq. 16.

At 20 km/s and 50 km/s on 10 pc isotropic and parallel diffusion have almost the same power spectrum; the mean
square over the sky tells them apart. It is flat in isotropic diffusion and rises towards both ends of the field
line in parallel diffusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

# Of the curve of Eq. 16.
POINTS = 361


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Mean squares of both kinds of transport in twenty bins of pitch angle."""
    import numpy as np

    from eddysky.simulator.io.tables import write_table
    from eddysky.validation.comparison.pitch_angle import compare_profile
    from eddysky.validation.plots import plot_profiles
    from eddysky.validation.theory.pitch_angle import predict_profile_at

    # Even in the pitch angle, so that the rise at both ends of the field line is smooth.
    mu = np.cos(np.linspace(0.0, np.pi, POINTS))
    found = {
        f"{name} diffusion, {outcome.result.config.flow.velocity_dispersion:g} km/s": (
            compare_profile(outcome.result)
        )
        for name, outcome in outcomes.items()
    }
    curves = {
        label: (mu, predict_profile_at(outcome.result.config, mu))
        for label, outcome in zip(found, outcomes.values(), strict=True)
    }
    rows = [
        (name.split(" ")[0], *values)
        for name, test in found.items()
        for values in zip(
            test.edges[:-1], test.edges[1:], test.measured, test.error, test.predicted, strict=True
        )
    ]
    names = ("variant", "mu_low", "mu_high", "measured", "error", "predicted")
    title = "Mean square of the sky about the magnetic field"
    title = caption(SCENARIO, outcomes, title, "ZL25 Fig. 3")
    return [
        plot_profiles(found, beside(stem, ".pitch-angle.png"), title, curves),
        write_table(beside(stem, ".pitch-angle.csv"), names, rows),
    ]


SCENARIO = Scenario(
    name="zl25-fig3-sky",
    summary="mean square of the sky against the angle to the field, both transports (ZL25 Fig. 3)",
    figure=figure,
    files=(".pitch-angle.png", ".pitch-angle.csv"),
    settings={"sky.nside": 32, "sky.lmax": 30},
    variants={
        "isotropic": {
            "transport.mode": "isotropic",
            "flow.velocity_dispersion": "20 km/s",
            "ensemble.realizations": 200,
        },
        "parallel": {
            "transport.mode": "parallel",
            "flow.velocity_dispersion": "50 km/s",
            "ensemble.realizations": 1000,
        },
    },
    alms=200,
)

if __name__ == "__main__":
    run_as_script()
