"""Reports: results and observations on one HTML page that needs nothing else."""

from __future__ import annotations

from eddysky.validation.report.page import write_report

__all__ = ["write_report"]
