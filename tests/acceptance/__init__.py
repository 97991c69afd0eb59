"""Acceptance tests: real doit and nbship, real git, real kernels, the real local Kaggle."""
