"""``[tool.jupytext]`` of a workspace, and the cell metadata that stay in the .ipynb."""

from collections.abc import Mapping

from nbship.model.layout import Layout

# The metadata that programs write into a cell: a run, the display, an identity. A person writes
# none of them, so that a source and an artifact do not change with them.
VOLATILE_METADATA = (
    "ExecuteTime", "_cell_guid", "_execution_state", "_uuid",
    "application/vnd.databricks.v1+cell", "autoscroll", "cell_id", "colab", "colab_type",
    "collapsed", "datalore", "deepnote_app_block_visible", "deepnote_app_coordinates",
    "deepnote_cell_height", "deepnote_cell_type", "deepnote_output_heights",
    "deepnote_to_be_reexecuted", "ein.hycell", "ein.tags", "execution", "executionInfo",
    "execution_context_id", "execution_millis", "execution_start", "gather",
    "heading_collapsed", "hidden", "id", "inputHidden", "jp-MarkdownHeadingCollapsed",
    "jupyter", "nbpresent", "noteable", "nteract", "outputHidden", "outputId", "output_cleared",
    "papermill", "pycharm", "scrolled", "source_hash", "toc-hr-collapsed", "trusted", "vscode",
)  # fmt: skip
# The format of a source that JupyterLab opens before its notebook. Without it jupytext guesses, and
# takes a command below an `if` for a sign of a format in which commented commands stay comments.
READ_AS = "auto:percent"
# jupytext's keys: https://jupytext.readthedocs.io/en/latest/config.html
FILTERS: Mapping[str, str] = {
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": ",".join(["all", *(f"-{key}" for key in VOLATILE_METADATA)]),
}


def jupytext_options(layout: Layout) -> dict[str, str]:
    """Return the table with which JupyterLab pairs and writes the files of a workspace."""
    return {
        "formats": f"{layout.sources}///py:percent,{layout.notebooks}///ipynb",
        "preferred_jupytext_formats_read": READ_AS,
        **FILTERS,
    }
