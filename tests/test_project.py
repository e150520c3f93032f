"""The files of the project agree about the version, the checks, and the matrix of CI."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import eddysky

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def text(name):
    return (ROOT / name).read_text("utf-8")


def test_one_version():
    assert eddysky.__version__ == PROJECT["version"]
    assert re.findall(r"(?m)^version: (.*)$", text("CITATION.cff")) == [PROJECT["version"]]
    assert re.findall(r"(?m)^## (\S+)", text("CHANGELOG.md"))[0] == PROJECT["version"]


def test_ci_runs_what_is_claimed():
    yaml = pytest.importorskip("yaml")
    job = yaml.safe_load(text(".github/workflows/test.yml"))["jobs"]["test"]
    matrix = job["strategy"]["matrix"]
    prefix = "Programming Language :: Python :: 3."
    claimed = [each.split(" :: ")[-1] for each in PROJECT["classifiers"] if prefix in each]
    assert matrix["python"] == claimed
    assert matrix["os"] == ["ubuntu-latest", "macos-latest"]
    targets = re.findall(r"(?m)^([\w-]+):", text("Makefile"))
    for target in [*matrix["target"], *(each["target"] for each in matrix["include"])]:
        assert target in targets
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == ["make lint"]
    assert "test: lint\n" in text("Makefile")


def test_forms_are_valid():
    yaml = pytest.importorskip("yaml")
    for form in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        fields = yaml.safe_load(form.read_text("utf-8"))
        assert {"name", "description", "body"} <= set(fields)
        assert all(field["attributes"]["label"] for field in fields["body"])
