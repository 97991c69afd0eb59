"""Faults that a test orders from the local Kaggle, and the account of their effects."""
