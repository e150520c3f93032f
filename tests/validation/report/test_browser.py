"""The page in headless Chromium: sorting, downloads, map, keys, both widths and themes, and no error or request."""

from __future__ import annotations

import csv
import io
import re

import healpy
import numpy as np
import pytest
from browser import CHROMIUM, DRIVER, Browser

from eddysky.simulator.results.store import read
from eddysky.validation.report.entry import read_entry

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs Chromium and its driver: apt install chromium-driver"
)

ARTICLE = "article[data-name=sky]"
COLUMN = f"return [...document.querySelectorAll('{ARTICLE} tbody tr')].map(r => r.cells[arguments[0]].textContent)"


# What the map says at 200 points, spread evenly.
POINTS = """
const [canvas, output] = ["canvas", "output"].map(name => document.querySelector(`${arguments[0]} ${name}`));
const box = canvas.getBoundingClientRect();
return Array.from({ length: 200 }, (_, i) => {
  const clientX = box.left + box.width * ((0.754877666 * i) % 1);
  const clientY = box.top + box.height * ((0.569840291 * i) % 1);
  canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY }));
  return output.textContent;
});
"""


def column(browser, number):
    return browser.run(COLUMN, number)


def reading(text):
    """Right ascension, declination and value of what a map says; None where nothing is seen."""
    ra, dec, value, power = re.fullmatch(
        r"RA ([\d.]+)°, Dec ([+-][\d.]+)°: (?:outside the field of view|(-?[\d.]+) × 10(\S+))",
        text.replace("−", "-"),
    ).groups()
    if value is None:
        return float(ra), float(dec), None
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return float(ra), float(dec), float(value) * 10.0**exponent


def readings(browser):
    """What the first map says."""
    return reading(browser.text(f"{ARTICLE} figure.sky output"))


def pixels_near(ra, dec):
    """Pixels at a direction that is given to a tenth of a degree."""
    across, up = np.meshgrid((-0.06, 0.06), (-0.06, 0.06))
    return healpy.ang2pix(8, ra + across.ravel(), np.clip(dec + up.ravel(), -90, 90), lonlat=True)


def test_use(files, page, tmp_path):
    entry = read_entry(files[0])
    with Browser(tmp_path) as browser:
        browser.open(page, 1280)
        plain = column(browser, 1)
        assert plain == [row[1] for row in entry.spectrum.rows]

        # Sorted by the pull, up and down, and those without last; the CSV is the table as it is shown.
        place = f"{ARTICLE} thead th:nth-child(6)"
        known = [row[5] for row in entry.spectrum.rows if row[5]]
        assert len(known) == 6
        browser.click(f"{place} button")
        assert column(browser, 5) == [*sorted(known, key=float), "", ""]
        browser.click(f"{place} button")
        pulls = column(browser, 5)
        assert pulls == [*sorted(known, key=float, reverse=True), "", ""]
        assert browser.run(f"return document.querySelector('{place}').ariaSort") == "descending"
        browser.click(f"{ARTICLE} button.csv")
        head, *rows = csv.reader(io.StringIO(browser.downloaded("sky.csv")))
        assert head == ["ell", "measured", "error", "predicted", "ratio", "pull", "scatter"]
        assert [row[5] for row in rows] == pulls
        assert sorted(rows) == sorted(map(list, entry.spectrum.rows))
        browser.click(f"{ARTICLE} button.toml")
        assert browser.downloaded("sky.toml") == entry.config.to_toml()

        # The value under the pointer, moved by keys, is that of the file's pixel; so it is when zoomed.
        sky = read(files[0]).maps[0]
        seen = []
        for keys in ("\ue012" * 5 + "\ue013" * 4, "+" * 4 + "\ue014" * 3, "0\ue015\ue015"):
            browser.keys(f"{ARTICLE} canvas", keys)
            ra, dec, value = readings(browser)
            pixel = healpy.ang2pix(8, ra, dec, lonlat=True)
            assert value == pytest.approx(sky[pixel], abs=1e-4 * float(abs(sky).max()))
            seen.append((ra, dec))
        assert len(set(seen)) == 3
        # To the left, RA grows from 0.
        assert 0 < seen[0][0] < 40
        assert seen[0][1] > 5
        assert not browser.run(
            f"return document.querySelector('{ARTICLE} canvas').matches('.zoomed')"
        )
        browser.click(f"{ARTICLE} button[data-do=in]")
        # Drawn with the next frame.
        browser.run("return new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        assert browser.run(f"return document.querySelector('{ARTICLE} canvas').matches('.zoomed')")

        # A quarter from the left RA is 90°, and on the line of 30° it is at 0.404 of the height from the equator.
        browser.click(f"{ARTICLE} button[data-do=reset]")
        browser.point(f"{ARTICLE} canvas", 0.25, 0.5)
        assert readings(browser)[:2] == pytest.approx((90, 0), abs=1)
        browser.point(f"{ARTICLE} canvas", 0.5, 0.5 - 0.404 / 2)
        assert readings(browser)[1] == pytest.approx(30, abs=1)

        # Anywhere on the maps, with a finger's width between.
        for article, maps in zip(("sky", "obs"), map(read_entry, files), strict=True):
            values = maps.maps[0].values
            texts = browser.run(POINTS, f"article[data-name={article}] figure.sky")
            found = [reading(text) for text in texts if text.startswith("RA")]
            assert 140 < len(found) < 170  # π/4 of 200
            unseen = np.mean([value is None for *_, value in found])
            assert unseen == pytest.approx(np.isnan(values).mean(), abs=0.03)
            for ra, dec, value in found:
                near = pixels_near(ra, dec)
                if value is None:
                    assert np.isnan(values[near]).any()
                else:
                    assert np.nanmin(abs(values[near] - value)) <= 1e-4 * np.nanmax(abs(values))

        # One slider marks a multipole in all charts.
        browser.keys(f"{ARTICLE} input", "\ue014\ue014")
        cells = entry.spectrum.rows[2]
        assert browser.text(f"{ARTICLE} .reader output").startswith(
            f"ℓ = {cells[0]}: {cells[1]} ± "
        )
        crosses = browser.run(
            f"return document.querySelectorAll('{ARTICLE} .cross[visibility=visible]').length"
        )
        assert crosses == 4
        browser.point(f"{ARTICLE} .chart", 0.97, 0.5)
        last = entry.spectrum.rows[-1]
        assert browser.text(f"{ARTICLE} .reader output").startswith(f"ℓ = {last[0]}: {last[1]} ± ")

        assert browser.messages() == []
        asked = [each for each in browser.requests() if not each.startswith("chrome")]
        assert {each.partition(":")[0] for each in asked} <= {"file", "data", "blob"}
        assert page.as_uri() in asked


def test_widths_themes_and_paper(page, tmp_path):
    sizes = "return [document.documentElement.scrollWidth, innerWidth]"
    background = "return getComputedStyle(document.body).backgroundColor"
    # No text of the charts smaller than 10 points of the screen.
    smallest = (
        "return Math.min(...[...document.querySelectorAll('.chart text')].map("
        "t => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getBoundingClientRect().width / 560))"
    )
    with Browser(tmp_path) as browser:
        found = {}
        for width in (390, 1280):
            for dark in (False, True):
                browser.open(page, width, dark=dark)
                wide, inner = browser.run(sizes)
                assert wide <= inner == width
                assert browser.run(smallest) >= 10
                found[dark] = browser.run(background)
        assert found == {False: "rgb(255, 255, 255)", True: "rgb(18, 22, 27)"}
        assert browser.messages() == []
        browser.pdf(tmp_path / "page.pdf")
        boxes = re.findall(
            rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "page.pdf").read_bytes()
        )
        assert boxes
        # A4 in points.
        assert {(round(float(x)), round(float(y))) for x, y in boxes} == {(595, 842)}
