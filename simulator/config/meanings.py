"""What each key of the configuration means: the comments of `eddysky show` and the table of docs/configuration.md."""

from __future__ import annotations

__all__ = ["MEANINGS"]

MEANINGS = {
    "flow.spectrum": (
        'form of w(k): "power-law", "injection", "table"; or the name of a spectrum from outside'
    ),
    "flow.index": "γ, −4 to 8; σ on the reference scale stays as given",
    "flow.velocity_dispersion": (
        "σ on the reference scale, from 1e-6 km/s; 0 switches turbulence off. The flow in the "
        "band must have 1e-6 km/s (rms) too"
    ),
    "flow.reference_scale": "L of σ(L)",
    "flow.outer_scale": "k_min = 2π/outer_scale",
    "flow.inner_scale": (
        "k_max = 2π/inner_scale; absent: as far as C_ℓ up to lmax needs, k_max λ = 4.5 lmax for "
        'the defaults, and with mode "helical" at least to k_max r_L = 3 or k_max λ = 300, '
        "whichever is less"
    ),
    "flow.injection_scale": 'L_i with "injection": w ∝ k² below k_i = 2π/L_i and ∝ k^(−γ) above',
    "flow.table": 'w(k) with "table": a text file, or the numbers',
    "flow.transverse_fraction": "β, 0 to 1; or β(k), a text file or the numbers",
    "flow.anisotropy": (
        'directions of the wavevectors: "isotropic", or "slab", along b; "two-dimensional", '
        'across b; "goldreich-sridhar", k_⊥^(−10/3) exp(−k_∥ L^(1/3)/k_⊥^(2/3)) with L = '
        "outer_scale. w(k) stays as given"
    ),
    "flow.polarization": (
        '"isotropic", or "alfven", along k × b; "slow", across k in the plane of k and b; "fast", '
        'along k. All but "isotropic" fix β: 1, 1 and 0'
    ),
    "flow.component": "one or more tables of the keys above; the turbulence is their sum",
    "flow.field": (
        "name and version of the velocity field that replaced the turbulence; written by "
        "simulate(config, flow=...)"
    ),
    "flow.modes": "number of Fourier modes",
    "flow.amplitudes": '"gaussian", or "cosine": one polarised wave of fixed amplitude a mode',
    "flow.taylor_order": (
        "0 to 20: replace the turbulence by its Taylor polynomial of this order about the "
        "observer (ZL24 §3); fixed paths and one scattering only"
    ),
    "flow.mean_velocity": "uniform flow, three speeds",
    "flow.velocity_gradient": "uniform gradient G, u = G r, 3 × 3",
    "transport.mode": (
        '"isotropic", or "parallel": displacement and flow along the magnetic field alone; '
        '"drift-kinetic": the same with acceleration by compression across the field; "helical": '
        "helices of finite Larmor radius"
    ),
    "transport.magnetic_field": (
        'RA and Dec of b in degrees, not with "isotropic" unless the turbulence knows the field; '
        "default: the field that the boundary of the observed large-scale anisotropy suggests "
        '(ZL25); "random": another in each realisation'
    ),
    "transport.magnetic_field_strength": 'B, with "helical" only: r_L = p/(ZeB)',
    "transport.mean_free_path": "λ at the reference energy",
    "transport.free_path": (
        '"fixed", "exponential" or "erlang"; or a law from outside: its name, or a table of name, '
        "version and parameters"
    ),
    "transport.erlang_order": (
        'number of exponentials, 1 to 10000; with "helical" at most 100; with "erlang" only'
    ),
    "transport.scatterings": (
        'scatterings before the background is taken as isotropic, 1 to 10000; "stationary": as '
        "many as it takes until they no longer matter"
    ),
    "transport.collisions": (
        '"bgk", "small-angle"; or rates of relaxation ν_ℓ. Operators other than "bgk" act all the '
        'time: of free paths they have "exponential", of scatterings "stationary" only'
    ),
    "transport.density_gradient": "g in f ∝ 1 + g·r; λ|g| < 1, with a flow at most 0.1",
    "cosmic_rays.energy": (
        "total energy of the particles, which have the mass of the proton; their median energy "
        "where energy_response spreads it"
    ),
    "cosmic_rays.charge": (
        "Z, a whole number other than 0, negative for electrons and antiprotons; with mode "
        '"helical" only, where r_L ∝ 1/Z. λ does not depend on it'
    ),
    "cosmic_rays.reference_energy": "where λ is given",
    "cosmic_rays.spectral_index": "α; D = −(α + 2)",
    "cosmic_rays.scattering_index": (
        "γ_g of the magnetic turbulence that scatters; λ ∝ E^(2−γ_g); does not follow flow.index"
    ),
    "cosmic_rays.energy_response": (
        "energies that one sky mixes: { width = 0.7 }, the standard deviation of ln E, from 1e-6 "
        "to 3, or a table; absent or width 0: one energy"
    ),
    "cosmic_rays.composition": (
        "nuclei that one sky mixes, such as { charges = [1, 2, 26], fractions = [0.5, 0.3, 0.2] "
        "}; absent: charge 1 alone"
    ),
    "sky.nside": "power of two, 1 to 2048",
    "sky.lmax": (
        'at most 3 nside − 1; 3500 with "expected"; 256 with "helical", and with "isotropic" '
        "where the turbulence knows the magnetic field"
    ),
    "sky.sampling": (
        '"pixel-centre": one path in each direction, the default for fixed paths and one '
        'scattering; "expected": the mean over all paths, the default for everything else; '
        '"random": particles, with their shot noise; "stratified": particles spread evenly over '
        'directions and first free paths, unbiased and less noisy than "random"; "orbits": '
        'particles followed step by step along their orbits, with "helical" only'
    ),
    "sky.particles": (
        'particles a realisation, 1 000 000 with "random" and "stratified", 100 000 with '
        '"orbits"; where only their number is given they are random'
    ),
    "sky.frame": (
        '"fluid": momenta measured in the rest frame of the fluid at the observer; "observer": in '
        "the frame in which mean_velocity is given"
    ),
    "sky.evaluation": (
        'how the modes are summed at pixel centres with isotropic transport: "direct", all of '
        'them in every direction; "bands", long waves octave by octave on coarser grids, which '
        'gives the same velocities to 1e-7; "auto", bands where they save time (4096 modes at '
        "nside 64: a quarter of the time)"
    ),
    "ensemble.realizations": "a target: an existing results file is extended to it, never cut",
    "ensemble.seed": "with the number of the realisation it determines all random numbers",
}
