# %%
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///

# %% [markdown]
# # Is this machine ready?
#
# For a new member of the lab, and for an old one with a new laptop: what is there, what is
# missing, and the line to type. It only looks. Nothing is changed, and it works without a network.
#
# Here, or in a terminal: `python src_py/bootstrap_repos.py`

# %%
import platform
import sys
from pathlib import Path

from sahel.machine import git_answer, repo_around

# %% [markdown]
# ## The lab's repos
#
# They lie side by side in one folder. Add a new one here.

# %%
GITHUB = "https://github.com/ous-sow"
SIBLINGS = {
    "sahel-recordings": "the studio's takes, and who may use them",
    "sahel-lexicon": "word lists: Bambara, Fula, Hausa, Wolof",
    "sahel-voices": "the voices we have published",
}

OLDEST_PYTHON = (3, 11)
to_do = []

# %% [markdown]
# ## Python and git

# %%
print(f"Python   {platform.python_version()}")
if sys.version_info < OLDEST_PYTHON:
    to_do.append(f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or later")

version = git_answer("--version")
print(f"git      {version.removeprefix('git version ') if version else 'not found'}")
if version is None:
    to_do.append("install git")

# %%
identity = {"user.name": "Awa Diallo", "user.email": "awa@example.org"} if version else {}
for key, example in identity.items():
    value = git_answer("config", "--get", key)
    print(f"  {key:11s}{value or 'not set'}")
    if not value:
        to_do.append(f'git config --global {key} "{example}"   # with your own')

# %% [markdown]
# ## The repos beside this one

# %%
here = repo_around(Path.cwd())
if here is None:
    print("This folder is in no git repo, so there is no place to look for the others.")
    to_do.append("run this again in your clone of the workspace")
else:
    print(f"Beside {here.name}, in {here.parent}:")
    for name, purpose in SIBLINGS.items():
        there = (here.parent / name / ".git").exists()
        print(f"  {'present' if there else 'missing'}  {name:18s}{purpose}")
        if not there:
            to_do.append(f'git clone {GITHUB}/{name}.git "{here.parent / name}"')

# %% [markdown]
# ## What to do next

# %%
for step in to_do:
    print(f"  {step}")
print("Next: what is listed above, from the top." if to_do else "Ready. Next: doit list")
