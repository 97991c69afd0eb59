"""Recordings of what other programs, or earlier versions of this one, left behind."""
