"""Failures recorded from real kernels and scripts, with the line that each must lead to."""
