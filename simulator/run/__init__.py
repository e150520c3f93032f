"""One realisation from top to bottom, and ensembles of them."""
