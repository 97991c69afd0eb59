"""A session of the local Kaggle: from the queue to its outputs."""
