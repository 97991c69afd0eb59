"""Kaggle's paths, programs and network in a Python process of a rehearsal without a sandbox."""
