"""Analytic predictions; of the simulator they use only the configuration, w(k) and the free-path laws."""
