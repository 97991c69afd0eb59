"""An .ipynb in a diff: percent text without outputs, or an error if it is not a notebook."""

import json
from typing import Any

import pytest

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.source.jupytext_api import parse_percent, percent_of_notebook


def notebook(*sources: Any, **metadata: Any) -> str:
    cells = [
        {
            "cell_type": "code", "execution_count": 3, "id": "a", "metadata": {}, "source": source,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["SAID"]}],
        }
        for source in sources
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def percent_of_ipynb(text: str) -> str:
    """Return what git shows of the text of an .ipynb."""
    return percent_of_notebook(read_ipynb("n.ipynb", text.encode()).content)


def test_cells_are_shown_and_outputs_are_not() -> None:
    text = percent_of_ipynb(notebook(["a = 1\n", "b = 2"], "ɓ = 3"))
    assert text == "# %%\na = 1\nb = 2\n\n# %%\nɓ = 3\n"
    assert [cell.source for cell in parse_percent(text).cells] == ["a = 1\nb = 2", "ɓ = 3"]


def test_no_header_is_shown() -> None:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    assert percent_of_ipynb(notebook("1", kernelspec=kernel)) == "# %%\n1\n"


def test_another_language_is_shown_in_its_own_comments() -> None:
    kernel = {"name": "js", "display_name": "Deno", "language": "javascript"}
    assert percent_of_ipynb(notebook("1", kernelspec=kernel)) == "// %%\n1\n"


def test_a_notebook_of_an_older_format_is_shown() -> None:
    sheet = {"cells": [{"cell_type": "code", "language": "python", "input": "1", "outputs": []}]}
    old = {"worksheets": [sheet], "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    assert percent_of_ipynb(json.dumps(old)) == "# %%\n1\n"


@pytest.mark.filterwarnings("error")
def test_what_jupytext_and_nbformat_warn_of_stays_out_of_the_diff(
    capfd: pytest.CaptureFixture[str],
) -> None:
    cell = {"cell_type": "markdown", "metadata": {"a key": 1}, "source": "x"}
    percent_of_ipynb(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    assert capfd.readouterr() == ("", "")


def test_what_jupytext_cannot_write_is_refused_in_a_line() -> None:
    content = {"cells": [{"cell_type": "code", "source": 1, "metadata": {}}], "metadata": {}}
    with pytest.raises(ValueError, match=r"^\S.*$") as caught:
        percent_of_notebook(content)
    assert "\n" not in str(caught.value)
