"""The errors of google.colab."""


class Error(Exception):
    """Base of the errors of google.colab."""
