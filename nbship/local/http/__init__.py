"""The HTTP server of the local Kaggle and its handlers."""
