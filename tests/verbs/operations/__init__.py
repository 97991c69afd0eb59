"""Tests of the operations that several verbs share."""
