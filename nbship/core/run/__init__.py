"""A run on Kaggle: its log, the names of its outputs, and the policy for watching it."""
