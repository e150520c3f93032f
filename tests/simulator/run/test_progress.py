"""The progress bar writes to standard error only, and its silent twin not at all."""

from __future__ import annotations

from eddysky.simulator.run.progress import progress_bar


def use(shown):
    with progress_bar(shown, 10, 4, "simulating") as bar:
        for _ in range(6):
            bar.update()


def test_silent(capsys):
    use(False)
    assert capsys.readouterr() == ("", "")


def test_shown(capsys):
    use(True)
    out, err = capsys.readouterr()
    assert out == ""
    for word in ("simulating", "10/10", "realisation"):
        assert word in err
