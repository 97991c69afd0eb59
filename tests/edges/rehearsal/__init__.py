"""Tests of nbship/edges/rehearsal."""
