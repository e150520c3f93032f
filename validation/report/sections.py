"""The parts of the page: one article for each file, and what compares several."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from eddysky.simulator.config import Config
from eddysky.simulator.config.convergence import unconverged_band
from eddysky.simulator.config.descriptions import counted
from eddysky.validation.comparison.verdict import FALSE_ALARM
from eddysky.validation.report.charts import power_chart, pull_chart, ratio_chart, scatter_chart
from eddysky.validation.report.entry import Entry
from eddysky.validation.report.mathml import prose, with_formulas
from eddysky.validation.report.model import described_values
from eddysky.validation.report.sky import SkyMap
from eddysky.validation.report.spectrum import COLUMNS, Spectrum

__all__ = ["article", "overview"]

# Column of the table: what it is, beyond its name.
MEANINGS = {
    "ell": "multipole ℓ",
    "measured": "mean C_ℓ of all realisations",
    "error": "standard error of the mean",
    "predicted": "C_ℓ of the theory",
    "ratio": "measured/predicted",
    "pull": "(measured − predicted)/error",
    "scatter": "standard deviation of C_ℓ of one sky over the predicted one",
}
OVERVIEW = (
    "name", "verdict", "realisations", "lmax", "transport", "p", "amplitude", "slope", "predicted slope", "scatter",
)  # fmt: skip


def article(entry: Entry, place: int, nside: int) -> str:
    """Everything about one file.

    Parameters
    ----------
    entry
        The file.
    place
        Its number on the page, from 0.
    nside
        Highest resolution of its maps.
    """
    what = "Observation" if entry.observed else "Results"
    return "\n".join([
        f'<article aria-labelledby="name-{place}" data-name="{escape(entry.name)}">',
        f'<h2 id="name-{place}"><span class="kind">{what}</span> {escape(entry.title)}</h2>',
        verdict(entry.spectrum, entry.config),
        '<div class="columns"><section><h3>What was simulated</h3>',
        entry.model,
        "</section><div>",
        f"<section><h3>How it was observed</h3>{entry.survey}</section>"
        if entry.observed
        else skies(entry, place, nside),
        f"<section><h3>Values</h3>{described_values(entry.config)}</section></div></div>",
        skies(entry, place, nside) if entry.observed else "",
        spectra(entry),
        '<div class="columns">',
        table(entry.spectrum),
        reproduction(entry),
        "</div></article>",
    ])  # fmt: skip


def verdict(spectrum: Spectrum, config: Config) -> str:
    """The verdict, or why there is none, and a remark where the sky depends on the end of the band."""
    found = spectrum.comparison
    if found is None:
        first, others, kind = "No verdict", [spectrum.reason], "none"
    else:
        first, *others = f"Verdict: {found}".split("\n  ")
        kind = "good" if found.consistent else "bad"
        if found.p_value is not None:
            others.append(
                f"each test fails a true theory with a probability of {FALSE_ALARM:.1%}, all together of about 0.3%"
            )
    if remark := unconverged_band(config):
        others.append(remark)
    lines = "".join(f"<li>{prose(line)}</li>" for line in others)
    return f'<section class="verdict {kind}"><h3>{escape(first)}</h3><ul>{lines}</ul></section>'


def skies(entry: Entry, place: int, nside: int) -> str:
    """The maps."""
    if not entry.maps:
        return "<section><h3>Sky</h3><p>The file holds no map.</p></section>"
    figures = [
        sky_figure(each, each.reduced(nside), f"{place}-{number}")
        for number, each in enumerate(entry.maps)
    ]
    return (
        f'<section class="skies"><h3>Sky of realisation {entry.realization}</h3><div class="maps">'
        + "\n".join(figures)
        + "</div></section>"
    )


def sky_figure(full: SkyMap, sky: SkyMap, identity: str) -> str:
    """A map with its colour bar; pan, zoom and the value under the pointer come from the script."""
    unit = with_formulas(sky.unit_in_words)
    unit = f" [{unit}]" if unit else ""
    (low, ra_low, dec_low), (high, ra_high, dec_high) = sky.extremes()
    power = f" times 10 to the power {sky.exponent}" if sky.exponent else ""
    alternative = (
        f"Mollweide map in equatorial coordinates, right ascension increasing to the left. Lowest value "
        f"{sky.shown_in_words(low)}{power} at RA {ra_low:.1f}°, Dec {dec_low:+.1f}°; highest {sky.shown_in_words(high)}"
        f"{power} at RA {ra_high:.1f}°, Dec {dec_high:+.1f}°."
    )
    notes = [f"HEALPix nside {full.nside}"]
    if sky.nside < full.nside:
        notes[0] += f", shown as means at nside {sky.nside}"
    if sky.flat:
        notes.append("no anisotropy, to rounding")
    elif sky.ends is None:
        notes.append("colours end at the 99.5th percentile")
    if sky.field is not None:
        notes.append("±b: directions along and against the magnetic field")
    if (sky.values != sky.values).any():
        notes.append(f"grey: {sky.empty}")
    return f"""<figure class="sky">
<div class="stage"><img src="{sky.picture()}" width="720" height="360" alt="{escape(alternative)}">
<canvas hidden tabindex="0" role="application" aria-roledescription="sky map" aria-label="{escape(alternative)}"
 aria-describedby="keys-{identity}"></canvas></div>
<div class="controls script" hidden><button type="button" data-do="in" aria-label="Zoom in">+</button>
<button type="button" data-do="out" aria-label="Zoom out">−</button>
<button type="button" data-do="reset">Whole sky</button>
<output aria-live="polite">Point at the map for a value.</output></div>
{"" if sky.flat else colour_bar(sky, identity)}
<figcaption><strong>{with_formulas(sky.name)}</strong>{unit}. {escape("; ".join(notes))}.
<span class="script hint" hidden id="keys-{identity}">Keys: arrows move the pointer, + and − zoom, 0 shows the whole
 sky. Drag to move a zoomed map.</span></figcaption>
<script type="application/json">{sky.data()}</script>
</figure>"""


def colour_bar(sky: SkyMap, identity: str) -> str:
    """The colours of a map and their values."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    low, high = sky.limits
    name = "RdBu_r" if low < 0 < high else "viridis"
    stops = "".join(
        f'<stop offset="{i / 16:.4f}" stop-color="{to_hex(colormaps[name](i / 16))}"/>'
        for i in range(17)
    )
    ends = [sky.shown_in_words(value) for value in (low, 0.5 * (low + high), high)]
    labels = "".join(f"<span>{label}</span>" for label in ends)
    return (
        f'<div class="bar" aria-hidden="true"><svg viewBox="0 0 100 4" preserveAspectRatio="none"><defs>'
        f'<linearGradient id="bar-{identity}">{stops}</linearGradient></defs>'
        f'<rect width="100" height="4" fill="url(#bar-{identity})"/></svg><div>{labels}</div></div>'
    )


def spectra(entry: Entry) -> str:
    """The charts of C_ℓ, with one slider for all."""
    spectrum = entry.spectrum
    if spectrum.empty:
        words = "<p>There is no anisotropy, and none is predicted.</p>"
        return f"<section><h3>Angular power spectrum</h3>{words}</section>"
    many = spectrum.realizations > 1
    words = "observed / predicted" if entry.observed else "simulated / predicted"
    points = (
        "Points: mean of all realisations with its standard error"
        if many
        else "Points: one realisation"
    )
    band = (spectrum.spread > 0).any()
    scatter_of = "one observation" if entry.observed else "one sky (cosmic variance)"
    caption = f"{points}. Line: prediction."
    if (spectrum.measured < 1e-6 * spectrum.predicted.max(initial=0.0)).any():
        caption += " Open triangles: below the axis."
    if band:
        caption += f" Band: scatter of {scatter_of}{', noise included' if spectrum.noise is not None else ''}."
    if spectrum.noise is not None and (spectrum.noise > 0.1 * spectrum.predicted).any():
        caption += " Dotted: noise of one sky."
    charts = [(power_chart([spectrum], entry.observed), caption)]
    if (spectrum.ratio == spectrum.ratio).any():
        charts.append(
            (ratio_chart([spectrum], words), "Ratio of both. Open triangles: beyond the axis.")
        )
    if (spectrum.pull == spectrum.pull).any():
        charts.append((pull_chart(spectrum), "Pulls, with bands of one and two standard errors."))
    if many and (spectrum.scatter == spectrum.scatter).any():
        charts.append(
            (
                scatter_chart(spectrum),
                f"Standard deviation of C_ℓ over that of {scatter_of}, as predicted"
                f"{', noise included' if spectrum.noise is not None else ''}; bars: its standard error.",
            )
        )
    figures = "\n".join(
        f"<figure>{chart}<figcaption>{prose(words)}</figcaption></figure>"
        for chart, words in charts
    )
    return f"""<section class="spectra"><h3>Angular power spectrum</h3>
<div class="charts">
{figures}
</div>
<div class="reader script" hidden><label>Multipole <input type="range" min="0" max="{len(spectrum.ell) - 1}" value="0"
 step="1"></label><output aria-live="polite"></output></div></section>"""


def table(spectrum: Spectrum) -> str:
    """The numbers; the script sorts and downloads them."""
    heads = "".join(
        f'<th scope="col" title="{escape(MEANINGS[name])}">{escape(name)}</th>' for name in COLUMNS
    )
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in spectrum.rows
    )
    meanings = "; ".join(f"{name}: {words}" for name, words in MEANINGS.items())
    return f"""<section><h3>Numbers</h3>
<p class="controls script" hidden><button type="button" class="csv">Download as CSV</button></p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of C_ℓ"><table class="sortable">
<caption><span>{prose(meanings)}.</span></caption>
<thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table></div></section>"""


def reproduction(entry: Entry) -> str:
    """Commands, configuration and versions."""
    rows = "".join(
        f"<div><dt>{escape(key)}</dt><dd>{escape(value)}</dd></div>"
        for key, value in entry.attributes.items()
    )
    remark = f"<p>{escape(entry.remark)}</p>" if entry.remark else ""
    return f"""<section><h3>Make it again</h3>
<p>Save the configuration below as <code>{escape(entry.name)}.toml</code>, then</p>
<pre tabindex="0" aria-label="Commands">{escape(chr(10).join(entry.commands))}</pre>{remark}
<p>The same version, configuration and seed give the same numbers to the bit, with any number of threads.</p>
<h3>Configuration</h3>
<p class="controls script" hidden><button type="button" class="toml">Download the configuration</button></p>
<pre class="scroll configuration" tabindex="0" aria-label="Configuration">{escape(entry.config.to_toml())}</pre>
<h3>Versions and seed</h3>
<dl class="values">{rows}</dl></section>"""


def overview(entries: Sequence[Entry]) -> str:
    """Several files side by side: a table of verdicts, and one chart of each kind of C_ℓ."""
    rows = "\n".join(
        f'<tr><th scope="row">{escape(entry.title)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in summary(entry))
        + "</tr>"
        for entry in entries
    )
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in OVERVIEW)
    charts = []
    for observed in (False, True):
        those = [e for e in entries if e.observed == observed and not e.spectrum.empty]
        if len(those) > 1:
            charts.append(together(those))
    return f"""<section class="overview"><h2>Side by side</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Verdicts"><table class="sortable">
<caption><span>p: probability of a larger χ²; amplitude: measured/predicted; scatter: of C<sub>ℓ</sub>, over the
 predicted one.</span></caption>
<thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table></div>
{"".join(charts)}</section>"""


def together(entries: Sequence[Entry]) -> str:
    """C_ℓ and ratios of several ensembles."""
    spectra = [entry.spectrum for entry in entries]
    legend = "".join(
        f'<li class="c{place % 8}">{escape(entry.title)} ({counted(entry.spectrum.realizations)})</li>'
        for place, entry in enumerate(entries)
    )
    observed = entries[0].observed
    parts = [
        f"<figure>{power_chart(spectra, observed)}<figcaption>Points: simulated, with standard errors. "
        "Lines: predictions. Open triangles: beyond the axis.</figcaption></figure>"
    ]
    if any((each.ratio == each.ratio).any() for each in spectra):
        words = "observed / predicted" if observed else "simulated / predicted"
        parts.append(
            f"<figure>{ratio_chart(spectra, words)}<figcaption>Ratio of each to its own prediction. "
            "Open triangles: beyond the axis.</figcaption></figure>"
        )
    return f'<ul class="legend">{legend}</ul><div class="charts">{"".join(parts)}</div>'


def summary(entry: Entry) -> list[str]:
    """Cells of `OVERVIEW` after the name."""
    spectrum, found = entry.spectrum, entry.spectrum.comparison
    word = "no verdict"
    if found is not None:
        word = "consistent" if found.consistent else "NOT consistent"
    numbers = ["", "", "", "", ""]
    if found is not None:
        slope = found.slope
        numbers = [
            "" if value is None else format(value, form)
            for value, form in (
                (found.p_value, ".3g"), (found.amplitude, ".4f"), (slope and slope.measured, ".3f"),
                (slope and slope.predicted, ".3f"), (found.scatter, ".2f"),
            )
        ]  # fmt: skip
    return [
        word,
        str(spectrum.realizations),
        str(int(spectrum.ell[-1])),
        entry.config.transport.mode,
        *numbers,
    ]
