"""Numba kernels: plain arrays and scalars in, plain arrays and scalars out.

One concept a file: `trigonometry` (sine and cosine in turns), `fourier` (mode sums), `interpolation` (grids),
`philox` (random numbers), `paths` (free paths and directions), `boost` (Lorentz boosts), `tracking` (the steps of
one back-tracking), `binning` (sums per pixel). Nothing is compiled until a kernel is first called.
"""

from eddysky.kernels.environment import mend_thread_counts

# Before anything imports numba or ducc0.
mend_thread_counts()
