"""``diff`` and ``rescue`` on the console."""

from nbship.core.drift.show import details, merged_words, summary
from nbship.frontends.connect import connected
from nbship.frontends.console import Console
from nbship.model.workspace import Context
from nbship.verbs.diff import diff
from nbship.verbs.rescue import rescue


def run_diff(context: Context, console: Console, name: str, target: str) -> str:
    """Print how a source and its kernel differ; return which side has changed.

    Raises:
        NbshipError: as ``diff`` does.
    """
    with connected(target, context, console) as connection:
        drift = diff(context, name, connection)
    console.step("diff", name, summary(drift))
    for line, meaning in details(drift):
        console.line(f"  {line}", meaning)
    if drift.has_edits:
        console.line(f"next: {connection.target.command('rescue', name)}")
    return drift.state


def run_rescue(context: Context, console: Console, name: str, target: str) -> int:
    """Merge what was edited on the service, and print what to do next; return the version.

    Raises:
        NbshipError: as ``rescue`` does.
    """
    with connected(target, context, console) as connection:
        rescued = rescue(context, name, connection)
    drift = rescued.drift
    path, version = drift.facts.source.path, drift.facts.theirs.number
    for remark in drift.remarks:
        console.warning(remark)
    if not drift.has_edits:
        console.step("rescue", name, f"nothing to rescue: {summary(drift)}")
    elif not rescued.is_changed:
        console.step("rescue", name, f"{path} has everything of version {version} already")
    else:
        console.step("rescue", name, f"{merged_words(drift)} of version {version}", file=path)
    if rescued.folder:
        console.more(f"both sides as they were: {rescued.folder}/")
    if rescued.is_changed:
        push = connection.target.command("push", name)
        console.line(f"next: git diff {path}, then commit and {push}")
    return version
