"""Tests of what a rehearsed kernel's Python loads."""
