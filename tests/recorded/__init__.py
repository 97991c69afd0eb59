"""Recordings of real programs, and what nbship must make of them."""
