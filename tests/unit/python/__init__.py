"""The Python in cells."""
