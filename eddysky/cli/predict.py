"""`eddysky predict`: the analytic C_ℓ of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

import click

from eddysky.cli.arguments import set_option, table_option, target_argument
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged

__all__ = ["predict"]


@click.command()
@target_argument
@set_option
@click.option(
    "--particles", type=click.IntRange(16, 2**40), metavar="N",
    help="Also print the shot noise of N random particles, column noise, and the l where it equals C_l.",
)  # fmt: skip
@table_option(csv=True)
def predict(target: str, settings: Sequence[str], particles: int | None, as_csv: bool) -> None:
    """Print the analytic C_l of a configuration, without simulation: columns ell,c_ell."""
    from eddysky.cli.targets import open_target
    from eddysky.simulator.io.tables import text_table
    from eddysky.simulator.results.shot_noise import ShotNoise
    from eddysky.validation import particle_noise
    from eddysky.validation import predict as analytic

    chosen = open_target(target, settings)
    config = chosen.base
    if len(chosen.configs) > 1:
        say(f"eddysky: {chosen.first()}", err=True)
    say_unconverged([config])
    found = analytic(config)
    names, columns = ["ell", "c_ell"], [found.ell, found.c_ell]
    if particles is not None:
        noise = particle_noise(config, particles)
        names, columns = [*names, "noise"], [*columns, noise]
        expected = ShotNoise(particles, config.ensemble.realizations, noise, found.c_ell)
        bound = "; stratified particles have less" if config.sampling == "stratified" else ""
        say(f"eddysky: {expected}{bound}", err=True)
    say(text_table(names, zip(*columns, strict=True), digits=12, csv=as_csv), nl=False)
