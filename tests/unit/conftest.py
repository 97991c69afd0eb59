"""Hypothesis finds the same examples on every machine and at every hour; in full, many more."""

from hypothesis import settings

from tests.support.sampling import IS_FULL

settings.register_profile("core", derandomize=True, database=None, deadline=None, max_examples=40)
settings.register_profile("full", deadline=None, max_examples=2000)
settings.load_profile("full" if IS_FULL else "core")
