"""The page: complete in itself, well-formed, safe against what files hold, and small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from eddysky import InputError
from eddysky.simulator.results.store import read
from eddysky.validation.comparison.compare import compare
from eddysky.validation.report import page as pages
from eddysky.validation.report.entry import read_entry
from eddysky.validation.report.page import assembled, write_report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;$x"
EMPTY = {"meta", "link", "img", "input", "br"}
# Where a page may name something to load.
LOADING = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "formaction"}


class Page(HTMLParser):
    """Elements of a page, in order, and the text of each; ends must match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append([tag, dict(attributes), ""])
        assert len(dict(attributes)) == len(attributes)
        if tag not in EMPTY:
            self.open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag, attributes):
        self.elements.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        assert self.elements[self.open.pop()][0] == tag

    def handle_data(self, data):
        for place in self.open:
            self.elements[place][2] += data

    def all(self, tag, **attributes):
        wanted = {key.rstrip("_"): value for key, value in attributes.items()}
        return [
            (found, text)
            for name, found, text in self.elements
            if name == tag and wanted.items() <= found.items()
        ]


@pytest.fixture(scope="module")
def parsed(page):
    return Page(page.read_text("utf-8"))


def test_parts(parsed):
    headings = [text for _, text in parsed.all("h2")]
    assert headings == ["Side by side", "Results sky", "Observation obs"]
    thirds = [text for _, text in parsed.all("h3")]
    for title in ("What was simulated", "Angular power spectrum", "Numbers", "Configuration"):
        assert thirds.count(title) == 2
    assert thirds.count("Verdict: consistent with the theory") == 2
    assert [a["data-name"] for a, _ in parsed.all("article")] == ["sky", "obs"]
    assert len(parsed.all("canvas")) == 1 + 3
    assert len(parsed.all("svg", class_="chart")) == 2 * 4
    assert len(parsed.all("math")) > 10
    (configuration, _) = (
        text for a, text in parsed.all("pre") if "configuration" in a.get("class", "")
    )
    assert "[flow]" in configuration
    versions = [text for _, text in parsed.all("dt")]
    assert {"eddysky version", "seed", "created", "seed of the counts"} <= set(versions)


def test_names_for_those_who_do_not_see(parsed):
    for name in ("svg", "canvas", "pre"):
        for attributes, _ in parsed.all(name):
            hidden = "class" not in attributes and name == "svg"
            assert hidden or len(attributes["aria-label"]) > 5
    for attributes, _ in parsed.all("img"):
        assert re.search(r"Lowest value .* at RA .* highest .* at RA", attributes["alt"])
    for attributes, text in parsed.all("button"):
        assert text.strip() or attributes["aria-label"]
    identities = [a["id"] for _, a, _ in parsed.elements if "id" in a]
    assert len(set(identities)) == len(identities)
    for _, attributes, _ in parsed.elements:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key, identities[0]) in identities
    assert parsed.all("html", lang="en")
    assert [tag for tag, _, _ in parsed.elements].count("h1") == 1


def test_nothing_is_loaded(page, parsed):
    for _, attributes, _ in parsed.elements:
        for key in LOADING & attributes.keys():
            assert attributes[key].startswith("data:"), (key, attributes[key])
        assert "style" not in attributes
        assert not any(key.startswith("on") for key in attributes)
    text = page.read_text("utf-8")
    assert set(re.findall(r"\w+://[^\s\"')]*", text)) == {"http://www.w3.org/2000/svg"}
    ((_, style),) = parsed.all("style")
    assert "@import" not in style
    assert "url(" not in style
    ((_, script),) = [each for each in parsed.all("script") if "type" not in each[0]]
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|import|eval|innerHTML)\b", script
    )
    ((policy, _),) = parsed.all("meta", **{"http-equiv": "Content-Security-Policy"})
    for kind, inline in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy["content"]
    assert policy["content"].startswith("default-src 'none'; img-src data:;")


def test_the_same_page_for_the_same_files(files, page, tmp_path):
    again = write_report(files, tmp_path / page.name)
    assert again.read_bytes() == page.read_bytes()
    assert page.stat().st_size < 400_000


def test_files_of_one_name_are_told_apart(files, tmp_path):
    (tmp_path / "b").mkdir()
    other = tmp_path / "b" / "sky.h5"
    other.write_bytes(files[0].read_bytes())
    found = Page(write_report([files[0], other], tmp_path / "two.html").read_text("utf-8"))
    titles = [text for _, text in found.all("h2")]
    assert titles == ["Side by side", f"Results {files[0]}", f"Results {other}"]
    # Downloads have the names that the commands use.
    assert [a["data-name"] for a, _ in found.all("article")] == ["sky", "sky"]


def test_texts_of_files_are_escaped(files):
    for file in files:
        plain = read_entry(file)
        bad = replace(
            plain,
            name=HOSTILE,
            title=HOSTILE,
            maps=tuple(
                replace(each, name=HOSTILE, unit=HOSTILE, empty=HOSTILE) for each in plain.maps
            ),
            commands=(f"eddysky run {HOSTILE}", HOSTILE),
            remark=HOSTILE,
            attributes={HOSTILE: HOSTILE},
            spectrum=replace(plain.spectrum, comparison=None, reason=HOSTILE),
        )
        good = Page(assembled([plain, plain], "command", 8))
        found = Page(assembled([bad, bad], HOSTILE, 8))
        for tag in ("script", "style", "canvas", "article"):
            assert len(found.all(tag)) == len(good.all(tag)), tag
        assert all(attributes["src"].startswith("data:") for attributes, _ in found.all("img"))
        assert not any(key.startswith("on") for _, a, _ in found.elements for key in a)
        for attributes, text in found.all("script", type="application/json"):
            assert attributes.get("id") or json.loads(text)["empty"] == HOSTILE
        assert HOSTILE in next(text for _, text in found.all("footer"))


def test_survey_and_configuration_are_escaped(files):
    from eddysky.simulator.observation.observation_file import read_observation
    from eddysky.validation.report.model import described_survey

    observation = read_observation(files[1])
    survey = replace(observation.survey, field=f"{HOSTILE}.fits")
    words = described_survey(replace(observation, survey=survey))
    assert "<script" not in words
    assert "<img" not in words


def test_the_table_is_the_comparison(files, parsed):
    expected = compare(read(files[0]))
    result, rows = read(files[0]), read_entry(files[0]).spectrum.rows
    every = np.array([[float(cell or "nan") for cell in row] for row in rows])
    # All multipoles are there, those which the verdict leaves out without a pull.
    np.testing.assert_array_equal(every[:, 0], result.ell[1:])
    np.testing.assert_allclose(every[:, 1], result.power[:, 1:].mean(axis=0), rtol=6e-6)
    np.testing.assert_array_equal(every[np.isfinite(every[:, 5]), 0], expected.ell)
    numbers = every[expected.ell - 1]
    np.testing.assert_allclose(numbers[:, 1], expected.measured, rtol=6e-6)
    np.testing.assert_allclose(numbers[:, 2], expected.error, rtol=6e-6)
    np.testing.assert_allclose(numbers[:, 3], expected.predicted, rtol=6e-6)
    np.testing.assert_allclose(numbers[:, 4], expected.ratio, atol=6e-5)
    np.testing.assert_allclose(numbers[:, 5], expected.pull, atol=6e-3)
    # The verdict's scatter is the median of this column.
    np.testing.assert_allclose(np.median(numbers[:, 6]), expected.scatter, atol=6e-4)
    cells = [text for _, text in parsed.all("td")]
    flat = [cell for row in rows for cell in row]
    assert any(cells[i : i + len(flat)] == flat for i in range(len(cells)))


def test_the_row_chooses_the_map(files):
    result, entry = read(files[0]), read_entry(files[0], 3)
    np.testing.assert_array_equal(entry.maps[0].values, result.maps[3])
    assert entry.realization == result.map_index[3] == 3


def test_maps_become_coarser_until_the_page_is_small(files, monkeypatch):
    entry = read_entry(files[0])
    whole = len(pages.fitting_page([entry], "c"))
    monkeypatch.setattr(pages, "RESOLUTIONS", (8, 4))
    monkeypatch.setattr(pages, "MOST_BYTES", whole - 500)
    text = pages.fitting_page([entry], "c").decode()
    assert "HEALPix nside 8, shown as means at nside 4" in text
    monkeypatch.setattr(pages, "MOST_BYTES", 10_000)
    with pytest.raises(
        InputError, match=r"a page of 1 files would have 0\.\d MB, more than 0\.01 MB"
    ):
        pages.fitting_page([entry], "c")


@pytest.mark.parametrize("name", ["report.pdf", "report"])
def test_the_ending_is_html(files, tmp_path, name):
    with pytest.raises(InputError, match=r"must end in \.html"):
        write_report(files, tmp_path / name)


def test_only_reports_are_overwritten(files, tmp_path):
    path = tmp_path / "mine.html"
    path.write_text("<p>mine</p>")
    with pytest.raises(InputError, match="was not written by eddysky"):
        write_report(files, path)
    assert path.read_text() == "<p>mine</p>"


def luminance(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_contrast(parsed):
    """4.5 for text and 3 for lines and points, as WCAG 2.1 asks for."""
    ((_, style),) = parsed.all("style")
    themes = re.findall(r":root \{([^}]*)\}", style)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--([\w-]+): (#\w{6})", theme))

        def contrast(one, other, colours=colours):
            low, high = sorted(luminance(colours[name]) for name in (one, other))
            return (high + 0.05) / (low + 0.05)

        for text in ("text", "muted"):
            for back in ("back", "card", "code"):
                assert contrast(text, back) >= 4.5, (text, back)
        assert contrast("text", "button") >= 4.5
        for kind in ("good", "bad", "none"):
            assert contrast(kind, f"{kind}-back") >= 4.5
            assert contrast("text", f"{kind}-back") >= 4.5
        for line in ("axis", "focus", *(f"c{place}" for place in range(8))):
            assert contrast(line, "card") >= 3, line
        assert contrast("c0", "band") >= 3
