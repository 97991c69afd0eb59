"""Tests of nbship/edges/process."""
