"""The data that the layers pass to each other: frozen classes with few methods."""
