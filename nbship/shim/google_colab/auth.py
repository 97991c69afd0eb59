"""The user's Google account, which a rehearsal does not have: code that uses it fails."""

__all__ = ["authenticate_service_account", "authenticate_user"]


def authenticate_user(
    clear_output: bool = True,
    project_id: str | None = None,
) -> None:
    """Say that there is no account."""
    print("auth.authenticate_user(): a rehearsal has no Google account")


def authenticate_service_account(
    clear_output: bool = True,
) -> None:
    """Say that there is no account."""
    print("auth.authenticate_service_account(): a rehearsal has no Google account")
