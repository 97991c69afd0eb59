"""The embedded Kaggle: a real server for the unmodified client, knowing nothing of nbship."""
