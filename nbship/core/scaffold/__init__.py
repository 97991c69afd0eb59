"""The files of a new workspace and of a new notebook."""
