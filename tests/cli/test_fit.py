"""`eddysky fit` and `eddysky export --csv`, from results to parameters."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from eddysky.simulator import read

TINY = {"sky.nside": 8, "flow.modes": 64, "ensemble.realizations": 12}
ROWS = "".join(f"{ell},{1e-7 * ell**-2.7:.6e},{1e-8 * ell**-2.7:.6e}\n" for ell in range(2, 13))


@pytest.fixture
def data(here):
    """A spectrum near that of the default scenario."""
    (here / "data.csv").write_text("ell,c_ell,error\n" + ROWS)
    return "data.csv"


def test_from_results_to_parameters(eddysky, here, options, no_figures):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    assert eddysky("export", "out.h5", "--csv", "out.csv").code == 0
    power = read("out.h5").power[:, 1:]
    table = table_of(here / "out.csv")
    np.testing.assert_array_equal(table[:, 0], np.arange(1, power.shape[1] + 1))
    # Written with seven digits.
    np.testing.assert_allclose(table[:, 1], power.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(table[:, 2], power.std(axis=0, ddof=1) / np.sqrt(12), rtol=1e-6)
    outcome = eddysky("fit", "out.csv", "--lmax", 6)
    assert (outcome.code, outcome.err) == (0, "")
    for words in (
        "out.csv: 5 multipoles, l = 2-6",
        "velocity_dispersion",
        "mean_free_path = 10 pc",
    ):
        assert words in outcome.out
    assert (here / "out.fit.png").stat().st_size > 10_000

    assert eddysky("export", "out.h5", "--csv", "one.csv", "--row", 3).code == 0
    table = table_of(here / "one.csv")
    np.testing.assert_allclose(table[:, 1], power[3], rtol=1e-6)
    assert table.shape[1] == 2
    given = ("--likelihood", "cosmic-variance", "--lmin", 2, "--lmax", 6, "-o", "one.pdf")
    outcome = eddysky("fit", "one.csv", *given)
    assert outcome.code == 0
    assert "deviance" in outcome.out
    assert (here / "one.pdf").exists()


def test_all_models_as_json(eddysky, data, here):
    given = ("--model", "all", "--fix", "index=1.6667", "--fix", "mean_free_path=5 pc", "--json")
    outcome = eddysky("fit", data, *given, "-o", "fit.svg")
    assert outcome.code == 0
    fits = json.loads(outcome.out)["fits"]
    assert [fit["model"] for fit in fits] == ["isotropic", "parallel", "a14", "am15"]
    assert fits[0]["fixed"]["index"] == {"value": 1.6667, "unit": ""}
    assert fits[1]["fixed"]["mean_free_path"] == {"value": 5.0, "unit": "pc"}
    assert list(fits[0]["parameters"]) == ["velocity_dispersion"]
    dispersion = fits[0]["parameters"]["velocity_dispersion"]
    low, high = dispersion["interval_68"]
    assert low < dispersion["value"] < high
    assert dispersion["unit"] == "km/s"
    assert np.shape(fits[3]["correlation"]) == (2, 2)
    assert (here / "fit.svg").exists()


def test_models_are_ranked_and_noise_is_fitted(eddysky, data):
    outcome = eddysky("fit", data, "--model", "isotropic", "--model", "a14", "--noise")
    assert outcome.code == 0
    assert "noise" in outcome.out
    last = outcome.out.splitlines()[-2]
    assert last.startswith("chi2 above the best model: ")
    assert "(3 free)" in last
    assert "(2 free)" in last


WALK = {"sky.nside": 8, "flow.modes": 512, "ensemble.realizations": 16, "sky.lmax": 12} | {
    "flow.inner_scale": "3 pc",
    "transport.free_path": "exponential",
    "transport.scatterings": 3,
}


def test_transport_of_a_simulation_gives_its_turbulence_back(eddysky, here, options, no_figures):
    """3 scatterings with exponential paths: the comments of the table and --config say so, and σ and γ come back."""
    assert eddysky("run", "-o", "walk.h5", "--quiet", *options(WALK)).code == 0
    assert eddysky("export", "walk.h5", "--csv", "walk.csv").code == 0
    bare = [x for x in (here / "walk.csv").read_text().splitlines() if not x.startswith("#")]
    (here / "bare.csv").write_text("\n".join(bare))
    fitted = {}
    for name, given in {
        "comments": ("walk.csv",),
        "config": ("bare.csv", "--config", "walk.h5"),
        "nothing": ("bare.csv",),
    }.items():
        outcome = eddysky("fit", *given, "--json", "-o", f"{name}.png")
        assert (outcome.code, outcome.err) == (0, "")
        fitted[name] = json.loads(outcome.out)
    for name in ("comments", "config"):
        found = fitted[name]["fits"][0]
        assert found["fixed"]["scatterings"]["value"] == 3
        for key, truth in (("velocity_dispersion", 20.0), ("index", 5 / 3)):
            estimate = found["parameters"][key]
            # 4 standard errors: a false alarm in 16 000.
            assert abs(estimate["value"] - truth) < 4 * estimate["error"]
            assert estimate["error"] < 0.2 * truth
    for name in fitted:
        del fitted[name]["fits"][0]["spectra"][0]["data"]
    assert fitted["comments"]["fits"] == fitted["config"]["fits"]
    assert fitted["comments"]["sources"]["free_path"] == "walk.csv"
    assert fitted["config"]["sources"]["free_path"] == "--config walk.h5"
    assert fitted["nothing"]["sources"] == {}
    # Fixed paths and one scattering cannot describe it.
    wrong = fitted["nothing"]["fits"][0]["parameters"]["index"]
    assert abs(wrong["value"] - 5 / 3) > 4 * wrong["error"]


def test_fix_goes_before_config_and_config_before_comments(eddysky, data, here):
    said = (
        "# eddysky: scatterings = 2\n# eddysky: energy = 20 TeV\n# eddysky: mean_free_path = 3 pc\n"
    )
    (here / "data.csv").write_text(said + "ell,c_ell,error\n" + ROWS)
    (here / "a.toml").write_text(
        "[transport]\nscatterings = 4\nfree_path = 'exponential'\nmean_free_path = '5 pc'\n"
    )
    outcome = eddysky(
        "fit", data, "--config", "a.toml", "--fix", "scatterings=5", "--fix", "frame=observer"
    )
    assert outcome.code == 0
    assert "index = 1 is at an end of its range, 1 to 3" in outcome.err  # no such spectrum
    assumed = next(x for x in outcome.out.splitlines() if "assumed:" in x)
    config = next(part for part in assumed.split(";") if "(--config a.toml)" in part)
    for words in ("free_path = exponential", "mean_free_path = 5 pc", "energy = 10 TeV"):
        assert words in config
    assert "scatterings = 5, frame = observer (--fix)" in assumed.replace("; ", "\n")
    outcome = eddysky("fit", data)
    for words in ("scatterings = 2", "energy = 20 TeV", "mean_free_path = 3 pc", "(data.csv)"):
        assert words in outcome.out
    assert "free_path = fixed" in outcome.out
    assert "(default)" in outcome.out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# eddysky: scatterings = many", ["line 1", "scatterings", "'many'", "whole number"]),
        ("# eddysky: free_path = curved", ["line 1", "free_path = curved", "exponential"]),
        ("# eddysky: scattering = 2", ["line 1", "scattering", "unknown key"]),
        ("# eddysky: mean_free_path = 2", ["line 1", "mean_free_path", "with its unit"]),
        ("# eddysky: model = radial", ["model = radial", "isotropic or parallel"]),
        ("# eddysky: realizations = 0", ["realizations = 0", "whole number >= 1"]),
        ("# eddysky: transverse_fraction = varies", ["transverse_fraction varies", "--fix"]),
        ("# eddysky: nonsense", ["line 1", "KEY = VALUE"]),
    ],
)
def test_bad_comments(eddysky, data, here, line, words):
    (here / "data.csv").write_text(f"{line}\nell,c_ell,error\n{ROWS}")
    refused(eddysky("fit", data), "data.csv", *words)


def test_limits_are_written_as_limits(eddysky, here):
    """Noise that is not there has an upper limit, and AM15 on a steeper spectrum an upper limit of p."""
    (here / "data.csv").write_text(
        "ell,c_ell,error\n"
        + "".join(f"{n},{1e-7 * n**-5.0:.6e},{1e-8 * n**-5.0:.6e}\n" for n in range(2, 13))
    )
    outcome = eddysky("fit", "data.csv", "--model", "a14", "--model", "am15", "--noise", "--json")
    noise = [f["parameters"]["noise"] for f in json.loads(outcome.out)["fits"]]
    assert noise[0]["interval_95"][0] is None
    assert noise[0]["limit_95"]["side"] == "upper"
    assert noise[0]["limit_95"]["value"] == noise[0]["interval_95"][1]
    outcome = eddysky("fit", "data.csv", "--model", "am15", "--noise")
    assert outcome.code == 0
    lines = {line.split()[0]: line for line in outcome.out.splitlines() if line.startswith("  ")}
    for key in ("noise", "exponent"):
        assert " < " in lines[key]
        assert lines[key].endswith("at 95%")


def test_a_spectrum_of_zeros_has_limits(eddysky, here):
    """Nothing to begin a search from but the errors."""
    rows = "".join(f"{n},0,1e-9\n" for n in range(2, 12))
    (here / "data.csv").write_text("ell,c_ell,error\n" + rows)
    outcome = eddysky("fit", "data.csv", "--model", "all", "--noise", "--json")
    assert outcome.code == 0
    fits = json.loads(outcome.out)["fits"]
    # χ² rises by 3.84 where 10 values are 1.96 errors/√10 high.
    for found in fits:
        assert found["parameters"]["noise"]["limit_95"] == {
            "side": "upper",
            "value": pytest.approx(1.96e-9 / 10**0.5, rel=1e-2),
        }
    assert fits[0]["parameters"]["velocity_dispersion"]["limit_95"]["side"] == "upper"


def test_values_below_zero_are_seen(eddysky, here, monkeypatch):
    """A logarithmic axis has no place for them: two errors higher it has, far above the curve too."""
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(
        Figure, "savefig", lambda figure, path, **given: (path.touch(), drawn.append(figure))
    )
    rows = "".join(f"{n},-1e-10,1e-9\n" for n in range(2, 12))
    (here / "data.csv").write_text("ell,c_ell,error\n" + rows)
    assert eddysky("fit", "data.csv", "--model", "a14").code == 0
    axes = drawn[0].axes[0]
    low, high = axes.get_ylim()
    marks = next(line for line in axes.lines if "errors" in str(line.get_label()))
    np.testing.assert_allclose(marks.get_ydata(), 1.9e-9)
    assert low < 1.9e-9 < high


def test_a_scenario_of_several_variants_is_named(eddysky, data, here):
    outcome = eddysky("fit", data, "--config", "zl25-fig3-spectra")
    assert outcome.code == 0
    assert "uses zl25-fig3-spectra/" in outcome.err
    variant = re.search(r"uses (\S+),", outcome.err)[1]
    outcome = eddysky("fit", data, "--config", variant)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"(--config {variant})" in outcome.out


HEAD = "ell,c_ell,error\n"
FILES = [
    ("ell,c_ell\n2,1e-8\n", ["line 1", "no column error"]),
    (HEAD + "2,many,1e-9\n", ["line 2", "column 2 (c_ell)", "'many'"]),
    (HEAD + "2,1e-8,-1e-9\n", ["line 2", "column 3 (error)", "positive"]),
    (HEAD + "2,1e-8,1e-9\n2,1e-8,1e-9\n", ["line 3", "column 1 (ell)"]),
    (HEAD + "0,1e-8,1e-9\n", ["line 2", "column 1 (ell)", "from 1"]),
    (HEAD + "2,1e-8,1e-9\n3,1e-8,1e-9\n", ["2 multipoles", "too few for 2 free parameters"]),
    ("", ["no rows"]),
    (b"\x89HDF\r\n\x1a\n\xff\xfe", ["damaged results file"]),
    (b"\x89PNG\r\n\x1a\n\xff\xfe", ["not a text file"]),
    (None, ["cannot be read", "directory"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), FILES)
def test_bad_files(eddysky, here, content, words):
    file = here / "bad.csv"
    if content is None:
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content)
    refused(eddysky("fit", "bad.csv"), "bad.csv", *words)
    assert not (here / "bad.fit.png").exists()


OPTIONS = [
    (["--fix", "indx=1.5"], ["indx", "unknown key", "index, free_path"]),
    (["--fix", "exponent=0.5"], ["exponent", "unknown key"]),
    (["--fix", "index"], ["KEY=VALUE"]),
    (["--fix", "index=steep"], ["index", "'steep'", "number"]),
    (["--fix", "index=3"], ["index = 3", "above 1 and below 3"]),
    (["--fix", "index=1.5", "--fix", "index=1.6"], ["index", "twice"]),
    (["--fix", "mean_free_path=5"], ["mean_free_path", "a length with its unit"]),
    (["--fix", "mean_free_path=-5 pc"], ["mean_free_path", "positive"]),
    (["--fix", "mean_free_path=5 km/s"], ["mean_free_path", "not the unit of a length"]),
    (["--fix", "velocity_dispersion=0 km/s"], ["velocity_dispersion = 0 km/s", "positive"]),
    (["--fix", "noise=-1"], ["noise = -1", "zero or positive"]),
    (["--fix", "noise=1e-9", "--noise"], ["noise", "fixed at once"]),
    (["--fix", "outer_scale=100 pc"], ["inner_scale", "two ends"]),
    (["--fix", "free_path=erlang"], ["erlang_order", "whole number"]),
    (["--fix", "erlang_order=2"], ["erlang_order = 2", "free_path = erlang"]),
    (["--fix", "scatterings=1.5"], ["scatterings = 1.5", "whole number"]),
    (["--fix", "scatterings=steady"], ["scatterings = 'steady'", "whole number or stationary"]),
    (["--fix", "collisions=table"], ["collisions = table", "small-angle"]),
    (["--fix", "frame=sun"], ["frame = sun", "observer"]),
    (["--config", ""], ["--config ''", "results file"]),
    (["--config", "nowhere.toml"], ["nowhere.toml"]),
    (["--config", "nowhere.h5"], ["nowhere.h5"]),
    (["--config", "isotropic-difusion"], ["isotropic-difusion", "did you mean"]),
    (["--lmin", "9", "--lmax", "4"], ["lmin = 9", "lmax = 4"]),
    (["--lmin", "40"], ["lmin = 40", "2 to 12"]),
    (["--lmin", "0"], ["--lmin", "0"]),
    (["--model", "isotopic"], ["isotopic", "parallel"]),
    (["--likelihood", "poisson"], ["poisson", "cosmic-variance"]),
    (["--realizations", "3"], ["--realizations", "cosmic-variance"]),
    (["--model", "all", "--likelihood", "cosmic-variance", "--noise"], ["noise", "parallel"]),
    (["-o", "figure.doc"], ["figure.doc", ".png"]),
    (["-o", "nowhere/figure.png"], ["nowhere/figure.png"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "words"), OPTIONS)
def test_bad_options(eddysky, data, given, words):
    refused(eddysky("fit", data, *given), *words)


def test_exports_that_cannot_be(eddysky, here, options, no_figures):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    refused(eddysky("export", "out.h5"), "--fits", "--csv")
    refused(eddysky("export", "out.h5", "--fits", "a.fits", "--csv", "a.csv"), "--fits", "--csv")
    refused(
        eddysky("export", "out.h5", "--csv", "a.csv", "--row", 12), "row = 12", "12 realisations"
    )
    (here / "a.csv").write_text("mine")
    refused(eddysky("export", "out.h5", "--csv", "a.csv"), "a.csv", "exists")
    assert (here / "a.csv").read_text() == "mine"


def table_of(path):
    """Numbers of a table below its comments and header."""
    rows = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return np.array([[float(value) for value in row.split(",")] for row in rows[1:]])


def refused(outcome, *words):
    """Exit code 2 and at most two lines, with all the words."""
    assert outcome.code == 2
    assert outcome.out == ""
    assert 1 <= len(outcome.err.splitlines()) <= 2
    for word in words:
        assert word in outcome.err


def test_a_parameter_at_an_end_of_its_range_is_said(eddysky, data, here):
    assert eddysky("fit", data).err == ""
    rows = "".join(f"{ell},{ell**-9.0:.6e},{1e-2 * ell**-9.0:.6e}\n" for ell in range(2, 13))
    (here / "steep.csv").write_text("ell,c_ell,error\n" + rows)
    outcome = eddysky("fit", "steep.csv")
    assert outcome.code == 0
    assert "isotropic: index = " in outcome.err
    assert "is at an end of its range, 1 to 3" in outcome.err
