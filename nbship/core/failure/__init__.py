"""A failed run or rehearsal: its error, its traceback and the line of the source that failed."""
