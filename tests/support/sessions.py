"""Sessions on the local Kaggle, for tests."""

import requests

from tests.support.local_kaggle import DEADLINE, Server

SLEEP = "import time\nprint('asleep', flush=True)\ntime.sleep(1000)\n"
# Prints how a kernel and its client talk.
CONNECTION = (
    "import json\nfrom ipykernel import get_connection_info\n"
    "print(json.loads(get_connection_info())['transport'])\n"
)


def log_stream(server: Server, path: str) -> requests.Response:
    return server.session.get(
        f"{server.url}/api/v1/kernels/logs/stream/{path}",
        auth=("alice", server.key),
        stream=True,
        timeout=DEADLINE,
    )
