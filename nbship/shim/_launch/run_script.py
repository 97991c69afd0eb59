"""The start of a script by its path on Kaggle: ``python run_script.py /kaggle/src/script.py ...``.

Python itself opens the file of a script before any module can translate its path. This program
runs it in its place, as ``__main__``: its ``__file__``, ``sys.argv``, ``sys.path[0]`` and
tracebacks have the path that the arguments give. It needs ``sitecustomize`` in its process.

Side effects: runs the script. Exit code: that of the script; 2 if it cannot be read, as Python's.
"""


def _run() -> None:
    import sys  # the script gets the names of this module, and finds none of its own

    del sys.argv[0]
    path = sys.argv[0]
    sys.path[0] = path.rpartition("/")[0]
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        sys.stderr.write(f"python: can't open file {path!r}: {error.strerror}\n")
        sys.exit(2)
    names = sys.modules["__main__"].__dict__
    for name in [name for name in names if name not in {"__builtins__", "__loader__", "__name__"}]:
        del names[name]
    names |= dict.fromkeys(("__cached__", "__doc__", "__package__", "__spec__"))
    names["__file__"] = path
    try:
        exec(compile(text, path, "exec", dont_inherit=True), names)  # noqa: S102 - it is the task
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - as Python, it tells of each and ends
        # The traceback is that of the script, without the frame of this function.
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        sys.excepthook(type(error), error.with_traceback(inner), inner)
        sys.exit(1)


_run()
