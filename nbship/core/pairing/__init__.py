"""A source and its paired .ipynb: compared, decided upon, and written from each other."""
