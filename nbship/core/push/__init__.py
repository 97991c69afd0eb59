"""The decisions of a push: the guards, the plan, and the record of what happened."""
