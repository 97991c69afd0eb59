"""Hypothesis finds the same examples on every machine and at every hour."""

from hypothesis import settings

settings.register_profile("core", derandomize=True, database=None, deadline=None, max_examples=100)
settings.load_profile("core")
