"""The sphere: grids, rings, spherical harmonics, rotations, and maps of pixels."""
