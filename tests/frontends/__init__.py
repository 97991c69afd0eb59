"""Tests of the frontends: the console, the doit adapter and the local server."""
