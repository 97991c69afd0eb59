"""Failures recorded from real kernels and scripts, and what each must be brought back to."""
