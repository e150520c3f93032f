"""Numba kernels: plain arrays and scalars in, plain arrays and scalars out.

One concept a file: `trigonometry` (sine and cosine in turns), `blocks` (points side by side), `fourier` (mode sums),
`rings` (mode sums on pairs of rings), `line` (mode sums along the magnetic field), `taylor` (their Taylor polynomials),
`harmonics` (multipoles of waves), `radial` (functions of kλ), `interpolation` (grids), `philox` (random numbers),
`paths` (free paths and directions), `stratification` (stratified arrivals), `boost` (Lorentz boosts), `tracking` (the
steps of one back-tracking), `work` (flights in a magnetic field), `orbits` (Boris pushes), `gyration` and `helix`
(expected skies of gyrating particles), `wavevectors` (of anisotropic turbulence), `walk` (small-angle
scattering), `binning` (sums per pixel), `poisson` (counts of pixels), `discs` (sums over discs of pixels);
`compilation` and `environment` set Numba up. Nothing is compiled until a kernel is first called.
"""

from eddysky.kernels.environment import fix_instructions, mend_thread_counts

# Before anything imports numba or ducc0.
fix_instructions()
mend_thread_counts()
