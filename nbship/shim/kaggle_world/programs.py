"""The programs that a notebook starts: their arguments and folders get the real paths.

An argument that is a path below ``/kaggle``, also after ``option=``, is translated. So is each
path in the text of a shell command. The other text of a command is not changed, and nothing is if
the real path has a character that a shell could read as something else. A command that takes the
path as a mere text, such as ``grep /kaggle/input script.py``, is therefore changed too.

Python programs, which load this package, see the paths of Kaggle in their arguments again.

Side effects: replaces functions until the process ends.
"""

from __future__ import annotations

import os

from kaggle_world.read_only import written
from kaggle_world.replacement import replace

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from kaggle_world.paths import World

    _Function = Callable[..., Any]

SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})
# A path begins where a word, a quoted text, a value or a file of a redirection does.
_BEFORE = r"(?<![^\s'\"=:<>(`&;])"
_AFTER = r"(?![^/\s'\")`:;,&|<>*?])"
_NO_MARKS = dict.fromkeys(map(ord, "-_.+"))
_PLAIN = r"[\w./+@%-]*"  # inside and outside of quotes, these mean themselves to a shell


class Programs:
    """The functions that replace those of Python, for one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def arguments(self, arguments: Sequence[Any]) -> list[Any]:
        """Return the arguments of a program, its name first, with real paths."""
        made, is_shell, is_command = [], False, False
        for argument in arguments:
            made.append(self._command(argument) if is_command else self._argument(argument))
            is_command = is_shell and _is_command_option(argument)
            is_shell = is_shell or _name_of(argument) in SHELLS  # perhaps behind `env` or `timeout`
        return made

    def _argument(self, argument: Any) -> Any:
        real = self.world.translate(argument)
        if real is not argument or not isinstance(argument, str | bytes):
            return real
        text = os.fsdecode(argument)
        option, equals, value = text.partition("=")
        there = self.world.translate(value) if _is_option(option) else value
        if there is value:
            return argument
        made = f"{option}{equals}{there}"
        return os.fsencode(made) if isinstance(argument, bytes) else made

    def _command(self, text: Any) -> Any:
        if isinstance(text, bytes):
            return os.fsencode(self.command(os.fsdecode(text)))
        return self.command(text) if isinstance(text, str) else text

    def command(self, text: str) -> str:
        """Return the text of a shell command with real paths."""
        import re

        for mount, folder in self.world.mounts.items():
            if mount in text and re.fullmatch(_PLAIN, folder, re.ASCII):
                text = re.sub(f"{_BEFORE}{re.escape(mount)}{_AFTER}", folder, text)
        return text

    # --- functions of os and subprocess ---

    def executor(self, function: _Function) -> _Function:
        """Wrap ``os.execv`` and the like, whose arguments are a program, its arguments and more."""

        def translated(path: Any, args: Any, *more: Any, **kwargs: Any) -> Any:
            return self._start(function, path, args, *more, **kwargs)

        return translated

    def spawner(self, function: _Function) -> _Function:
        """Wrap ``os.posix_spawn``, whose ``file_actions`` may open files."""

        def translated(path: Any, argv: Any, env: Any, **kwargs: Any) -> Any:
            actions = kwargs.get("file_actions")
            if actions:
                kwargs["file_actions"] = [self._action(tuple(action)) for action in actions]
            return self._start(function, path, argv, env, **kwargs)

        return translated

    def _start(self, function: _Function, path: Any, argv: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self.world.translate(path), self.arguments(argv), *args, **kwargs)
        except OSError as error:
            if error.filename is not None:
                error.filename = written(path)
            raise

    def _action(self, action: tuple[Any, ...]) -> tuple[Any, ...]:
        if action[:1] != (os.POSIX_SPAWN_OPEN,):
            return action
        kind, descriptor, path, *more = action
        return (kind, descriptor, self.world.translate(path), *more)

    def shell_caller(self, function: _Function) -> _Function:
        """Wrap ``os.system``."""

        def translated(command: Any) -> Any:
            return function(self._command(command))

        return translated

    def forker(self, function: _Function) -> _Function:
        """Wrap the function with which subprocess starts every program."""

        def translated(
            args: Any, executables: Any, close: Any, pass_fds: Any, cwd: Any, *more: Any
        ) -> Any:
            programs = [self.world.translate(program) for program in executables]
            real = self.world.translate(cwd)
            return function(self.arguments(args), programs, close, pass_fds, real, *more)

        return translated


def install(world: World) -> Programs:
    """Replace the functions of os, so that they use a world until this process ends."""
    programs = Programs(world)
    for names, wrap in (
        (("execv", "execve"), programs.executor),
        (("posix_spawn", "posix_spawnp"), programs.spawner),
        (("system",), programs.shell_caller),
    ):
        for name in names:
            replace(name, wrap)
    return programs


def _name_of(program: Any) -> str:
    try:
        return os.path.basename(os.fsdecode(program))
    except TypeError:
        return ""


def _is_option(text: str) -> bool:
    """Return whether a text may be the name of an option: ``--in``, ``of``, ``train.data``."""
    return text.translate(_NO_MARKS).isalnum()


def _is_command_option(argument: Any) -> bool:
    """Return whether the next argument of a shell is its command: ``-c``, ``-lc``."""
    try:
        text = os.fsdecode(argument)
    except TypeError:
        return False
    return text.startswith("-") and not text.startswith("--") and text.endswith("c")
