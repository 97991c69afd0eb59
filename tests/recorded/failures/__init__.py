"""Recorded failures of real kernels and scripts, each with the source line to report."""
