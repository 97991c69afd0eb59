"""Growth: large input, and how a reader's work grows with it, counted in steps, not in seconds."""
