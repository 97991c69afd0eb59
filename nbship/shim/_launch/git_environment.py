"""The variables with which git in a rehearsal finds no repository outside it, and no settings.

A stand-alone file of the standard library: the launcher imports it by its path.
"""

import os

__all__ = ["git_environment"]


def git_environment(folder: str, home: str) -> dict[str, str]:
    """Return the variables for git below ``folder``, that of the rehearsal, with the HOME ``home``.

    git looks for a repository in the folders above the working folder, and stops at a ceiling. A
    repository that the notebook makes in ``/kaggle/working``, or in ``/kaggle``, is below it. The
    settings are those that the notebook makes in its own HOME. git never asks at the terminal of
    the user. A list of ceilings cannot name a path with a colon: there it stops nothing.
    """
    ceilings = [folder, os.path.dirname(folder)]
    real = os.path.realpath(folder)
    if real != folder:
        ceilings += [real, os.path.dirname(real)]
    return {
        "GIT_CEILING_DIRECTORIES": os.pathsep.join(ceilings),
        "GIT_CONFIG_GLOBAL": os.path.join(home, ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
