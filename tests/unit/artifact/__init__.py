"""Tests of nbship/core/artifact."""
