"""check in a workspace with other folders: the same findings, at the paths of these folders."""

import pytest

from nbship.core.checks.facts import Disk
from nbship.core.checks.workspace import review
from nbship.core.workspace.catalogue import catalogue_of, glance
from nbship.diagnostics import Diagnostic
from nbship.model.git import GitFacts
from nbship.model.layout import Layout
from nbship.model.workspace import Source
from tests.support.checked import KAGGLE, TOKEN, disk, notebook

FAULTY = notebook(
    "# %% [markdown]\n# ![a](pics/a.png) ![b](attachment:b.png)",
    "# %%\nimport secrets_of_ours\nimport deep.table\nimport re\nfrom . import x\nimport token",
    '# %%\nimport pkgutil\npkgutil.get_data("deep", "t.json")',
    toml=f"{KAGGLE}\n[tool.nbship.bundle]\npackages = ['keys']",
)
FILES = {
    "{s}/a.py": FAULTY,
    "{s}/a.R": "# %%\nx <- 1\n",
    "{s}/a/b.py": "# %%\nx = 1\n",
    "{s}/keys/k.py": f"KEY = '{TOKEN}'\n",
    "{s}/token.py": "",
    "{s}/deep/table.py": "import beside\nfrom ... import far\n",
    "{s}/deep/beside.py": "",
    "{s}/deep/n.py": "# %%\nimport beside\nfrom .beside import y\n",
}
USUAL = Layout()


def findings(layout: Layout) -> list[Diagnostic]:
    files = {path.format(s=layout.sources): text for path, text in FILES.items()}
    notebooks = [glance(layout.name_of(p), Source(p, t)) for p, t in files.items() if "# %%" in t]
    found = disk(
        f"{layout.notebooks}/pics/a.png",
        **{f"{layout.sources}/deep/t.json": b"{}", f"{layout.sources}/keys/k.py": TOKEN.encode()},
    )
    git = GitFacts(refusal="no git")
    data = {path: text.encode() for path, text in files.items()}
    there = Disk(
        collect=found.collect,
        is_file=found.is_file,
        unreadable={f"{layout.sources}/shut.py": "no permission"},
    )
    return list(review(catalogue_of(notebooks), data, git, None, there, layout=layout).findings)


@pytest.mark.parametrize(
    "layout",
    [
        Layout("code", "ipynb", "made", "results"),
        Layout("kaggle/src", "kaggle/notebooks", "out/build", "out/runs"),
    ],
)
def test_the_findings_are_those_of_the_usual_folders(layout: Layout) -> None:
    usual, found = "\n".join(map(repr, findings(USUAL))), "\n".join(map(repr, findings(layout)))
    for key in ("sources", "notebooks", "build"):
        usual = usual.replace(f"{getattr(USUAL, key)}/", f"{getattr(layout, key)}/")
    assert found == usual.replace(f"'{USUAL.sources}'", f"'{layout.sources}'")
    codes = {finding.code for finding in findings(layout)}
    assert codes >= {
        "duplicate-name", "folder-clash", "git-not-asked", "missing-picture", "relative-import",
        "secret", "shadowed-module", "sibling-import", "unattached-picture", "unbundled-file",
        "unreadable",
    }  # fmt: skip
