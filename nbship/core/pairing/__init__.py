"""A source and its paired .ipynb: how they are read, compared and written from each other."""
