"""Unit tests of the pure core, a folder for each subject; none starts a program or a server."""
