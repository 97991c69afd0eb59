"""Tests that call the verbs directly, for cases that a doit task cannot reach."""
