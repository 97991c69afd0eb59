"""Tests of nbship/core/pairing."""
