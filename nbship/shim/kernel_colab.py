"""An IPython extension for the kernel of a Colab notebook: code finds out that it is on Colab.

On Colab the kernel has imported google.colab, and its shell is ``google.colab._shell.Shell``: code
asks for ``"google.colab" in sys.modules`` or ``"google.colab" in str(get_ipython())``.

Side effects: imports google.colab, and changes the class of the shell.
"""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Make the shell look like Colab's."""
    import google.colab  # noqa: F401 - it is there from now on

    shell.__class__ = type("Shell", (type(shell),), {"__module__": "google.colab._shell"})
