"""`python -m eddysky` is the command line."""

from __future__ import annotations

from eddysky.cli.main import main

if __name__ == "__main__":
    main()
