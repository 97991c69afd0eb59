"""The services of the local Kaggle: the methods of the API, one module for each service."""
