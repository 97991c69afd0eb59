"""Tests of nbship/core/adoption."""
