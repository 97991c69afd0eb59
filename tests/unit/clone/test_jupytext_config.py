"""The faults of [tool.jupytext] that make JupyterLab pair or write differently from nbship."""

import tomllib

import pytest

from nbship.core.clone.jupytext_config import OTHER_FILES, lines_of
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.model.jupytext_options import VOLATILE_METADATA
from nbship.model.layout import Layout
from tests.support.paths import ROOT
from tests.support.usual import TABLE, lacks, lines_of_table

READ = "preferred_jupytext_formats_read is not"
OTHER = "[tool.other]\nx = 1\n\n" + TABLE.replace("\nformats", "\n# formats")


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace("py:percent", "auto:percent"),
        TABLE.replace(",notebooks", " , notebooks"),
        TABLE.replace(",-", " , -"),
        TABLE.replace("auto:percent", "md:myst, py:percent"),
        OTHER + '[tool.jupytext.formats]\n"src_py/" = "py:percent"\n"notebooks/" = "ipynb"\n',
    ],
)
def test_a_table_that_pairs_and_writes_no_header_lacks_nothing(text: str) -> None:
    assert lacks(text) == ()
    assert lines_of_table(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["[tool.jupytext] is missing"]),
        ("tool = 1", ["[tool.jupytext] is missing"]),
        ("[tool]\njupytext = 1", ["[tool.jupytext] is missing"]),
        (OTHER, ["formats is not"]),
        (OTHER + 'formats = "ipynb,py"', ["formats is not"]),
        (OTHER + "formats = 3", ["formats is not"]),
        (TABLE.replace("notebook_m", "m"), ["notebook_metadata_filter"]),
        (
            "[tool.jupytext]",
            ["formats is not", READ, "notebook_metadata_filter", "cell_metadata_filter"],
        ),
        (TABLE.replace("preferred", "p"), [READ]),
        (TABLE.replace("auto:percent", "auto:light"), [READ]),
        (TABLE.replace("cell_m", "m"), ["cell_metadata_filter"]),
        (TABLE.replace(",-papermill", ""), ["cell_metadata_filter"]),
        (TABLE.replace('"all,', '"tags,-all,'), []),
        (TABLE.replace('"all,', '"papermill,-all,'), ["cell_metadata_filter"]),
    ],
)
def test_what_is_lacking_is_named(text: str, expected: list[str]) -> None:
    found = lacks(text)
    assert len(found) == len(expected)
    assert all(phrase.startswith(start) for phrase, start in zip(found, expected, strict=True))


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "[tool.ruff]\n", "[[a]]\nb = 1\n"])
def test_the_lines_to_add_make_a_table_that_lacks_nothing(text: str) -> None:
    assert lacks("\n".join([text, *lines_of_table(text)])) == ()


@pytest.mark.parametrize("text", ["[tool.jupytext]", "tool = {}", "[tool]\njupytext = 1", "= no"])
def test_nothing_is_added_to_what_it_would_break_or_contradict(text: str) -> None:
    assert lines_of_table(text) == ()


@pytest.mark.parametrize("line", TABLE.strip().splitlines()[1:])
def test_the_line_that_a_fault_calls_for_is_the_one_that_was_missing(line: str) -> None:
    assert lines_of(lacks(TABLE.replace(line, "")), Layout()) == (line,)
    assert line in lines_of(lacks(""), Layout())


def test_what_is_not_toml_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid"):
        lacks("= no")


def test_the_table_is_that_of_this_workspace_and_of_a_pair_without_one() -> None:
    table = tomllib.loads(TABLE)["tool"]["jupytext"]
    here = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert table == here["tool"]["jupytext"] == SHIPPED_OPTIONS
    assert lines_of_table("") == ("", *TABLE.splitlines())


def test_jupytext_reads_other_files_first() -> None:
    assert OTHER_FILES == (
        "jupytext", "jupytext.toml", "jupytext.yml", "jupytext.yaml", "jupytext.json",
        ".jupytext", ".jupytext.toml", ".jupytext.yml", ".jupytext.yaml", ".jupytext.json",
        ".jupytext.py",
    )  # fmt: skip


@pytest.mark.parametrize(("count", "end"), [(2, ""), (3, ""), (4, " …")])
def test_three_keys_that_change_sources_are_named(count: int, end: str) -> None:
    names = [key for key in VOLATILE_METADATA if key != "papermill"][:count]
    text = TABLE
    for name in names:
        text = text.replace(f",-{name},", ",")
    (fault,) = lacks(text)
    assert fault.partition(": ")[2] == f"{', '.join(names[:3])}{end}"


def test_the_faults_are_told_as_a_whole() -> None:
    assert lacks("[tool.jupytext]") == (
        'formats is not "src_py///py:percent,notebooks///ipynb": JupyterLab would pair other files',
        (
            'preferred_jupytext_formats_read is not "auto:percent": JupyterLab would not open some '
            "sources before their notebooks"
        ),
        'notebook_metadata_filter is not "-all": JupyterLab would write YAML headers into sources',
        (
            "cell_metadata_filter lets sources change with what programs write: ExecuteTime, "
            "_cell_guid, _execution_state …"
        ),
    )
    assert lacks("") == (
        "[tool.jupytext] is missing: JupyterLab would not pair notebooks with src_py/",
    )
