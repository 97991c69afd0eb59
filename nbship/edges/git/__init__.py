"""Questions to git and settings in a clone."""
