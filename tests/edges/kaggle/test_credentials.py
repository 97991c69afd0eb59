"""Credentials: every form, in the order of the kaggle package, and no secret in a message."""

import json
import os
from pathlib import Path

import pytest

from nbship.edges.kaggle.credentials import Credentials, find_credentials, local_credentials
from nbship.errors import WorkspaceError

TOKEN = "KGAT_from_the_environment"  # noqa: S105 - made up, as all here


def lay(path: str, text: str | bytes) -> Path:
    """Write a file below the home folder."""
    file = Path.home() / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def key(user: str, word: str) -> str:
    return json.dumps({"username": user, "key": word})


def test_nothing_on_this_machine_says_what_to_do() -> None:
    with pytest.raises(WorkspaceError, match="no Kaggle credentials on this machine") as error:
        find_credentials()
    assert "KAGGLE_API_TOKEN" in error.value.hint


def test_the_order_is_that_of_the_kaggle_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step adds a form that takes precedence over all forms before it."""
    lay(".config/kaggle/kaggle.json", key("xdg", "1"))
    assert find_credentials() == Credentials("xdg", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.home() / "conf"))
    lay("conf/kaggle/kaggle.json", key("conf", "2"))
    assert find_credentials() == Credentials("conf", "2")
    lay(".kaggle/kaggle.json", key("old", "3"))
    assert find_credentials() == Credentials("old", "3")
    lay("elsewhere/kaggle.json", key("given", "4"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(Path.home() / "elsewhere"))
    assert find_credentials() == Credentials("given", "4")
    monkeypatch.setenv("KAGGLE_USERNAME", "env")
    assert find_credentials() == Credentials("given", "4")  # a name alone is none
    monkeypatch.setenv("KAGGLE_KEY", "5")
    assert find_credentials() == Credentials("env", "5")
    lay(".kaggle/access_token.txt", "6\n")
    assert find_credentials() == Credentials(None, "6")
    lay(".kaggle/access_token", " 7 \r\n")
    assert find_credentials() == Credentials(None, "7")
    file = lay("token", "8\n")
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(file))
    assert find_credentials() == Credentials(None, "8")
    monkeypatch.setenv("KAGGLE_API_TOKEN", f" {TOKEN}\n")
    assert find_credentials() == Credentials(None, TOKEN)


def test_an_old_folder_without_a_key_hides_the_new_one() -> None:
    """The kaggle package looks only into the old folder, too."""
    lay(".config/kaggle/kaggle.json", key("xdg", "1"))
    (Path.home() / ".kaggle").mkdir()
    with pytest.raises(WorkspaceError, match="no Kaggle credentials"):
        find_credentials()


@pytest.mark.parametrize("text", ["", "\n", " \t\r\n"])
def test_an_empty_file_holds_no_token(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    lay(".kaggle/access_token", text)
    with pytest.raises(WorkspaceError, match="no Kaggle credentials"):
        find_credentials()
    lay(".kaggle/access_token.txt", "second")
    assert find_credentials() == Credentials(None, "second")
    # If the named file is empty, no other file replaces it.
    monkeypatch.setenv("KAGGLE_API_TOKEN", str(lay("empty", text)))
    with pytest.raises(WorkspaceError, match="no Kaggle credentials"):
        find_credentials()


@pytest.mark.parametrize("word", ["a" * 300, "a" * 5000, "a/" * 3000])
def test_a_long_token_is_no_file_name(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Tokens of an OAuth log-in are longer than a file's name may be."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", word)
    assert find_credentials() == Credentials(None, word)


@pytest.mark.parametrize(
    "text",
    ["first line\nsecond line", "two words", "\x1b[31mscarlet", "clé-secrète", b"\xff\xfe", "a\0b"],
)
def test_a_token_that_no_header_can_carry_is_refused_unseen(text: str | bytes) -> None:
    lay(".kaggle/access_token", text)
    with pytest.raises(WorkspaceError, match="not an access token") as error:
        find_credentials()
    for word in ("first", "second", "words", "scarlet", "secr", "a\0b"):
        assert word not in str(error.value) + error.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "{",
        "[]",
        '["username", "key"]',
        '"username key"',
        "3",
        "null",
        "{}",
        '{"username": "a-very-secret-user"}',
        '{"key": "a-very-secret-key"}',
        '{"username": null, "key": "a-very-secret-key"}',
        '{"username": "", "key": "a-very-secret-key"}',
        '{"username": "awa", "key": ""}',
        '{"username": "awa", "key": ["a-very-secret-key"]}',
        '{"username": 1, "key": "a-very-secret-key"}',
        b"\xff\xfe{",
        pytest.param("[" * 200_000, id="deep"),
    ],
)
def test_a_kaggle_json_that_is_none_is_refused_unseen(text: str | bytes) -> None:
    file = lay(".kaggle/kaggle.json", text)
    with pytest.raises(WorkspaceError) as error:
        find_credentials()
    assert error.value.message == f"{file} is not a Kaggle API key"
    assert "Download it again" in error.value.hint
    assert "very-secret" not in str(error.value)


def test_what_cannot_be_read_is_told() -> None:
    (Path.home() / ".kaggle/kaggle.json").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match=r"cannot read .*kaggle\.json"):
        find_credentials()


@pytest.mark.parametrize("user", ["awa", None])
def test_a_secret_is_never_shown(user: str | None) -> None:
    credentials = Credentials(user, "hush-hush")
    assert "hush" not in repr(credentials) + str(credentials) + f"{[credentials]}"


def test_a_local_kaggle_never_gets_a_real_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a key in the environment is used: files and tokens may be real ones."""
    lay(".kaggle/kaggle.json", key("real", "1"))
    lay(".kaggle/access_token", "2")
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    with pytest.raises(WorkspaceError, match="KAGGLE_USERNAME and KAGGLE_KEY") as error:
        local_credentials()
    assert "nbship local env" in error.value.hint
    monkeypatch.setenv("KAGGLE_USERNAME", "awa")
    monkeypatch.setenv("KAGGLE_KEY", "made up")
    assert local_credentials() == Credentials("awa", "made up")


@pytest.mark.parametrize(
    ("path", "text"),
    [(".kaggle/access_token", TOKEN), (".kaggle/kaggle.json", key("awa", "a-key"))],
)
def test_a_file_that_others_can_read_is_taken_with_a_warning(path: str, text: str) -> None:
    file = lay(path, text)
    file.chmod(0o640)
    assert (
        find_credentials().warning == f"{file} is readable by other users: run 'chmod 600 {file}'"
    )
    file.chmod(0o600)
    assert find_credentials().warning == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [(".kaggle/access_token", TOKEN), (".kaggle/kaggle.json", key("awa", "a-key"))],
)
def test_a_file_of_another_user_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, path: str, text: str
) -> None:
    file = lay(path, text)
    if os.geteuid() == 0:
        os.chown(file, 4711, -1)
    else:  # only root can give a file away: let another user read it
        monkeypatch.setattr("os.geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(WorkspaceError, match="belongs to another user") as error:
        find_credentials()
    assert "chown" in error.value.hint


def test_a_session_on_kaggle_has_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    monkeypatch.setenv("KAGGLE_API_V1_TOKEN", str(lay("v1-token", "the-token-of-the-session")))
    assert find_credentials() == Credentials(None, TOKEN)
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Batch")
    monkeypatch.setenv("KAGGLE_DATA_PROXY_URL", "https://example.org")
    assert find_credentials() == Credentials(None, "the-token-of-the-session")
