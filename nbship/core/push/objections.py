"""The checks of the guards: each looks at the facts of a push for one reason not to push."""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from nbship.core.push.facts import Objection, PushFacts

if TYPE_CHECKING:  # doit reads the list of guards at every start, and does not need it
    from nbship.model.push import GoingOn, Latest

_SHOWN = 3  # changed files in a message
_SHORT = 12  # digits of a commit for people


def clean_tree(facts: PushFacts) -> Objection | None:
    """Refuse sources that are not committed: later nobody could know what ran."""
    if facts.git.commit is None:
        message = "no git commit contains these sources"
    elif facts.git.changed:
        more = len(facts.git.changed) - _SHOWN
        shown = ", ".join(facts.git.changed[:_SHOWN])
        message = f"not committed: {shown}" + (f" and {more} more" if more > 0 else "")
    else:
        return None
    return Objection(message, "Commit first, so that git has what runs.")


def half_merged(facts: PushFacts) -> Objection | None:
    """Refuse in the middle of a merge or a rebase: the files are those of no commit."""
    operation = facts.head.operation if facts.head else ""
    if not operation:
        return None
    return Objection(
        f"a {operation} is going on in this repository",
        f"End it first: git {operation} --continue, or --abort.",
    )


def upstream(facts: PushFacts) -> Objection | None:
    """Refuse a commit that only this clone has: the others could not see what runs."""
    head = facts.head
    if head is None or facts.git.commit is None or head.published:
        return None
    if head.published is None:
        return Objection("this repository has no remote: nobody else has the commit", is_mild=True)
    commit = facts.git.commit[:_SHORT]
    return Objection(f"no branch of the remote has commit {commit}", "git push first.")


def branch(facts: PushFacts) -> Objection | None:
    """Refuse a branch that the target does not allow."""
    allowed = facts.target.branches
    branches = facts.head.branches if facts.head else ()
    if not allowed or any(fnmatchcase(name, like) for name in branches for like in allowed):
        return None
    on = f"is on {', '.join(branches[:_SHOWN])}" if branches else "is on no branch"
    return Objection(
        f"HEAD {on}, and target {facts.target.name!r} takes {', '.join(allowed)}",
        f"git switch {allowed[0]}",
    )


def same_id(facts: PushFacts) -> Objection | None:
    """Refuse a kernel whose id has changed: it would be another kernel, with its own versions."""
    first, now = facts.first_id, facts.header_id
    if not first or not now or first.casefold() == now.casefold():
        return None
    return Objection(
        f"the id was {first} when it was first committed, and is {now} now",
        f'Write id = "{first}" into the header. A new notebook can have another id.',
    )


def one_run_at_a_time(facts: PushFacts) -> Objection | None:
    """Refuse while a run of the kernel goes on: a push does not stop it, and both cost quota."""
    run = going_on(facts)
    if run is None or not facts.runs:
        return None
    whose = f" ({_whose(run.latest)})" if run.latest.version else ""
    return Objection(
        f"{facts.kernel} is {run.state}{whose}",
        f"Wait for it: {facts.target.command('push', facts.name)} --wait. "
        f"Or end it: {_stop_command(facts, run)}",
    )


def _stop_command(facts: PushFacts, run: "GoingOn") -> str:
    version = f" --version {run.latest.version}" if run.latest.version else ""
    return f"{facts.target.command('stop', facts.name)}{version}"


def going_on(facts: PushFacts) -> "GoingOn | None":
    """Return the run of the kernel that has not ended, None if there is none."""
    from nbship.model.push import GoingOn

    if facts.status is not None and facts.status.is_active:
        return GoingOn(facts.latest, facts.status.state)
    return facts.earlier


def web_edit(facts: PushFacts) -> Objection | None:
    """Refuse to overwrite a version that somebody has made or edited without git."""
    latest = facts.latest
    if latest.made_by != "somebody" or latest.seen == facts.seen:
        return None
    return Objection(
        f"version {latest.version} of {facts.kernel} was not pushed by nbship, or was edited on "
        "the web since",
        f"See what it has: {facts.target.command('diff', facts.name)}. "
        f"Bring it into the source: {facts.target.command('rescue', facts.name)}",
    )


def ahead(facts: PushFacts) -> Objection | None:
    """Refuse to go back behind a push of a commit that ours does not contain."""
    latest = facts.latest
    if latest.made_by != "nbship" or latest.stamp is None or not latest.stamp.commit:
        return None
    commit = latest.stamp.commit[:_SHORT]
    words = {
        "after": f"commit {commit}, which is after this one",
        "apart": f"commit {commit}, which this branch does not contain",
        "unknown": f"commit {commit}, which this clone does not have",
    }
    if latest.order not in words or latest.seen == facts.seen:
        return None
    return Objection(
        f"{about(latest)}, was made from {words[latest.order]}", "git pull first, then build again."
    )


def sources_ready(facts: PushFacts) -> Objection | None:
    """Refuse data sources that are not there: Kaggle would run the notebook without them."""
    service = "the local Kaggle" if facts.target.is_local else "Kaggle"
    untold = f"{service} does not tell whether it is ready: {', '.join(facts.untold)}"
    if not facts.missing:
        return Objection(untold, is_mild=True) if facts.untold else None
    message = f"not ready on {service}: {', '.join(facts.missing)}"
    return Objection(
        f"{message}; {untold}" if facts.untold else message, "Wait for them, or correct the header."
    )


def quota(facts: PushFacts) -> Objection | None:
    """Refuse a run on an accelerator for which too little of the week's time is left."""
    left = facts.hours_left
    if left is None or not facts.runs or left > facts.reserve:
        return None
    return Objection(
        f"{left:.1f} hours are left of this week's time on the accelerator, and target "
        f"{facts.target.name!r} keeps {facts.reserve:g}",
        "Wait for the next week, or use another accelerator.",
    )


def sessions_free(facts: PushFacts) -> Objection | None:
    """Refuse the first push of a kernel if the service would have no session for its run.

    Kaggle then refuses the save, and may not find the id again later:
    https://github.com/Kaggle/kaggle-cli/issues/964. An existing kernel loses nothing by it.
    """
    found = facts.sessions
    if found is None or not facts.runs or found.active < found.most:
        return None
    runs = (
        "1 run goes on, and Kaggle takes 1"
        if found.most == 1
        else (f"{found.active} runs go on, and Kaggle takes {found.most}")
    )
    return Objection(
        f"{runs} at once: the first save of {facts.kernel} would be refused, and Kaggle may not "
        "find its id again",
        f"Wait for a session: {facts.target.command('push', facts.name)} --wait",
    )


def about(latest: "Latest") -> str:
    """Return which version it is, who pushed it and when, as far as that is known."""
    stamp = latest.stamp
    by = f" by {stamp.by}" if stamp and stamp.by else ""
    at = f" at {stamp.at.replace('T', ' ').removesuffix('+00:00')} UTC" if stamp else ""
    return f"version {latest.version}" + (f", pushed{by}{at}" if stamp else "")


def _whose(latest: "Latest") -> str:
    """Return which version it is, and what is known of who has made it, also without nbship."""
    if latest.stamp is not None:
        return about(latest)
    began = f", its run began at {latest.began}" if latest.began else ""
    return f"version {latest.version}, not pushed by nbship{began}"


def smoked(facts: PushFacts) -> Objection | None:
    """Refuse an artifact if no rehearsal of exactly these bytes has passed.

    A notebook whose rehearsal is skipped has passed none, also if an earlier one has passed.
    """
    target = facts.target
    if target.accepts(None):
        return None
    if facts.skip:
        return Objection(
            f"its rehearsal is skipped: {facts.skip}",
            "Remove skip from [tool.nbship.smoke] of its header, and rehearse it.",
        )
    return None if target.accepts(facts.smoked) else _without_rehearsal(facts)


def _without_rehearsal(facts: PushFacts) -> Objection:
    """Return why no rehearsal of these bytes is enough for the target."""
    target = facts.target
    asks = f"target {target.name!r} asks for a rehearsal in the {target.rehearsal}"
    if not target.accepts(facts.rung):
        return Objection(
            f"{asks}, which this machine does not have",
            "'nbship doctor' says how this machine gets it.",
        )
    from shlex import quote

    command = f"doit {quote(f'smoke:{facts.name}')}"
    if facts.smoked is not None:
        return Objection(
            f"{asks}, and that of the artifact {facts.digest[:12]} was in the {facts.smoked}",
            f"Rehearse it again: {command}",
        )
    if facts.partial:
        return Objection(
            f"its rehearsal was partial: {facts.partial}", f"Rehearse all of it: {command}"
        )
    return Objection(
        f"no rehearsal of the artifact {facts.digest[:12]} has passed", f"Rehearse it: {command}"
    )
