"""Tests of nbship/edges/storage."""
