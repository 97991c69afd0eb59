"""The secrets that a rehearsed notebook may read, and the answer to its request for one.

The requests and answers are those of ``patches/kaggle_secrets.py`` of
https://github.com/Kaggle/docker-python.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbship.core.kaggle.redaction import forms_of

BY_LABEL = "/requests/GetUserSecretByLabelRequest"
_NOT_FOUND = 5  # a code of gRPC


@dataclass(frozen=True, slots=True)
class UserSecrets:
    """The values by label: real ones, which no output may show, and those that are made up."""

    real: Mapping[str, str] = field(default_factory=dict, repr=False)
    made_up: Mapping[str, str] = field(default_factory=dict)
    kernel_number: int = 0  # which an answer names

    @property
    def forms(self) -> tuple[bytes, ...]:
        """The forms in which output may show a real value, the longest first.

        A value of several lines is printed in lines, and an .ipynb has it as JSON escapes it.
        """
        texts = {
            text
            for value in self.real.values()
            for form in (value, *value.splitlines())
            for text in (form, json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1])
        }
        forms = {form for text in texts for form in forms_of(None, text)}
        return tuple(sorted(forms, key=len, reverse=True))


def given_secrets(
    labels: Iterable[str], known: bytes, owner: str, kernel_number: int | None = None
) -> UserSecrets:
    """Return the values of declared secrets; ``known`` is the file with those of each user.

    A label without a value in it gets one that is made up.

    Raises:
        ValueError: ``known`` is not an object from names of users to their secrets.
    """
    try:
        users = json.loads(known)
    except (ValueError, RecursionError):
        users = None
    values = users.get(owner, {}) if isinstance(users, dict) else None
    if not isinstance(values, dict):
        raise ValueError(  # noqa: TRY004 - of the file's content
            "it is not an object from the names of users to their secrets"
        )
    labels = tuple(dict.fromkeys(labels))
    real = {label: values[label] for label in labels if isinstance(values.get(label), str)}
    made_up = {label: f"made-up-{label}" for label in labels if label not in real}
    return UserSecrets(real, made_up, kernel_number or 0)


def answer(secrets: UserSecrets, path: str, request: Any) -> Mapping[str, Any]:
    """Return the answer to a request of kaggle_web_client."""
    label = request.get("Label") if isinstance(request, dict) else None
    secret = {**secrets.made_up, **secrets.real}.get(label) if isinstance(label, str) else None
    if path == BY_LABEL and secret is not None:
        return {"result": {"secret": secret}, "wasSuccessful": True}
    wanted = f" and label {label}" if path == BY_LABEL else ""
    message = f"No user secrets exist for kernel id {secrets.kernel_number}{wanted}."
    return {"errors": [message], "error": {"code": _NOT_FOUND}, "wasSuccessful": False}
