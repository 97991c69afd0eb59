"""Tests of nbship/core/push."""
