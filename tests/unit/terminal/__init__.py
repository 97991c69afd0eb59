"""Tests of nbship/core/terminal."""
