"""The embedded Kaggle: an HTTP server for unmodified Kaggle clients, independent of nbship."""
