"""The server of the environment: Kaggle, a local one, or an error in place of a surprise."""

import pytest

from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.server import server_of_environment
from nbship.edges.kaggle.session import Server
from nbship.errors import WorkspaceError

SECRET = "a-made-up-secret"  # noqa: S105


@pytest.mark.parametrize("value", [None, "", "PROD"])
def test_kaggle_is_the_server_without_a_word(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    if value is not None:
        monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", value)
    found = server_of_environment()
    assert found == Server("kaggle", "https://api.kaggle.com", Credentials(None, SECRET))
    assert found.is_kaggle
    assert found.uses_proxy
    assert SECRET not in repr(found)


def test_localhost_is_a_local_kaggle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    with pytest.raises(WorkspaceError, match="KAGGLE_USERNAME and KAGGLE_KEY are not set"):
        server_of_environment()
    monkeypatch.setenv("KAGGLE_USERNAME", "awa")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    found = server_of_environment()
    assert found == Server("local", "http://localhost", Credentials("awa", SECRET))
    assert not found.is_kaggle
    assert found.name == "the local Kaggle"


@pytest.mark.parametrize("value", ["TEST", "LOCAL", "localhost", "STAGING", "prod", " "])
def test_what_the_package_would_take_for_production_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", value)
    with pytest.raises(WorkspaceError) as error:
        server_of_environment()
    assert error.value.message.startswith(f"KAGGLE_API_ENVIRONMENT={value}: ")
