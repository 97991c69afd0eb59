"""Fault injection for tests: rules for requests to spoil, and a record of every request."""
