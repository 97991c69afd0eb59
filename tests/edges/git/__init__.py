"""Tests of nbship/edges/git."""
