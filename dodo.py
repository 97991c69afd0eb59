"""The tasks of this workspace; `doit list` shows them, `doit help TASK` explains one."""

from nbship.tasks import *  # noqa: F403 - the tasks of today, whatever their names
