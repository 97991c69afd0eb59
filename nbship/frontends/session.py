"""The workspace of one command: opened on first use, and read once."""

import atexit
import os
import signal
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from nbship.edges.storage import files, state_files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace import sources
from nbship.errors import SourceError, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Catalogue, Context, Workspace

# File facts: so many new ones cost 5 ms to compute again, but writing the cache of a large
# workspace costs 30 ms.
_FEW = 32


class Session:
    """The data that the verbs of one command share."""

    def __init__(self, console: Console) -> None:
        """Start with nothing read; notices about damaged state files go to the console."""
        self.console = console
        state_files.listen(console.warning)

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace at or above the working folder.

        Raises:
            WorkspaceError: there is none, or its pyproject.toml is wrong; or the working folder was
                removed; or NBSHIP_OUTPUT is wrong.
        """
        _ = self.console.volume
        try:
            found = sources.open_workspace(Path.cwd())
        except FileNotFoundError:
            raise WorkspaceError(
                "the working folder does not exist any more", hint="Change to one that exists: cd"
            ) from None
        self.console.root = str(found.root)
        if os.path.lexists(found.path(found.layout.begun_adoption)):
            self.console.warning(
                "an adoption has not ended. If it was interrupted, take it back first: "
                "nbship adopt --undo"
            )
        return found

    @cached_property
    def catalogue(self) -> Catalogue:
        """The notebooks of the workspace.

        Raises:
            WorkspaceError: there is no workspace, or its pyproject.toml is wrong.
        """
        return self._notebooks[0]

    @property
    def left_out(self) -> Mapping[str, SourceError]:
        """By path, the sources that are not in the catalogue, and why.

        Raises:
            WorkspaceError: there is no workspace, or its pyproject.toml is wrong.
        """
        return self._notebooks[1]

    @cached_property
    def _notebooks(self) -> tuple[Catalogue, Mapping[str, SourceError]]:
        return sources.read_notebooks(self.workspace)

    @cached_property
    def pair_names(self) -> tuple[str, ...]:
        """The names of all pairs: of sources, of notebooks, and of pairs that lost one file.

        Raises:
            NbshipError: as for the catalogue.
        """
        from nbship.edges.workspace import pairs

        return pairs.pair_names(self.workspace, self.catalogue)

    @property
    def context(self) -> Context:
        """The argument of the verbs: workspace, catalogue and console.

        Raises:
            NbshipError: as for the catalogue.
        """
        return Context(self.workspace, self.catalogue, self.console)

    def keep_facts(self) -> None:
        """Keep the cached facts about files for the next command.

        Side effects: creates the folder .nbship/, and writes one file there at the process's exit.

        Raises:
            WorkspaceError: there is no workspace here, or the folder cannot be created.
        """
        files.make_folder(self.workspace.path(self.workspace.layout.state))
        atexit.register(cache_of(self.workspace).save, _FEW)
        # Called first: the command has ended, and Ctrl-C would only interrupt the writing.
        atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
