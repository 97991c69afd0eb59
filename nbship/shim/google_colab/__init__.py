"""google.colab in a rehearsal, found by ``sitecustomize``: what works without Google, no more."""

from google.colab import auth, data_table, drive, files, output, runtime

__all__ = ["auth", "data_table", "drive", "files", "output", "runtime"]
