"""The notebooks of a workspace: which there are, in which order, and their names."""
