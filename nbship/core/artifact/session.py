"""The session line: what the log of a run on Kaggle begins with, printed by the artifact.

It tells the number of the session, which nothing but code inside the run can find out, the image,
the version of the language and the accelerator that was found; ``core/run/session_line`` reads it.
The code prints nothing where the session has no number: in a rehearsal, on Colab, on any other
machine. It never fails a run, leaves no name behind, and starts a program only where a GPU has no
entry in /proc.

Facts about Kaggle: KAGGLE_CONTAINER_NAME is ``kaggle_QLKaLNVAIohcv9mw-352993764-webtier``, with the
number of the session in the middle; KAGGLE_DOCKER_IMAGE is the image; a session with a TPU has
TPU_ACCELERATOR_TYPE or ISTPUVM.
"""

import re

from nbship.core.source.language import R, language_of
from nbship.model.notebook import Cell

SESSION_TAG = "nbship-session"
_TITLE = "# Prints the first line of the log on Kaggle. nbship stop takes the session from it."
HIDDEN = "_kg_hide-input"  # Kaggle's key for a cell whose code is folded
_PYTHON = r"""
def _session():
    import glob
    import os
    import re
    import subprocess
    import sys

    found = re.search(r"-0*([1-9][0-9]*)-[^-]*$", os.environ.get("KAGGLE_CONTAINER_NAME", ""))
    if found is None or __name__ != "__main__":
        return
    image = "".join(os.environ.get("KAGGLE_DOCKER_IMAGE", "").split()) or "unknown"
    try:
        names = []
        for path in glob.glob("/proc/driver/nvidia/gpus/*/information"):
            with open(path) as file:
                names += re.findall(r"Model:\s*(\S.*)", file.read())
        if not names and glob.glob("/dev/nvidia[0-9]*"):
            command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
            answer = subprocess.run(command, stdout=-1, stderr=-3, timeout=20, check=True)
            names = answer.stdout.decode().splitlines()
        kind = os.environ.get("TPU_ACCELERATOR_TYPE", "")
        if not names and (kind or "ISTPUVM" in os.environ):
            names = [("TPU " + kind).strip()]
        names = [" ".join(name.split()) for name in names]
        accelerator = ", ".join(
            ("%d x %s" % (names.count(name), name)) if names.count(name) > 1 else name
            for name in sorted(set(names))
        )
    except Exception:
        accelerator = "unknown"
    print(
        "nbship: session %s, image %s, Python %d.%d.%d, accelerator %s"
        % (found.group(1), image, *sys.version_info[:3], accelerator or "none"),
        flush=True,
    )


try:
    _session()
except Exception:
    pass
del _session
"""
_R = r"""
local(invisible(tryCatch(suppressWarnings({
  name <- Sys.getenv("KAGGLE_CONTAINER_NAME")
  session <- regmatches(name, regexec("-0*([1-9][0-9]*)-[^-]*$", name))[[1]]
  if (length(session) == 2) {
    image <- gsub("[[:space:]]", "", Sys.getenv("KAGGLE_DOCKER_IMAGE"))
    accelerator <- tryCatch({
      lines <- unlist(lapply(Sys.glob("/proc/driver/nvidia/gpus/*/information"), readLines))
      names <- sub("^Model:[[:space:]]*", "", grep("^Model:", lines, value = TRUE))
      if (length(names) == 0) names <- rep("GPU", length(Sys.glob("/dev/nvidia[0-9]*")))
      many <- table(names)
      paste0(ifelse(many > 1, paste(many, "x "), ""), names(many), collapse = ", ")
    }, error = function(e) "unknown")
    cat(sprintf("nbship: session %s, image %s, R %s, accelerator %s\n",
      session[2], if (image == "") "unknown" else image, as.character(getRversion()),
      if (accelerator == "") "none" else accelerator))
  }
}), error = function(e) NULL)))
"""
# In a script, the line above it and the blank line below; in the cell of a bundle, the blank lines.
_CODE = re.compile(
    rf'^(?P<own># %% tags=\["{SESSION_TAG}"\]\n)?{re.escape(_TITLE)}\n'
    r"(?:(?!# %%).*\n)*?del _session\n(?(own)\n?|\n*)",
    re.MULTILINE,
)


def session_code(path: str) -> str:
    """Return the code that prints the line, in the language of a source."""
    return _TITLE + (_R if language_of(path) == R else _PYTHON).rstrip("\n")


def session_cell(path: str) -> Cell:
    """Return the cell that prints the line; Kaggle's page shows it folded."""
    metadata = {HIDDEN: True, "tags": [SESSION_TAG]}
    return Cell("code", session_code(path), metadata, line=None)


def with_session(cell: Cell, path: str) -> Cell:
    """Return a generated cell that prints the line before it does its own work."""
    metadata = {HIDDEN: True, **cell.metadata}
    return Cell(cell.kind, f"{session_code(path)}\n\n\n{cell.text}", metadata, line=None)


def without_session(text: str) -> str:
    """Return the text of a generated cell, or of a script, without the code of the line."""
    return _CODE.sub("", text, count=1) if has_session_line(text) else text


def has_session_line(text: str) -> bool:
    """Return whether a version, the text of a notebook or a script, has the code of the line."""
    return "nbship: session %s, image %s" in text
