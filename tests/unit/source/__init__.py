"""Tests of nbship/core/source."""
