"""Models of C_ℓ fitted to a measured spectrum."""
