"""Text tables and FITS files, for and from other programs."""
