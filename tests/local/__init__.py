"""Tests of the embedded Kaggle, with the stock command line and with plain requests."""
