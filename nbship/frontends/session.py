"""The workspace of one command: opened when it is first needed, and read once."""

import atexit
from functools import cached_property
from pathlib import Path

from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace import sources
from nbship.frontends.console import Console
from nbship.model.workspace import Catalogue, Context, Workspace

_FEW = 32  # facts about files: 5 ms to find again, and of a large workspace 30 ms to write


class Session:
    """What the verbs of one command share."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace at or above the working folder.

        Raises:
            WorkspaceError: there is none, or its pyproject.toml is wrong.
        """
        return sources.open_workspace(Path.cwd())

    @cached_property
    def catalogue(self) -> Catalogue:
        """The notebooks.

        Raises:
            SourceError: a notebook has a name that means something else elsewhere.
            WorkspaceError: the workspace or a source cannot be read.
        """
        return sources.read_catalogue(self.workspace)

    @cached_property
    def pair_names(self) -> tuple[str, ...]:
        """The names of what can be paired: of sources, of notebooks, of what was one of them.

        Raises:
            NbshipError: as for the catalogue.
        """
        from nbship.edges.workspace import pairs

        return pairs.pair_names(self.workspace, self.catalogue)

    @property
    def context(self) -> Context:
        """What the verbs are given.

        Raises:
            NbshipError: as for the catalogue.
        """
        return Context(self.workspace, self.catalogue, self.console)

    def keep_facts(self) -> None:
        """Keep what is known of the files for the next command.

        Side effects: makes the folder .nbship/, and writes one file there when this process ends.

        Raises:
            WorkspaceError: there is no workspace here, or the folder cannot be made.
        """
        files.make_folder(self.workspace.path(self.workspace.layout.state))
        atexit.register(cache_of(self.workspace).save, _FEW)
