"""What nbship tells the package: the file that ``NBSHIP_COLAB`` names. It is read once."""

import json
import os
from functools import cache
from typing import Any

FACTS = "NBSHIP_COLAB"


@cache
def read() -> dict[str, Any]:
    """Return the facts.

    ``userdata`` are the values of the header, ``samples`` is the folder with the files of Drive and
    of uploads, ``drive`` the folder that keeps Drive while it is not mounted, ``world`` the folder
    that no mount leaves, ``content`` the folder in place of /content. The keys with ``shown`` in
    their names have paths for messages.
    """
    with open(os.environ[FACTS], encoding="utf-8") as file:
        return dict(json.load(file))
