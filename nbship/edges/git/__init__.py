"""Calls of git, and settings of a clone."""
