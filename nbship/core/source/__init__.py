"""A source as it stands: its text, its cells, and the Python or R in them."""
