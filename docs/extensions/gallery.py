"""The gallery: for each scenario a short script in docs/_build/scenarios, which sphinx-gallery runs."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx_gallery.scrapers import figure_rst

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.scenario import Scenario

# So small that all of them take about a minute; settings that a scenario does not need keep its own values.
SMALL = {"sky.nside": 16, "sky.lmax": 16, "flow.modes": 512, "ensemble.realizations": 20}
LINES = {"sky.nside": 4, "sky.lmax": 6, "flow.modes": 128, "ensemble.realizations": 100}
SIZES: dict[str, dict[str, Any]] = {
    "isotropic-diffusion": {"sky.nside": 32, "ensemble.realizations": 20},
    "relaxation-depth": LINES,
    "drift-kinetic": LINES,
    "zl25-fig1": LINES | {"flow.inner_scale": "3 pc"},
    "zl25-fig3-spectra": LINES | {"flow.inner_scale": "3 pc"},
    "zl25-fig3-sky": LINES | {"flow.inner_scale": "3 pc"},
    "magnetised": LINES | {"sky.lmax": 4, "flow.inner_scale": "6.3 pc"},
    "mhd-turbulence": LINES | {"sky.lmax": 3, "flow.modes": 64},
    "diffuse-dipole": {"sky.nside": 16},
    "hall-dipole": {"sky.nside": 4, "sky.particles": 1000},
    "compton-getting": {"sky.nside": 16},
    "shear-flow": {"sky.nside": 16},
}
HEADER = """Gallery of scenarios
====================

Each is a short script, run with few modes and realisations; ``eddysky run NAME`` makes the figures at full size.

"""
SCRIPT = '''r"""
{name}
{line}

{story}

Here with few modes and realisations; `eddysky run {name}` makes the figure at full size.
"""

from pathlib import Path

import eddysky
from eddysky.scenarios import Outcome

scenario = eddysky.scenarios.get("{name}")
small = {small!r}

outcomes = {{}}
for variant in scenario.variants:
    config = scenario.config(variant, small)
    result = eddysky.simulate(config, flow=scenario.flow, alms=scenario.alms)
    outcomes[variant] = Outcome(result, eddysky.compare(result))

scenario.figure(outcomes, Path("{name}.png"))
'''


def script(scenario: Scenario) -> str:
    """Program that runs a scenario small and draws its figure; its first lines say what the scenario shows."""
    story = inspect.getdoc(sys.modules[f"eddysky.scenarios.{scenario.name.replace('-', '_')}"])
    return SCRIPT.format(
        name=scenario.name,
        line="=" * len(scenario.name),
        story=story,
        small=SIZES.get(scenario.name, SMALL),
    )


def write_scripts(app: Sphinx) -> None:
    """Write the scripts and the head of the gallery; one that has not changed is not run again."""
    folder = Path(app.srcdir, "_build", "scenarios")
    folder.mkdir(parents=True, exist_ok=True)
    texts = {f"{name.replace('-', '_')}.py": script(SCENARIOS[name]) for name in SCENARIOS}
    texts["GALLERY_HEADER.rst"] = HEADER
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


class InOrder:
    """Sorts the scripts as `eddysky list` does."""

    def __init__(self, folder: str) -> None:
        self.names = [name.replace("-", "_") for name in SCENARIOS]

    def __call__(self, file: str) -> int:
        """Place of a script."""
        return self.names.index(Path(file).stem)


def written_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Take the figures that a script wrote beside itself, as scenarios do, in the order in which it drew them."""
    taken = []
    script = Path(block_vars["src_file"])
    drawn = script.parent.glob(f"{script.stem.replace('_', '-')}.*png")
    for path in sorted(drawn, key=lambda path: path.stat().st_mtime_ns):
        taken.append(next(block_vars["image_path_iterator"]))
        path.replace(taken[-1])
    return str(figure_rst(taken, gallery_conf["src_dir"]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the scripts before sphinx-gallery looks for them."""
    app.connect("builder-inited", write_scripts, priority=0)
    return {"parallel_read_safe": True}
