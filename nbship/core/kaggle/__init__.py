"""Kaggle's refusals and what to do about them, the retry policy, and the redaction of secrets."""
