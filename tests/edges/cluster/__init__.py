"""Tests of nbship/edges/cluster."""
