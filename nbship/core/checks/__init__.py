"""check: what is wrong in a file or between files, and how it is printed."""
