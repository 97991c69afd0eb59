"""nbship: notebooks in git as Python files, shipped to Kaggle by doit."""

__version__ = "0.1.0"
