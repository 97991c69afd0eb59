"""Virtual environments that a test can change."""

import subprocess
import sys
from pathlib import Path

RUN = "from nbship.cli import main; main()"  # the nbship command, of any Python


def make_venv(folder: Path) -> Path:
    """Make a virtual environment with the packages of this one, and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    [ours] = [path for path in sys.path if path.endswith("site-packages")]
    # addsitedir, for our own .pth files to count.
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return folder / "bin" / "python"
