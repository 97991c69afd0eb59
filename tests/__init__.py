"""The tests; ``python -m pytest`` from the top of the repo runs them all."""
