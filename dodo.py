"""The tasks of this workspace; `doit list` shows them, `doit help TASK` explains one."""

from nbship.tasks import (  # noqa: F401 - doit finds the tasks by their names
    DOIT_CONFIG,
    task_build,
    task_check,
    task_push,
    task_ship,
    task_smoke,
    task_sync,
    task_watch,
)
