"""The notebooks of a workspace: their names, and where each file of theirs lies."""
