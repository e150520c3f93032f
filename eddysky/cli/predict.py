"""`eddysky predict`: the analytic C_ℓ of a configuration."""

from __future__ import annotations

from collections.abc import Sequence

import click

from eddysky.cli.arguments import set_option, table_option, target_argument
from eddysky.cli.console import say
from eddysky.cli.convergence import say_unconverged
from eddysky.cli.given import refuse

__all__ = ["predict"]


@click.command()
@target_argument
@set_option
@click.option(
    "--particles", type=click.IntRange(16, 2**40), metavar="N",
    help="Also print the shot noise of N random particles, column noise, and the l where it equals C_l.",
)  # fmt: skip
@table_option(csv=True)
@click.option(
    "--ecsv", is_flag=True,
    help="As ECSV, which astropy reads, with the parameters of the configuration as metadata.",
)  # fmt: skip
@click.pass_context
def predict(
    context: click.Context,
    target: str,
    settings: Sequence[str],
    particles: int | None,
    as_csv: bool,
    ecsv: bool,
) -> None:
    """Print the analytic C_l of a configuration, without simulation: columns ell,c_ell."""
    if ecsv:
        refuse(context, ["as_csv"], "not with --ecsv, which is another form")
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
    if ecsv:
        from eddysky.simulator.io.power_table import PREDICTION, ecsv_text

        table = dict(zip(names, columns, strict=True))
        say(ecsv_text(table, config, {"content": PREDICTION}), nl=False)
    else:
        say(text_table(names, zip(*columns, strict=True), digits=12, csv=as_csv), nl=False)
