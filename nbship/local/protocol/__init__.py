"""Kaggle's protocol: routes, validation and encoding, without state or network."""
