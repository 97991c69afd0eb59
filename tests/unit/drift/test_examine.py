"""Tests of the comparison of a source with the versions of its kernel."""

import base64
import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from nbship.core.artifact.bundle import bundle_cell
from nbship.core.artifact.script import as_script, render_script
from nbship.core.drift.conflicts import Labels
from nbship.core.drift.examine import (
    Destination,
    Drift,
    DriftFacts,
    RemoteVersion,
    State,
    examine,
    prepare,
)
from nbship.core.drift.merge import joined
from nbship.core.drift.saved import sides
from nbship.core.drift.show import details, merged_words, summary
from nbship.core.metadata.kernel_metadata import as_kernel_metadata
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.core.source.grammar import MOST_LINES
from nbship.core.source.reader import read_notebook
from nbship.errors import SourceError
from nbship.model.notebook import Module
from nbship.model.spec import KaggleSpec
from nbship.model.target import Person, Target
from nbship.model.workspace import Source
from tests.support.triples import HEADER

SOURCE = Source("src_py/t.py", HEADER + "\n# %% [markdown]\n# One\n\n# %%\na = 1\n\n# %%\nb = 1\n")
SETTINGS = asdict(KaggleSpec(id="awa/tiny-kernel", title="Tiny Kernel"))
SAME = "src_py/t.py has the cells and settings of version 3 of awa/tiny-kernel"
AHEAD = (
    "version 3 of awa/tiny-kernel was made from commit 0123456789ab, which this branch does not "
    "contain, and differs from src_py/t.py: git pull first"
)
THERE = "version 4 of awa/tiny-kernel"
BUNDLE = bundle_cell([Module("words.py", "x = 1\n")], sources="src_py")
PICTURE = base64.b64encode(b"\x89PNG one").decode()
CELLS: list[dict[str, Any]] = [
    {"cell_type": "markdown", "metadata": {}, "source": "One"},
    {"cell_type": "code", "metadata": BUNDLE.metadata, "source": BUNDLE.text, "outputs": []},
    {"cell_type": "code", "metadata": {}, "source": "a = 1", "outputs": []},
    {"cell_type": "code", "metadata": {}, "source": "b = 1", "outputs": []},
]
RAN = {"output_type": "stream", "name": "stdout", "text": ["hello"]}


def notebook(cells: list[dict[str, Any]], **metadata: Any) -> str:
    whole = [{"execution_count": None, **cell} if cell["cell_type"] == "code" else cell
             for cell in cells]  # fmt: skip
    return json.dumps({"cells": whole, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


def version(number: int, cells: list[dict[str, Any]], **settings: Any) -> RemoteVersion:
    return RemoteVersion(number, notebook(cells), {**SETTINGS, **settings})


def with_cell(at: int, **changes: Any) -> list[dict[str, Any]]:
    return [{**cell, **changes} if number == at else cell for number, cell in enumerate(CELLS)]


BASE = version(3, CELLS)
FACTS = DriftFacts(SOURCE, "awa/tiny-kernel", "Kaggle", BASE, BASE, SOURCE, 3)
EDITED = version(4, with_cell(2, source="a = 2"))


def newer(old: str, new: str) -> Source:
    assert old in SOURCE.text
    return replace(SOURCE, text=SOURCE.text.replace(old, new))


def look(facts: DriftFacts) -> Drift:
    return examine(facts, SHIPPED_OPTIONS)


def rescued(facts: DriftFacts) -> str:
    found = prepare(look(facts), SHIPPED_OPTIONS)
    assert found.triples == ()
    return joined(found, [], SHIPPED_OPTIONS).text


def words(drift: Drift) -> list[str]:
    return [line for line, _ in details(drift)]


@pytest.mark.parametrize(
    ("facts", "state", "line"),
    [
        (FACTS, "same", SAME),
        (
            replace(FACTS, theirs=version(4, with_cell(2, outputs=[RAN], execution_count=3))),
            "same",
            "src_py/t.py has the cells and settings of version 4 of awa/tiny-kernel",
        ),
        (
            replace(FACTS, source=newer("b = 1", "b = 2")),
            "ours newer",
            "src_py/t.py is newer than version 3 of awa/tiny-kernel",
        ),
        (
            replace(FACTS, source=newer('Kernel"\n', 'Kernel"\n# is_private = false\n')),
            "ours newer",
            "src_py/t.py is newer than version 3 of awa/tiny-kernel",
        ),
        (
            replace(FACTS, source=newer("b = 1", "b = 2"), ahead="0123456789abcdef"),
            "theirs ahead",
            AHEAD,
        ),
        (replace(FACTS, ahead="c0ffee"), "same", SAME),
        (
            replace(FACTS, theirs=EDITED),
            "theirs edited",
            "version 4 of awa/tiny-kernel was edited on Kaggle, after version 3",
        ),
        (
            replace(FACTS, theirs=EDITED, source=newer("b = 1", "b = 2")),
            "both",
            f"{THERE} was edited on Kaggle, and src_py/t.py has changed since version 3",
        ),
        (
            replace(
                FACTS, theirs=EDITED, source=newer('Kernel"\n', 'Kernel"\n# is_private = false\n')
            ),
            "both",
            f"{THERE} was edited on Kaggle, and src_py/t.py has changed since version 3",
        ),
        (
            replace(FACTS, theirs=EDITED, base=None, committed=None, base_number=None),
            "no base",
            f"{THERE} differs from src_py/t.py, and this clone knows no version that both had",
        ),
        (
            replace(FACTS, theirs=version(4, CELLS, enable_internet=True)),
            "theirs edited",
            "version 4 of awa/tiny-kernel was edited on Kaggle, after version 3",
        ),
    ],
)
def test_which_side_has_what_the_other_has_not(facts: DriftFacts, state: State, line: str) -> None:
    drift = look(facts)
    assert (drift.state, summary(drift)) == (state, line)
    assert drift.has_edits == (state in ("theirs edited", "both", "no base"))


@pytest.mark.parametrize("blanks", ["", "\n", "\n\n\n"])
def test_the_blank_lines_below_a_header_stay(blanks: str) -> None:
    source = newer(f"{HEADER}\n", f"{HEADER}{blanks}")
    merged = rescued(replace(FACTS, source=source, theirs=EDITED))
    assert merged == source.text.replace("a = 1", "a = 2")


@pytest.mark.parametrize("blanks", ["", "\n", "\n\n\n"])
def test_cells_come_below_a_header_that_had_none(blanks: str) -> None:
    source = replace(SOURCE, text=f"{HEADER}{blanks}")
    merged = rescued(replace(FACTS, source=source, base=None, committed=None, theirs=EDITED))
    assert merged == SOURCE.text.replace("a = 1", "a = 2")


def test_the_same_edit_on_both_sides_is_the_same() -> None:
    drift = look(replace(FACTS, theirs=EDITED, source=newer("a = 1", "a = 2")))
    assert drift.state == "same"
    assert words(drift) == []


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        replace(FACTS, base=None),
        replace(FACTS, committed=None),
        replace(FACTS, committed=Source("src_py/t.py", "# %%\n# /// script\n# x = \n# ///\n")),
        replace(FACTS, committed=Source("src_py/t.py", SOURCE.text.partition("# ///\n\n")[2])),
    ],
)
def test_the_base_is_the_version_or_the_commit(facts: DriftFacts) -> None:
    drift = look(replace(facts, theirs=EDITED))
    assert drift.state == "theirs edited"
    assert rescued(replace(facts, theirs=EDITED)) == newer("a = 1", "a = 2").text


def test_a_base_that_cannot_be_read_is_none() -> None:
    facts = replace(FACTS, base=RemoteVersion(3, "{", SETTINGS), theirs=EDITED)
    assert look(facts).state == "no base"


def test_the_details_name_each_cell_and_setting() -> None:
    theirs = [
        CELLS[3],
        {"cell_type": "markdown", "metadata": {"tags": ["x"]}, "source": "One\nTwo"},
        CELLS[1],
        {"cell_type": "code", "metadata": {}, "source": "new = [1, 2]", "outputs": []},
    ]
    facts = replace(
        FACTS,
        source=newer("b = 1", "b = 1\nc = 1"),
        theirs=version(4, theirs, enable_internet=True, title="TINY kernel"),
    )
    facts = replace(facts, source=replace(
        facts.source, text=facts.source.text.replace('"Tiny Kernel"', '"Tiny-Kernel"')
    ))  # fmt: skip
    drift = look(facts)
    assert words(drift) == [
        'title: "Tiny Kernel" → "TINY kernel"; here \'Tiny-Kernel\'',
        "enable_internet: false → true",
        "title has changed here",
        "the cells have another order on Kaggle",
        "src_py/t.py:15 has changed here",
        "src_py/t.py:9 was edited on Kaggle",
        "  @@ -1,2 +1,3 @@",
        "  -# %% [markdown]",
        '  +# %% [markdown] {"tags": ["x"]}',
        "   One",
        "  +Two",
        "cell 4 was edited on Kaggle",
        "  @@ -0,0 +1,2 @@",
        "  +# %%",
        "  +new = [1, 2]",
        "src_py/t.py:12 was edited on Kaggle",
        "  @@ -1,2 +0,0 @@",
        "  -# %%",
        "  -a = 1",
    ]
    lines = list(details(drift))
    assert {("   One", "plain"), ("  -a = 1", "error"), ("  @@ -1,2 +0,0 @@", "hint")} < {*lines}
    assert {meaning for line, meaning in lines if not line.startswith("  ")} == {"plain"}
    assert merged_words(drift) == "3 cells, title, enable_internet, the order of the cells"


def test_cells_that_only_one_side_has_are_named() -> None:
    theirs = [*CELLS, {"cell_type": "raw", "metadata": {}, "source": "end"}]
    assert (
        words(look(replace(FACTS, theirs=version(4, theirs))))[0] == "cell 5 was edited on Kaggle"
    )
    gone = replace(FACTS, source=newer("# %%\na = 1\n\n", ""), theirs=EDITED)
    assert words(look(gone))[0] == "cell 3 was edited on Kaggle and here"
    both = replace(FACTS, source=newer("# %%\na = 1\n\n", ""))
    assert list(details(look(both))) == [("cell 3 has changed here", "plain")]
    without = replace(both, base=None, theirs=version(4, [*CELLS, CELLS[3]]))
    assert words(look(without))[-4:] == [
        "cell 5 was edited on Kaggle", "  @@ -0,0 +1,2 @@", "  +# %%", "  +b = 1",
    ]  # fmt: skip
    base = replace(gone, theirs=version(4, [*CELLS[:2], CELLS[3]]), base=EDITED, committed=None)
    assert look(base).state == "same"
    removed = replace(FACTS, theirs=version(4, CELLS[:3]), source=newer("a = 1", "a = 3"))
    assert "src_py/t.py:15 was edited on Kaggle" in words(look(removed))
    committed = replace(both, base=None, theirs=version(4, [*CELLS[:2], CELLS[3]]))
    assert look(committed).state == "same"


def test_a_cell_too_long_to_be_shown_is_not() -> None:
    def shown(longer: int) -> list[tuple[str, str]]:
        pushed, theirs = (
            version(number, with_cell(2, source="\n".join(["a = 1"] * (count - 1))))
            for number, count in ((3, 9_990 + longer), (4, MOST_LINES - 9_990))
        )
        return list(details(look(replace(FACTS, base=pushed, theirs=theirs, committed=None))))

    assert len(shown(0)) > 20
    assert shown(1)[-1] == ("  too long to be shown", "hint")
    same = version(4, with_cell(2, source="\n".join(["a = 1"] * MOST_LINES)))
    ours = look(replace(FACTS, base=same, theirs=same))
    assert list(details(ours)) == [("src_py/t.py:12 has changed here", "plain")]


def test_what_the_build_makes_never_gets_into_the_source() -> None:
    text = rescued(replace(FACTS, theirs=EDITED))
    assert "_bundle" not in text
    edited = with_cell(1, source=BUNDLE.text.replace("x = 1", "x = 2"))
    drift = look(replace(FACTS, theirs=version(4, edited)))
    assert drift.remarks[0].startswith("cell 2 of awa/tiny-kernel version 4 is made by the build")
    assert drift.state == "same"
    assert list(details(drift)) == [(remark, "warning") for remark in drift.remarks]
    untagged = with_cell(1, metadata={})
    assert look(replace(FACTS, theirs=version(4, untagged))).state == "same"


def with_picture(data: str) -> list[dict[str, Any]]:
    shown = {"source": "One ![](attachment:p.png)", "attachments": {"p.png": {"image/png": data}}}
    return with_cell(0, **shown)


def test_a_picture_from_the_service_is_taken() -> None:
    drift = look(replace(FACTS, theirs=version(4, with_picture(PICTURE))))
    assert drift.pictures == {"p.png": b"\x89PNG one"}
    assert "the picture p.png was changed on Kaggle" in words(drift)
    assert merged_words(drift) == "1 cell, pictures"


def test_a_picture_that_only_one_side_changes_is_no_conflict() -> None:
    other = base64.b64encode(b"\x89PNG two").decode()
    source = newer("# One", "# One ![](attachment:p.png)")
    here = {"p.png": b"\x89PNG one"}
    pushed = version(3, with_picture(PICTURE))
    facts = replace(FACTS, source=source, committed=source, base=pushed, pictures=here)
    assert look(replace(facts, theirs=pushed)).state == "same"
    drift = look(replace(facts, theirs=version(4, with_picture(other))))
    assert (drift.state, drift.pictures) == ("theirs edited", {"p.png": b"\x89PNG two"})
    ours = replace(facts, theirs=pushed, pictures={"p.png": b"\x89PNG three"})
    assert look(ours).pictures == {}
    gone = replace(facts, source=SOURCE, theirs=pushed, pictures={})
    assert (look(gone).state, look(gone).pictures) == ("ours newer", {})
    both = replace(ours, theirs=version(4, with_picture(other)))
    assert "the picture p.png was changed on Kaggle" in words(look(both))
    with pytest.raises(SourceError, match=r"^src_py/t\.assets/p\.png: this picture was changed"):
        prepare(look(both), SHIPPED_OPTIONS)


def test_settings_get_into_the_header() -> None:
    theirs = version(4, CELLS, enable_internet=True)
    text = rescued(replace(FACTS, theirs=theirs))
    assert text == newer('Kernel"\n', 'Kernel"\n# enable_internet = true\n').text
    conflict = replace(
        FACTS,
        source=newer('Kernel"\n', 'Kernel"\n# machine_shape = "NvidiaL4"\n'),
        theirs=version(4, CELLS, machine_shape="NvidiaTeslaT4"),
    )
    (triple,) = prepare(look(conflict), SHIPPED_OPTIONS).triples
    assert '"NvidiaL4"' in triple.ours
    assert '"NvidiaTeslaT4"' in triple.theirs


def test_a_source_without_a_header_is_merged_too() -> None:
    bare = Source("src_py/t.py", SOURCE.text.partition("# ///\n\n")[2])
    facts = replace(FACTS, source=bare, committed=bare, theirs=EDITED)
    assert rescued(facts) == bare.text.replace("a = 1", "a = 2")


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        (RemoteVersion(4, "{", SETTINGS), "awa/tiny-kernel version 4"),
        (
            RemoteVersion(4, notebook(CELLS), {"kernel_type": "script"}),
            "^src_py/t.py: awa/tiny-kernel version 4 is a script, and the source a notebook$",
        ),
        (RemoteVersion(4, notebook(CELLS, language_info={"name": "R"}), {}), "its language is R"),
    ],
)
def test_what_is_no_version_of_this_notebook_is_refused(theirs: RemoteVersion, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        look(replace(FACTS, theirs=theirs))


SCRIPT = replace(
    SOURCE,
    text=SOURCE.text.replace("# id", '# kernel_type = "script"\n# id').replace(
        "# %% [markdown]\n# One\n\n", ""
    ),
)


def sent(text: str) -> str:
    source = replace(SCRIPT, text=text)
    return render_script(as_script(read_notebook("t", source), source), BUNDLE)[0]


def script(text: str) -> RemoteVersion:
    return RemoteVersion(4, text, {"kernel_type": "script"})


PUSHED = replace(script(sent(SCRIPT.text)), number=3)
SCRIPTS = replace(FACTS, source=SCRIPT, base=PUSHED, committed=SCRIPT)


def test_a_script_is_merged_without_its_bundle() -> None:
    assert look(replace(SCRIPTS, theirs=PUSHED)).state == "same"
    theirs = script(PUSHED.text.replace("b = 1", "b = 2"))
    assert rescued(replace(SCRIPTS, theirs=theirs)) == SCRIPT.text.replace("b = 1", "b = 2")
    bare = replace(SCRIPTS, base=script(SCRIPT.text), theirs=script(SCRIPT.text + "c = 1\n"))
    assert rescued(bare) == SCRIPT.text + "c = 1\n"


def test_edits_of_a_script_that_no_cell_has_are_told() -> None:
    theirs = script(PUSHED.text.replace("x = 1", "x = 2").replace('"Tiny Kernel"', '"Tiny kernel"'))
    bundle, header = look(replace(SCRIPTS, theirs=theirs)).remarks
    assert bundle.startswith("the bundle of awa/tiny-kernel version 4 is made by the build")
    assert header.startswith(
        "the header of awa/tiny-kernel version 4 is a comment there, and differs"
    )
    without = replace(SCRIPTS, base=None, committed=None, theirs=script("# %%\nb = 1\n"))
    assert look(without).remarks == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PUSHED.text.replace("del _bundle\n", ""), "a part of the bundle"),
        ("b = 1\n", "no '# %%' line"),
    ],
)
def test_a_script_that_cannot_be_divided_is_refused(text: str, reason: str) -> None:
    with pytest.raises(SourceError, match=f"^src_py/t.py: awa/tiny-kernel version 4 has {reason}"):
        look(replace(SCRIPTS, theirs=script(text)))


def test_both_sides_are_files_by_name() -> None:
    files = sides(replace(FACTS, theirs=EDITED), b"mine")
    assert list(files) == [
        "ours.py", "version-4.ipynb", "version-4.json", "version-3.ipynb", "version-3.json",
    ]  # fmt: skip
    assert files["ours.py"] == b"mine"
    assert files["version-4.ipynb"].decode() == EDITED.text
    assert files["version-4.json"].decode() == as_kernel_metadata(EDITED.settings)
    assert list(sides(replace(SCRIPTS, base=None, theirs=PUSHED), b"")) == [
        "ours.py", "version-3.py", "version-3.json",
    ]  # fmt: skip


def test_a_text_that_is_no_unicode_is_kept_as_it_is() -> None:
    theirs = RemoteVersion(4, "a = '\ud800'\n", {"title": "\ud800"})
    files = sides(replace(FACTS, theirs=theirs), b"\xff")
    assert files["ours.py"] == b"\xff"
    assert files["version-4.ipynb"] == b"a = '\xed\xa0\x80'\n"
    assert b"\xed\xa0\x80" in files["version-4.json"]


def test_the_labels_name_both_sides() -> None:
    assert replace(FACTS, theirs=EDITED).labels == Labels(
        "here: src_py/t.py", "version 3 on Kaggle", "version 4 on Kaggle"
    )


def test_nothing_to_take_is_said() -> None:
    assert merged_words(look(FACTS)) == "nothing that the source has not"


def test_the_header_of_a_notebook_that_was_uploaded_by_hand_is_no_cell() -> None:
    text = HEADER.partition("\n")[2].rstrip()
    header = {"cell_type": "code", "metadata": {}, "source": text, "outputs": []}
    theirs = version(4, [header, *CELLS])
    assert look(replace(FACTS, theirs=theirs)).state == "same"
    assert look(replace(FACTS, theirs=theirs)).remarks == ()
    other = {**header, "source": text.replace("Tiny K", "Tiny k")}
    drift = look(replace(FACTS, theirs=version(4, [other, *CELLS])))
    assert drift.remarks[0].startswith("the header of awa/tiny-kernel version 4 is a comment there")
    assert drift.state == "same"


def test_what_a_run_on_kaggle_writes_into_a_cell_is_no_edit() -> None:
    ran = {"tags": [], "papermill": {"status": "completed"}, "_uuid": "1", "trusted": True}
    cells = [{**cell, "metadata": {**ran, **cell["metadata"]}} for cell in CELLS]
    assert look(replace(FACTS, theirs=version(4, cells))).state == "same"
    edited = [*cells[:2], {**cells[2], "source": "a = 2"}, cells[3]]
    assert rescued(replace(FACTS, theirs=version(4, edited))) == newer("a = 1", "a = 2").text
    ours = newer("# %%\na", "# %% tags=[]\na")
    assert look(replace(FACTS, source=ours)).state == "same"
    kept = rescued(replace(FACTS, source=ours, theirs=version(4, with_cell(3, source="b = 2"))))
    assert kept == ours.text.replace("b = 1", "b = 2")
    tagged = newer("# %%\na", '# %% tags=["x"] y=1\na')
    theirs = with_cell(2, metadata={"tags": [], "y": 1})
    assert look(replace(FACTS, source=tagged, theirs=version(4, theirs))).state == "both"


def test_how_jupytext_lays_out_a_text_is_no_edit() -> None:
    layout = {"cell_marker": '"""', "lines_to_next_cell": 3}
    theirs = with_cell(0, metadata=layout, source="Two")
    assert rescued(replace(FACTS, theirs=version(4, theirs))) == newer("# One", "# Two").text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a = 1   ", "a = 1   "),
        ("a = 1\n\n", "a = 1"),
        ("a = 1\r\nb = 2", "a = 1\nb = 2"),
        ("!ls\n%time x", "# !ls\n# %time x"),
        ("x?", "# x?"),
        ("a = (", "a = ("),
        ("", ""),
        ("a\n\n\n\nb", "a\n\n\n\nb"),
        ("'''\n# %%\n'''", "'''\n# %%\n'''"),
    ],
)
def test_any_text_of_a_cell_comes_back(text: str, lines: str) -> None:
    for at in (2, 3):
        old = f"# %%\n{'ab'[at - 2]} = 1\n"
        expected = newer(old, f"# %%\n{lines}\n".replace("# %%\n\n", "# %%\n")).text
        assert rescued(replace(FACTS, theirs=version(4, with_cell(at, source=text)))) == expected


def test_what_the_target_decides_is_no_setting_of_the_header() -> None:
    target = Target("dev", personal=True, keys={"enable_gpu": True, "enable_internet": True})
    facts = replace(FACTS, destination=Destination(target, Person("awa", "awa")))
    sent = facts.destination.sent(KaggleSpec(id="awa/tiny-kernel", title="Tiny Kernel"))
    assert sent["id"] == "awa/tiny-kernel-dev-awa"
    base = RemoteVersion(3, BASE.text, sent)
    assert look(replace(facts, base=base, theirs=base)).state == "same"
    theirs = {**sent, "enable_internet": False, "enable_gpu": False, "title": "Tiny Kernel Dev-Awa"}
    drift = look(replace(facts, base=base, theirs=RemoteVersion(4, EDITED.text, theirs)))
    assert drift.settings.edits == ()
    assert [remark.partition(":")[0] for remark in drift.remarks] == [
        "title", "enable_internet", "machine_shape",
    ]  # fmt: skip
    assert drift.remarks[0].endswith("it is left out, because the target decides it")


@pytest.mark.parametrize(
    ("target", "keys"),
    [
        (Target("main"), set()),
        (Target("dev", personal=True), {"title", "is_private"}),
        (Target("t", keys={"docker_image": "x"}), {"docker_image"}),
        (Target("t", keys={"enable_gpu": True}), {"enable_gpu", "machine_shape"}),
        (Target("t", keys={"enable_tpu": True}), {"enable_tpu", "machine_shape"}),
    ],
)
def test_a_target_decides_its_keys_and_what_they_imply(target: Target, keys: set[str]) -> None:
    assert Destination(target, Person("awa", "awa")).decided == keys


@pytest.mark.parametrize(
    ("target", "upstream"),
    [(Target("main"), "awa/upstream-dev-awa"), (Target("dev", personal=True), "awa/upstream")],
)
def test_a_copy_that_a_kernel_reads_is_the_shared_kernel_in_the_header(
    target: Target, upstream: str
) -> None:
    kernels = ("awa/tiny-kernel", "awa/upstream")
    destination = Destination(target, Person("awa", "awa"), kernels)
    for listed in (["awa/upstream-dev-awa", "x/other"], ("awa/upstream-dev-awa", "x/other")):
        found = destination.received({"title": "T", "kernel_sources": listed})
        assert found == {"title": "T", "kernel_sources": [upstream, "x/other"]}
    untold: tuple[dict[str, Any], ...] = ({}, {"kernel_sources": None}, {"kernel_sources": []})
    for settings in untold:
        assert destination.received(settings) == settings


def test_a_new_picture_with_the_name_of_another_one_gets_a_name_of_its_own() -> None:
    other = base64.b64encode(b"\x89PNG two").decode()
    shown = {"source": "Two ![](attachment:p.png)", "attachments": {"p.png": {"image/png": other}}}
    theirs = [*with_picture(PICTURE), {"cell_type": "markdown", "metadata": {}, **shown}]
    facts = replace(FACTS, theirs=version(4, theirs))
    assert look(facts).pictures == {"p.png": b"\x89PNG one", "p-2.png": b"\x89PNG two"}
    assert rescued(facts).endswith("# Two ![](attachment:p-2.png)\n")


def test_a_picture_whose_file_is_gone_comes_back() -> None:
    source = newer("# One", "# One ![](attachment:p.png)")
    pushed = version(3, with_picture(PICTURE))
    facts = replace(FACTS, source=source, committed=source, base=pushed, theirs=pushed)
    assert look(facts).pictures == {"p.png": b"\x89PNG one"}


def test_without_the_commit_the_settings_of_the_base_are_those_that_the_service_has() -> None:
    online = version(3, CELLS, enable_internet=True)
    facts = replace(FACTS, base=online, committed=None, theirs=replace(online, number=4))
    drift = look(facts)
    assert (drift.state, drift.settings.edits) == ("ours newer", ())
    assert list(details(drift)) == [("enable_internet has changed here", "plain")]


def test_another_order_is_told_and_an_addition_is_none() -> None:
    turned = version(4, list(reversed(CELLS)))
    assert list(details(look(replace(FACTS, theirs=turned)))) == [
        ("the cells have another order on Kaggle", "plain")
    ]
    new = {"cell_type": "raw", "metadata": {}, "source": "new"}
    added = list(details(look(replace(FACTS, theirs=version(4, [new, *CELLS])))))
    assert added[:2] == [("cell 1 was edited on Kaggle", "plain"), ("  @@ -0,0 +1,2 @@", "hint")]
    assert added[2:] == [("  +# %% [raw]", "passed"), ("  +new", "passed")]
    both = replace(FACTS, theirs=EDITED, source=newer("a = 1", "a = 3"))
    assert merged_words(look(both)) == "1 cell"
