"""google.colab in a rehearsal: what works, where its files are, and what stays outside.

Code runs in a new process, in the environment of the rehearsal of a Colab notebook.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbship.edges.rehearsal import colab
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders, clean_environment
from nbship.model.workspace import Workspace
from nbship.shim._launch import launcher, world_request


@dataclass(frozen=True, slots=True)
class World:
    """A rehearsal of a Colab notebook in a workspace."""

    workspace: Workspace
    folders: KaggleFolders

    def evaluate(self, expressions: list[str], start: str = "") -> list[str]:
        """Evaluate expressions in one process; an exception gives its type and its text."""
        code = (
            "import os, pathlib, subprocess, sys\n"
            f"{start}\n"
            f"for text in {expressions!r}:\n"
            "    try:\n"
            "        print(repr(eval(text)).replace(os.environ['KAGGLE_WORLD'], 'WORLD'))\n"
            "    except Exception as error:\n"
            "        print(f'{type(error).__name__}: {error}')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60,
            cwd=self.folders.working, env=self.environment(), check=False,
        )  # fmt: skip
        assert done.stderr == ""
        return done.stdout.splitlines()

    def environment(self) -> dict[str, str]:
        plain = launched(self.folders)
        measured = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
        userdata = {"HF_TOKEN": "made-up"}
        folders, seen = self.folders, (self.folders.folder, self.folders.working)
        return measured | colab.as_on_colab(plain, folders, self.workspace, userdata, seen)


def launched(folders: KaggleFolders, *, is_colab: bool = True) -> dict[str, str]:
    """Return the environment in which the launcher starts a program in the shim."""
    request = world_request.Request(
        "shim", str(folders.folder), str(folders.root), str(folders.home), str(folders.temp), [],
        clean_environment(), {}, [], [], is_colab=is_colab,
    )  # fmt: skip
    return launcher.world_environment(request, world_request.places_of(request))


@pytest.fixture
def world(tmp_path: Path) -> World:
    top = tmp_path / ".nbship/smoke/one"
    folders = KaggleFolders(top / "kaggle", top / "home", top / "tmp")
    for folder in (folders.working, folders.home, folders.temp):
        folder.mkdir(parents=True)
    for path, text in (("drive/data/a.txt", "drive"), ("upload/b.txt", "upload")):
        sample = tmp_path / "tests/inputs/colab" / path
        sample.parent.mkdir(parents=True)
        sample.write_text(text, encoding="utf-8")
    return World(Workspace(tmp_path, tmp_path / "tests/inputs"), folders)


IMPORTS = "from google.colab import auth, data_table, drive, files, output, runtime, userdata"


def test_what_colab_offers_works_in_the_folder_of_the_rehearsal(world: World) -> None:
    table = {
        "drive.mount('/content/drive')": ["Mounted at /content/drive", "None"],
        "open('/content/drive/MyDrive/data/a.txt').read()": ["'drive'"],
        "open('drive/My Drive/data/a.txt').read()": ["'drive'"],
        "open('/content/drive/MyDrive/new.txt', 'w').write('x')": ["1"],
        "drive.mount('/content/drive', force_remount=True)": ["Mounted at /content/drive", "None"],
        "drive.flush_and_unmount()": ["None"],
        "os.listdir('/content/drive')": ["[]"],
        "drive.mount('/gdrive')": ["Mounted at /gdrive", "None"],
        "sorted(os.listdir('/gdrive/MyDrive'))": ["['data', 'new.txt']"],
        "subprocess.check_output([sys.executable, '-c', 'import os; print(os.listdir(\"/gdrive"
        "/MyDrive/data\"))'])": ["b\"['a.txt']\\n\""],
        "os.environ.get('KAGGLE_KERNEL_RUN_TYPE'), os.path.exists('/kaggle')": ["(None, False)"],
        "userdata.get('HF_TOKEN')": ["'made-up'"],
        "userdata.get('')": ["ValueError: '' is not the name of a secret"],
        "files.upload()": ["Saving b.txt to b.txt", "{'b.txt': b'upload'}"],
        "files.upload('up')": ["Saving b.txt to up/b.txt", "{'up/b.txt': b'upload'}"],
        "files.upload_file('c.txt')": ["None"],
        "list(files.upload())": ["Saving b.txt to b (1).txt", "['b (1).txt']"],
        "open('/content/c.txt').read()": ["'upload'"],
        "files.download('c.txt')": [
            "files.download(): .nbship/smoke/one/kaggle/working/c.txt", "None",
        ],
        "files.view('/content/c.txt')": [
            "files.view(): .nbship/smoke/one/kaggle/working/c.txt", "None",
        ],
        "files.view(sys.executable) or 1": [f"files.view(): {sys.executable}", "1"],
        "files.download('/content/none')": ["FileNotFoundError: Cannot find file: /content/none"],
        "auth.authenticate_user()": [
            "auth.authenticate_user(): a rehearsal has no Google account", "None",
        ],
        "auth.authenticate_service_account()": [
            "auth.authenticate_service_account(): a rehearsal has no Google account", "None",
        ],
        "output.eval_js('1 + 1')": ["None"],
        "output.register_callback('f', print), output.no_vertical_scroll()": ["(None, None)"],
        "output.enable_custom_widget_manager(), output.disable_custom_widget_manager()": [
            "(None, None)"
        ],
        "output.serve_kernel_port_as_window(1), output.serve_kernel_port_as_iframe(1)": [
            "(None, None)"
        ],
        "output.use_tags('x').__enter__()": ["None"],
        "data_table.DataTable(3), data_table.enable_dataframe_formatter()": ["(3, None)"],
        "data_table.disable_dataframe_formatter()": ["None"],
        "runtime.unassign()": ["runtime.unassign(): Colab ends the machine here", "None"],
        "__import__('google.protobuf').__name__": ["'google'"],
        "__import__('google.colab.sheets')": [
            "ModuleNotFoundError: No module named 'google.colab.sheets'"
        ],
    }  # fmt: skip
    expected = [line for lines in table.values() for line in lines]
    assert world.evaluate(list(table), IMPORTS) == expected


def test_a_secret_that_is_not_declared_says_how_to_declare_it(world: World) -> None:
    (line,) = world.evaluate(["userdata.get('WANDB')"], IMPORTS)
    assert line.startswith("SecretNotFoundError: Secret WANDB does not exist in the rehearsal.")
    assert line.endswith('in the header: [tool.nbship.smoke] userdata = { WANDB = "..." }')


def test_no_mount_leaves_the_folder_of_the_rehearsal(world: World, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("x", encoding="utf-8")
    (world.folders.working / "link").symlink_to(outside)
    (world.folders.working / "full").mkdir()
    (world.folders.working / "full/a").touch()
    far = "is outside the rehearsal, and has files"
    point = "ValueError: The mount point"
    table = {
        "drive.mount('/content/link/drive')": f"{point} /content/link/drive {far}",
        "drive.mount('/content/link')": f"{point} /content/link is no empty folder",
        "drive.mount('/content/full')": f"{point} /content/full is no empty folder",
        "drive.mount('/')": f"{point} / {far}",
        f"drive.mount({str(outside)!r})": f"{point} {outside} {far}",
        "drive.mount('/content/a b')": "ValueError: A mount point has no spaces: '/content/a b'",
        "drive.mount('../../../x')": "Mounted at ../../../x",
        "drive.mount('../../../x') or os.path.isdir('/content/drive')": (
            "Drive is mounted at ../../../x; force_remount=True mounts it again."
        ),
    }
    lines = [line for line in world.evaluate(list(table), IMPORTS) if line not in {"None", "False"}]
    assert lines == list(table.values())
    assert [path.name for path in outside.iterdir()] == ["mine"]
    assert not (tmp_path / ".nbship/x").exists()


def test_without_samples_drive_is_empty_and_nothing_is_uploaded(tmp_path: Path) -> None:
    top = tmp_path / "world"
    folders = KaggleFolders(top / "kaggle", top / "home", top / "tmp")
    folders.working.mkdir(parents=True)
    bare = World(Workspace(tmp_path, tmp_path / "inputs"), folders)
    lines = bare.evaluate(
        ["drive.mount('d') or os.listdir('d/MyDrive')", "files.upload()", "files.upload_file('x')"],
        IMPORTS,
    )
    assert lines == [
        "Mounted at d",
        "[]",
        "files.upload(): no sample in inputs/colab/upload",
        "{}",
        "ValueError: upload_file() needs one sample in inputs/colab/upload, which has 0",
    ]


def test_only_a_colab_notebook_has_it(world: World) -> None:
    kaggle = launched(world.folders, is_colab=False)
    done = subprocess.run(
        [sys.executable, "-c", "import google.colab"], env=kaggle, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'google.colab'"


def test_the_package_that_is_installed_comes_first(world: World, tmp_path: Path) -> None:
    (tmp_path / "site/google/colab").mkdir(parents=True)
    (tmp_path / "site/google/colab/__init__.py").write_text("own = 1", encoding="utf-8")
    start = f"sys.path.append({str(tmp_path / 'site')!r})\nimport google.colab"
    assert world.evaluate(["google.colab.own"], start) == ["1"]
    without = "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\nimport google.colab"
    assert world.evaluate(["google.colab.__name__"], without) == ["'google.colab'"]
