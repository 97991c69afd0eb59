"""The artifact that build makes of a source: the code, the metadata, the digest, the line map."""
