"""Reports: results and observations on one HTML page that needs nothing else."""
