"""Commands that are more than a few lines, one file each; `eddysky.cli.main` puts them together."""
