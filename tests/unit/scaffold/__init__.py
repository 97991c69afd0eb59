"""Tests of nbship/core/scaffold."""
