"""The services of the local Kaggle, one module for each."""
