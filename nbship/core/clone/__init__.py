"""A clone and a machine: what they lack, and the repairs."""
