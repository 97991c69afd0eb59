"""The state of the local Kaggle on disk."""
