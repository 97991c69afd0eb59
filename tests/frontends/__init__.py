"""Tests of the console, the doit adapter and the connection to a target."""
