"""A failed run or rehearsal: from the log to the line of the source."""
