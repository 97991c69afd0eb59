"""The kernelspec of an editor: it stays in the working copy, and is in no file that leaves it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.notebook import render_notebook
from nbship.core.ipynb.clean import clean_ipynb
from nbship.core.pairing.compare import agree, compare_pair, notebook_text
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, text_from
from nbship.core.source.language import EDITOR_KERNEL, PYTHON
from nbship.core.source.reader import read_notebook
from nbship.model.workspace import Source
from tests.unit.pairing.test_agree import files
from tests.unit.pairing.test_round_trip import code, markdown, notebook

SPECS = st.fixed_dictionaries(
    {"name": st.just(EDITOR_KERNEL)},
    optional={
        "display_name": st.sampled_from(["nbship", "Awa's", ""]),
        "language": st.just("python"),
    },
)
CELLS = st.lists(
    st.one_of(
        st.builds(code, st.sampled_from(["x = 1", "!ls", "%%bash\nls", ""])),
        st.builds(markdown, st.sampled_from(["# a", "kernelspec: nbship"])),
    ),
    min_size=1,
    max_size=4,
)
MORE = st.sampled_from([{}, {"language_info": {"name": "python"}}, {"kaggle": {"a": 1}}])
# What a person may have in [tool.jupytext]; only the first keeps headers out of sources.
FILTERS = st.sampled_from(["-all", "kernelspec", "all", "kernelspec,jupytext,-all"])


def with_spec(content: dict[str, Any], spec: Any, more: Any) -> dict[str, Any]:
    return {**content, "metadata": {**more, "kernelspec": spec}}


@given(CELLS, SPECS, MORE)
def test_git_gets_the_usual_kernelspec_and_else_the_same(cells: Any, spec: Any, more: Any) -> None:
    content = notebook(*cells)
    ours, usual = (with_spec(content, each, more) for each in (spec, dict(PYTHON.kernelspec)))
    cleaned = clean_ipynb("n.ipynb", json.dumps(ours).encode())
    assert cleaned == clean_ipynb("n.ipynb", json.dumps(usual).encode())
    assert clean_ipynb("n.ipynb", cleaned.data) == cleaned


@given(CELLS, SPECS, MORE, FILTERS)
def test_no_source_and_no_artifact_has_it(cells: Any, spec: Any, more: Any, kept: str) -> None:
    options = {**SHIPPED_OPTIONS, "notebook_metadata_filter": kept}
    content = notebook(*cells)
    texts = [
        text_from("n.ipynb", with_spec(content, each, more), options)
        for each in (spec, dict(PYTHON.kernelspec))
    ]
    assert texts[0] == texts[1]
    built = read_notebook("n", Source("src_py/n.py", texts[0]))
    assert built.kernelspec == PYTHON.kernelspec
    assert '"name": "python3"' in render_notebook(built, None)


@pytest.mark.parametrize("language", ["", "#     language: python\n"])
def test_a_header_that_jupyterlab_has_written_gives_the_usual_artifact(language: str) -> None:
    header = f"# ---\n# jupyter:\n#   kernelspec:\n{language}#     name: nbship\n# ---\n"
    notebook = read_notebook("n", Source("src_py/n.py", f"{header}\n# %%\nx = 1\n"))
    assert notebook.kernelspec == PYTHON.kernelspec


@given(SPECS, st.sampled_from(["# %%\nx = 1\n", "# %%\nx = 2\n", "# %%\n!ls\n\n# %%\ny\n"]))
def test_the_working_copy_keeps_it_whichever_side_has_changed(spec: Any, text: str) -> None:
    content = with_spec(notebook({**code("x = 1"), "id": "a"}), spec, {})
    for base in (None, text, "# %%\nx = 1\n"):
        state = compare_pair(files(text, content, base), SHIPPED_OPTIONS)
        is_from_notebook = state.action is SyncAction.UPDATE_SOURCE
        new = notebook_text(state, SHIPPED_OPTIONS) if is_from_notebook else text
        agreed = agree(state, new, SHIPPED_OPTIONS)
        assert json.loads(agreed.notebook)["metadata"]["kernelspec"] == spec
        assert EDITOR_KERNEL not in agreed.text
