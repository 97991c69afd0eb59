"""Kaggle's protocol: routes, validation and encoding. Pure: no database, no network."""
