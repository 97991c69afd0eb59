"""Tests of nbship/edges/workspace."""
