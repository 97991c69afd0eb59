"""Tests with hostile and malformed sources and server responses."""
