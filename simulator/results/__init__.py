"""Results of a run: realisations, the ensemble, its HDF5 file, and checkpoints."""
