"""A source: its text, its cells in the percent format, and the Python or R in them."""
