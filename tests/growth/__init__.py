"""Growth: how the work of a reader grows with its input, counted in steps and never in seconds."""
