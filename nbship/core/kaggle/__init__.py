"""Kaggle's messages, the retry policy, and the redaction of secrets."""
