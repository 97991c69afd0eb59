"""Tests of nbship/core/workspace."""
