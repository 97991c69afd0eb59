"""The script block of a source: its tables, checked, as a Spec."""
