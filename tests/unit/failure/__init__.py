"""Tests of nbship/core/failure."""
