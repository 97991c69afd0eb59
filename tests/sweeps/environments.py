"""The sweep of builds: the same sources in different environments give the same bytes.

The command: python -m tests.sweeps.environments --count 100 --seed 1

Each build has a folder, a hash seed, a time zone, a locale, a umask, file times, an order of
files, a number of processes and, with `--python` for each one in which nbship is installed, a
Python of its own. Ends with 1 if not all of them give the same bytes.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

COPIED = ("dodo.py", "pyproject.toml")
ZONES = ("UTC", "Asia/Tokyo", "Africa/Bamako", "America/St_Johns", "Pacific/Kiritimati")
LOCALES = ("C", "C.UTF-8", "POSIX", "tr_TR.UTF-8", "de_DE.UTF-8")
FOLDERS = ("lab", "a folder with blanks", "Ɓamako", "deep/deeper/deepest", "$HOME;'\"&")
UMASKS = (0o000, 0o022, 0o027, 0o077)


@dataclass(frozen=True, slots=True)
class Built:
    """One build: the digest over build/, the environment, and the output."""

    digest: str
    environment: str
    output: str


def build_once(folder: Path, seed: str, pythons: Sequence[str]) -> Built:
    """Copy the sources in a random order, build them, and return the result."""
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    workspace = folder / chance.choice(FOLDERS) / "lab"
    files = [path for path in (ROOT / "src_py").rglob("*") if path.suffix in {".py", ".R"}]
    files += [ROOT / name for name in COPIED]
    chance.shuffle(files)
    for file in files:
        copy = workspace / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
        moment = chance.randrange(2**31)
        os.utime(copy, (moment, moment))
    env = {
        "PYTHONHASHSEED": str(chance.randrange(2**32)),
        "TZ": chance.choice(ZONES),
        "LC_ALL": chance.choice(LOCALES),
    }
    python, jobs = chance.choice(pythons), str(chance.randrange(3))
    umask = chance.choice(UMASKS)
    done = subprocess.run(
        [python, "-m", "doit", "-n", jobs, "build"], cwd=workspace, umask=umask, check=False,
        env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace",
    )  # fmt: skip
    described = f"{python} -n {jobs} umask {umask:03o} {env} in {workspace.parent.name!r}"
    digest = digest_of(workspace / "build") if done.returncode == 0 else "failed"
    return Built(digest, described, done.stdout)


def digest_of(folder: Path) -> str:
    """Return a digest over the names and the bytes of all files at and below a folder."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = file.read_bytes()
        digest.update(f"{file.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def sweep(count: int, seed: int, pythons: Sequence[str]) -> list[Built]:
    """Build ``count`` times in temporary folders."""
    built = []
    start = time.monotonic()
    for number in range(count):
        with tempfile.TemporaryDirectory(prefix="nbship-sweep-") as folder:
            built.append(build_once(Path(folder), f"{seed}/{number}", pythons))
        if sys.stderr.isatty() or (number + 1) % 10 == 0:
            print(f"{number + 1} of {count} in {time.monotonic() - start:.0f} s", file=sys.stderr)
    return built


def main() -> int:
    """Build, print the number of digests, and return the exit code."""
    parser = argparse.ArgumentParser(description="Builds under varied environments.")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--python", action="append", dest="pythons", metavar="PATH",
        help="a Python in which nbship is installed (this one); may be given several times",
    )  # fmt: skip
    asked = parser.parse_args()
    built = sweep(asked.count, asked.seed, asked.pythons or [sys.executable])
    digests = {one.digest: one for one in built}
    for one in digests.values():
        print(f"{one.digest}  e.g. {one.environment}")
    print(f"{len(built)} builds, {len(digests)} digest{'' if len(digests) == 1 else 's'}")
    return 0 if len(digests) == 1 and "failed" not in digests else 1


if __name__ == "__main__":
    sys.exit(main())
