"""Modules that Kaggle's image has besides its packages; a run on Kaggle has them on its path."""
