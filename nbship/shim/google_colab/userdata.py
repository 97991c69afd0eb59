"""Secrets: the values that the header declares for a rehearsal."""

from google.colab import errors, facts


class NotebookAccessError(Exception):
    """The notebook may not read a secret."""


class SecretNotFoundError(errors.Error):  # type: ignore[misc] # mypy does not find it
    """There is no secret of a name."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Secret {key} does not exist in the rehearsal. Declare a value that is no real "
            f'secret, in the header: [tool.nbship.smoke] userdata = {{ {key} = "..." }}'
        )


class TimeoutException(errors.Error):  # type: ignore[misc] # mypy does not find it
    """Nobody answered the request for a secret."""


def get(key: str) -> str:
    """Return the value of a secret.

    Raises:
        SecretNotFoundError: the header declares none.
    """
    if len(str(key).split()) != 1:
        raise ValueError(f"{key!r} is not the name of a secret")
    try:
        return str(facts.read()["userdata"][key])
    except KeyError:
        raise SecretNotFoundError(key) from None
