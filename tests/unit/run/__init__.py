"""Tests of nbship/core/run."""
