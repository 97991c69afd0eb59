"""Recorded files of other programs and of earlier versions of nbship."""
