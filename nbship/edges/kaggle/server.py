"""The server that the environment selects, by the rules of the kaggle package.

Side effects: reads environment variables and credentials; see ``credentials`` and ``oauth``.
"""

import os

from nbship.edges.kaggle.credentials import find_credentials, local_credentials
from nbship.edges.kaggle.oauth import log_in
from nbship.edges.kaggle.session import Server
from nbship.errors import WorkspaceError

KAGGLE_ENDPOINT = "https://api.kaggle.com"


def server_of_environment() -> Server:
    """Return the server that the environment selects.

    Raises:
        WorkspaceError: there are no credentials, or KAGGLE_API_ENVIRONMENT has a value that the
            kaggle package silently treats as production.
    """
    environment = os.environ.get("KAGGLE_API_ENVIRONMENT", "")
    if environment == "LOCALHOST":
        return Server("local", "http://localhost", local_credentials())
    if environment not in {"", "PROD"}:
        raise WorkspaceError(
            f"KAGGLE_API_ENVIRONMENT={environment}: the kaggle package treats this as production",
            hint="Unset it; for a local Kaggle, set all variables that 'nbship local env' prints.",
        )
    credentials = find_credentials(lambda: log_in("kaggle", KAGGLE_ENDPOINT))
    return Server("kaggle", KAGGLE_ENDPOINT, credentials)
