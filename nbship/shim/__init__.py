"""The folder that a rehearsal puts first on PYTHONPATH; it holds sitecustomize.py."""
