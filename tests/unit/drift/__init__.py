"""Tests of the core's drift: comparison and merge of a version on the service."""
