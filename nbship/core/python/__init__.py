"""The Python in a cell: its tokens, IPython's syntax, and newer grammar than this Python's."""
