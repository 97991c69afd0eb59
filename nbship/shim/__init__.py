"""A folder that a notebook's Python has first on its path; see sitecustomize.py."""
