"""Requests to Kaggle, or to a server that speaks its protocol."""
