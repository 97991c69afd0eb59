"""The decisions of a push: the guards, and the record of what happened."""
