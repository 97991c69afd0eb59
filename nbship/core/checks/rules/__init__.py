"""The rules of check: a file for each code, or for a few codes that belong together."""
