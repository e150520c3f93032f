"""What a run leaves behind: realisations, the ensemble, its HDF5 file, and parts of it."""
