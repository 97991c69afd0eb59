"""The artifact that build makes of a source: its files, their digest and the line map."""
