"""Measured and predicted spectra as text, for other programs to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eddysky.scenarios import Outcome

__all__ = ["write_spectra_csv"]


def write_spectra_csv(outcomes: Mapping[str, Outcome], path: Path) -> Path:
    """Write C_ℓ of δf/f as columns variant,ell,measured,error,predicted; one row a multipole that is compared.

    Parameters
    ----------
    outcomes
        By the name of the variant.
    path
        File to write.
    """
    lines = ["variant,ell,measured,error,predicted"]
    for variant, outcome in outcomes.items():
        each = outcome.comparison
        columns = zip(each.ell, each.measured, each.error, each.predicted, strict=True)
        lines += [
            f"{variant},{ell},{measured:.9e},{error:.9e},{predicted:.9e}"
            for ell, measured, error, predicted in columns
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
