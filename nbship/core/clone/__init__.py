"""The diagnosis of a machine and a clone, and the repairs of the clone."""
