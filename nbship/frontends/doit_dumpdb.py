"""`doit dumpdb` for a workspace: a plugin, because doit's command reads no JSON and no dodo.py."""

import dbm
import sys
from contextlib import suppress
from pathlib import Path
from pprint import pformat
from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.cmd_dumpdb import DumpDB
from doit.exceptions import InvalidDodoFile

from nbship.frontends import doit_database


class DumpDatabase(DoitCmdBase):  # type: ignore[misc]  # doit ships no types
    """The dumpdb command, with the database of the dodo.py and with support for JSON."""

    name = "dumpdb"
    doc_purpose = DumpDB.doc_purpose
    doc_usage = ""
    cmd_options = ()

    def execute(self, opt_values: Any, pos_args: list[str]) -> int:
        """Print each task in doit's database with its entry."""
        with suppress(InvalidDodoFile):  # the command works without a dodo.py
            self.loader.setup(opt_values)
            opt_values.update_defaults(self.loader.load_doit_config())
        path = opt_values["dep_file"]
        if opt_values["backend"] == "json":
            entries = doit_database.read(Path(path))
            for task, facts in (entries or {}).items():
                sys.stdout.write(f"{task} -> {pformat(facts, indent=4, width=100)}\n")
            if entries is None:
                sys.stdout.write(f"there is no database {path} yet\n")
        elif dbm.whichdb(path) is None:
            sys.stdout.write(f"there is no database {path} yet\n")
        else:
            DumpDB(config=self.config).execute(opt_values, pos_args)
        return 0
