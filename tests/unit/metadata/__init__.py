"""Tests of nbship/core/metadata."""
