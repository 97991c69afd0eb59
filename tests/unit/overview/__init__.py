"""Tests of nbship/core/overview."""
