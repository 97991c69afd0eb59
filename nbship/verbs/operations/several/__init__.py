"""Several notebooks at work at the same time in one command."""
