"""The catalogue: upstream kernels first, and no notebook that overwrites another one."""

from itertools import permutations

import pytest

from nbship.core.workspace.catalogue import (
    artifact_files,
    catalogue_of,
    entry_of,
    glance,
    readers_of,
    upstream,
    upstream_chain,
    upstream_of,
)
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Entry, Kind, Source
from tests.support.usual import refuse_shared


def entry(name: str, *sources: str) -> Entry:
    upstream = tuple(f"ous-sow/{source}" for source in sources)
    return Entry(name, f"src_py/{name}.py", f"ous-sow/{name}", upstream, kind="kernel")


def header(toml: str) -> Source:
    lines = "".join(f"# {line}\n" for line in toml.splitlines())
    return Source("src_py/x.py", f"# %%\n# /// script\n{lines}# ///\n")


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("", Entry("x", "src_py/x.py")),
        ("[tool.nbship.colab]", Entry("x", "src_py/x.py", kind="colab")),
        ('[tool.nbship.kaggle]\nid = "a/b"', Entry("x", "src_py/x.py", "a/b", kind="kernel")),
        (
            '[tool.nbship.kaggle]\nid = "a/b"\nkernel_sources = ["a/c"]',
            Entry("x", "src_py/x.py", "a/b", ("a/c",), kind="kernel"),
        ),
        (
            '[tool.nbship.kaggle]\nkernel_sources = ["a/c", 3]',
            Entry("x", "src_py/x.py", "", ("a/c",), kind="kernel"),
        ),
        (
            '[tool.nbship.kaggle]\nkernel_sources = "a/c"',
            Entry("x", "src_py/x.py", "", kind="kernel"),
        ),
        ("[tool.nbship.kaggle]\nid = 3", Entry("x", "src_py/x.py", "3", kind="kernel")),
        ("[tool.nbship]\nkaggle = 3", Entry("x", "src_py/x.py", kind="unknown")),
        ("[tool]\nnbship = 3", Entry("x", "src_py/x.py", kind="unknown")),
        ("tool = 3", Entry("x", "src_py/x.py", kind="unknown")),
        ("not TOML", Entry("x", "src_py/x.py", kind="unknown")),
    ],
)
def test_a_glance_sees_the_kernel_and_says_nothing_of_faults(toml: str, expected: Entry) -> None:
    assert glance("x", header(toml)) == expected


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_upstream_stands_first_whatever_order_they_are_found_in(order: tuple[int, ...]) -> None:
    """The order does not depend on the order in which the files are found."""
    entries = [entry("a", "d"), entry("b", "a", "c"), entry("c", "d"), entry("d")]
    assert list(catalogue_of(entries[n] for n in order)) == ["d", "a", "c", "b"]


def test_a_circle_leaves_the_names_in_order_of_the_alphabet() -> None:
    assert list(catalogue_of([entry("c"), entry("b", "a"), entry("a", "b")])) == ["a", "b", "c"]


def test_upstream_are_the_kernels_that_live_here_and_not_itself() -> None:
    user = Entry(
        "user", "src_py/user.py", "ous-sow/user", ("else/where", "ous-sow/user", "ous-sow/data")
    )
    catalogue = catalogue_of([user, entry("data"), Entry("helper", "src_py/helper.py")])
    assert upstream(catalogue, user) == ("data",)
    assert upstream(catalogue, catalogue["helper"]) == ()
    assert upstream_of(catalogue, user) == {"ous-sow/data": catalogue["data"]}
    assert readers_of(catalogue, "data") == (user.name,)
    assert readers_of(catalogue, user.name) == ()


def test_the_chain_has_everything_upstream_once_the_farthest_first() -> None:
    catalogue = catalogue_of([
        entry("end", "left", "right"), entry("left", "root"), entry("right", "root"), entry("root"),
    ])  # fmt: skip
    assert upstream_chain(catalogue, "end") == ("root", "left", "right")
    assert upstream_chain(catalogue, "root") == ()


def test_a_long_chain_and_one_with_many_ways_are_looked_at_once() -> None:
    layers = 60
    entries = [entry("a0"), entry("b0")]
    for number in range(1, layers):
        above = [f"a{number - 1}", f"b{number - 1}"]
        entries += [entry(f"a{number}", *above), entry(f"b{number}", *above)]
    long = [entry("c0"), *(entry(f"c{number}", f"c{number - 1}") for number in range(1, 2000))]
    catalogue = catalogue_of([*entries, *long])
    assert len(upstream_chain(catalogue, f"a{layers - 1}")) == 2 * (layers - 1)
    assert upstream_chain(catalogue, "c1999") == tuple(f"c{number}" for number in range(1999))


@pytest.mark.parametrize(
    ("start", "circle"),
    [("a", "a → b → c → a"), ("c", "c → a → b → c"), ("user", "a → b → c → a")],
)
def test_a_circle_is_named_from_where_it_begins(start: str, circle: str) -> None:
    catalogue = catalogue_of([
        entry("a", "b"), entry("b", "c"), entry("c", "a"), entry("user", "a"),
    ])  # fmt: skip
    with pytest.raises(SourceError) as caught:
        upstream_chain(catalogue, start)
    assert caught.value.message == f"kernel_sources form a circle: {circle}"
    assert caught.value.place == Place(f"src_py/{circle[0]}.py")


@pytest.mark.parametrize(("name", "other"), [("new", "old"), ("old", "new")])
def test_two_notebooks_of_one_id_are_refused_each_naming_the_other(name: str, other: str) -> None:
    catalogue = catalogue_of(
        [
            Entry("new", "src_py/new.py", "a/b"),
            Entry("old", "src_py/old.py", "a/b"),
            Entry("else", "src_py/else.py", "a/c"),
        ]
    )
    with pytest.raises(SourceError) as caught:
        refuse_shared(catalogue, name)
    assert str(caught.value) == f"src_py/{name}.py: id 'a/b' is also the id of src_py/{other}.py"
    refuse_shared(catalogue, "else")


@pytest.mark.parametrize("kernel", [None, ""])
def test_notebooks_without_an_id_share_nothing(kernel: str | None) -> None:
    refuse_shared(
        catalogue_of([Entry("a", "src_py/a.py", kernel), Entry("b", "src_py/b.py", kernel)]), "a"
    )


def test_an_artifact_inside_anothers_folder_is_refused() -> None:
    catalogue = catalogue_of(
        [
            Entry("fula", "src_py/fula.py"),
            Entry("fula/tts", "src_py/fula/tts.py"),
            Entry("fulani", "src_py/fulani.py"),
        ]
    )
    with pytest.raises(SourceError) as caught:
        refuse_shared(catalogue, "fula")
    assert caught.value.message == (
        "its artifact's folder build/fula/ would contain the one of src_py/fula/tts.py"
    )
    refuse_shared(catalogue, "fulani")


def test_two_sources_of_one_name_are_refused_by_name() -> None:
    """The order in which the files are found does not matter."""
    both = [Entry("x", "src_py/x.py"), Entry("x", "src_py/x.R", "a/b")]
    for entries in (both, both[::-1]):
        with pytest.raises(SourceError) as caught:
            refuse_shared(catalogue_of(entries), "x")
        assert str(caught.value) == "src_py/x.R: src_py/x.py is a notebook of the same name"


def test_an_r_source_has_a_capital_letter() -> None:
    with pytest.raises(SourceError) as caught:
        refuse_shared(catalogue_of([Entry("sub/x", "src_py/sub/x.r")]), "sub/x")
    assert str(caught.value) == "src_py/sub/x.r: an R source ends in '.R'"
    assert caught.value.hint == "Rename it: mv src_py/sub/x.r src_py/sub/x.R"


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(SourceError, match="no notebook 'trainr'; did you mean 'trainer'"):
        entry_of(catalogue_of([Entry("trainer", "src_py/trainer.py")]), "trainr")


@pytest.mark.parametrize(
    ("path", "kernel", "files", "is_script"),
    [
        ("src_py/x.py", None, ("x.ipynb",), False),
        ("src_py/a/x.py", "a/b", ("x.ipynb", "kernel-metadata.json"), False),
        ("src_py/x.R", "a/b", ("x.ipynb", "kernel-metadata.json"), False),
        ("src_py/x.py", "a/b", ("x.py", "kernel-metadata.json"), True),
        ("src_py/x.R", "a/b", ("x.R", "kernel-metadata.json"), True),
    ],
)
def test_the_files_of_an_artifact_follow_from_the_header(
    path: str, kernel: str | None, files: tuple[str, ...], *, is_script: bool
) -> None:
    name = path.removeprefix("src_py/").rpartition(".")[0]
    kind: Kind = "script" if is_script else "kernel"
    assert artifact_files(Entry(name, path, kernel, kind=kind)) == files
