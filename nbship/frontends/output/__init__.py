"""What the larger verbs print, one file each."""
