"""The doit tasks, made from the list of verbs.

The dodo.py of a workspace is ``from nbship.tasks import *``. doit orders and runs the tasks; the
verbs decide by content whether a task is up to date.
"""

from nbship import interrupts  # noqa: F401 - before all others: from here on, Ctrl-C is one line
from nbship.frontends import doit_adapter, doit_tasks
from nbship.frontends.doit_settings import DOIT_CONFIG
from nbship.frontends.verb_lists.daily import TASKS

_creators = {f"task_{name}": doit_tasks.creator_of(verb) for name, verb in TASKS.items()}
globals().update(_creators)
doit_adapter.attach()

__all__ = ["DOIT_CONFIG", *_creators]  # noqa: PLE0604 - doit finds the tasks by these names
