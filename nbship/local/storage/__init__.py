"""Storage of the local Kaggle: the state folder, the database, datasets and uploads."""
