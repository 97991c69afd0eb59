"""The texts by which Python, IPython and multiprocessing begin a traceback."""

TRACEBACK = "Traceback (most recent call last)"  # Python adds a colon, IPython does not
REMOTE = r"[\w.]*RemoteTraceback"  # a pattern: multiprocessing's and concurrent.futures' own error
