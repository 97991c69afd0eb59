"""A rehearsal that has more outputs than Kaggle keeps."""

from pathlib import Path

from nbship.edges.workspace import sources
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact
from nbship.verbs.operations.rehearse import tell_too_large
from tests.support.report import RecordedReport
from tests.support.workspace import TINY, Workspace


def told(lab: Workspace, name: str, most: int) -> list[str]:
    workspace = sources.open_workspace(lab.root)
    report = RecordedReport()
    context = Context(workspace, sources.read_catalogue(workspace), report)
    tell_too_large(context, build_artifact(context, name), most)
    return report.notices


def test_what_kaggle_does_not_keep_is_said(tmp_path: Path) -> None:
    """A link counts as itself, and a local helper has no limit."""
    lab = Workspace(tmp_path)
    lab.write("src_py/words.py", "def greet(count):\n    return count\n")
    lab.write("src_py/tiny.py", TINY)
    lab.write("src_py/helper.py", "# %%\nprint(1)\n")
    for name in ("tiny", "helper"):
        lab.write(f".nbship/smoke/{name}/kaggle/working/deep/a.bin", "x" * 200_000)
    lab.write("large.bin", "x" * 1_000_000)
    (lab.root / ".nbship/smoke/tiny/kaggle/working/link").symlink_to(lab.root / "large.bin")
    (notice,) = told(lab, "tiny", 100_000)
    assert notice.startswith("tiny: /kaggle/working has 0.0 GB, and Kaggle keeps 0.0001 GB: put")
    assert told(lab, "tiny", 500_000) == []
    assert told(lab, "helper", 100_000) == []
