"""Tests of nbship/core/clone."""
