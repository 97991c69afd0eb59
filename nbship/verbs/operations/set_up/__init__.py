"""What the verbs that set up a workspace share."""
