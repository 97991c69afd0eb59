"""Tests of nbship/core/checks."""
