"""The names of IPython's magics, as a kernel on Linux has them.

A test compares the table with the magics of the installed IPython, its extensions and ipykernel. It
also has names that only other versions know: Kaggle's IPython is older, and a name too many refuses
nothing.
"""

# Line magics, which run without a percent sign if they are the only line of a cell.
LINE_MAGICS = frozenset({
    "aimport", "alias", "alias_magic", "autoawait", "autocall", "automagic", "autoreload",
    "autosave", "bookmark", "cat",
    "cd", "clear", "code_wrap", "colors", "conda", "config", "connect_info", "cp", "debug",
    "dhist", "dirs", "doctest_mode", "ed", "edit", "env", "gui", "hist", "history",
    "killbgscripts", "ldir", "less", "lf", "lk", "ll", "load", "load_ext", "loadpy", "logoff",
    "logon", "logstart", "logstate", "logstop", "ls", "lsmagic", "lx", "macro", "magic",
    "mamba", "man", "matplotlib", "micromamba", "mkdir", "more", "mv", "notebook", "page",
    "pastebin", "pdb", "pdef", "pdoc", "pfile", "pinfo", "pinfo2", "pip", "popd", "pprint",
    "precision", "prun", "psearch", "psource", "pushd", "pwd", "pycat", "pylab", "qtconsole",
    "quickref", "recall", "rehashx", "reload_ext", "rep", "rerun", "reset", "reset_selective",
    "rm", "rmdir", "run", "save", "sc", "set_env", "store", "subshell", "sx", "system", "tb",
    "time", "timeit", "unalias", "unload_ext", "uv", "who", "who_ls", "whos", "xdel", "xmode",
})  # fmt: skip

# Cell magics below which there is Python that runs in the kernel itself.
CELLS_OF_PYTHON = frozenset({"capture", "debug", "prun", "time", "timeit"})
