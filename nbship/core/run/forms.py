"""The forms by which a line of a log is recognized: a traceback begins, or a runner speaks."""

import re

TRACEBACK = "Traceback (most recent call last)"  # Python adds a colon, IPython does not
REMOTE = r"[\w.]*RemoteTraceback"  # a pattern: multiprocessing's and concurrent.futures' own error
# Lines of nbconvert and of the debugger, which surround every run and explain nothing.
RUNNER_LINE = re.compile(
    r"^\[NbConvertApp\] |^\d+\.\d+s - (?:Debugger warning|make the debugger|to python|Note: Debug)"
)
