"""Text on a terminal: its look, the state of the work, and long output cut to its ends."""
