"""The resend policy: how long to wait before a save that was not taken is sent again."""

from dataclasses import dataclass, replace

from nbship.core.kaggle.retry_policy import Patience


@dataclass(frozen=True, slots=True)
class Attempts:
    """What has happened since the first save of a push; times in seconds."""

    began: float
    resent: int = 0  # saves that were sent again because the server was busy
    reported: float | None = None  # when the user last read of the wait for a session


@dataclass(frozen=True, slots=True)
class Wait:
    """The pause before the next save, with the state after it.

    ``text`` describes the pause; ``is_news`` says whether the user should read it now.
    """

    seconds: float
    text: str
    is_news: bool
    attempts: Attempts


def wait_for_session(
    attempts: Attempts, patience: Patience, now: float, run: str = "one"
) -> Wait | None:
    """Return the pause while as many runs as Kaggle allows are waiting or running, or one is.

    ``run`` says in the text whose end is awaited. None where the wait has lasted long enough.
    """
    waited = now - attempts.began
    if waited >= patience.session_wait:
        return None
    last = attempts.reported
    is_news = last is None or waited - last >= patience.session_news
    text = f"waiting until {run} ends" if last is None else f"waiting for {waited / 60:.0f} min"
    reported = waited if is_news else last
    return Wait(patience.session_poll, text, is_news, replace(attempts, reported=reported))


def wait_for_server(attempts: Attempts, patience: Patience, asked: float | None) -> Wait | None:
    """Return the pause after a save that a busy or absent server did not take.

    ``asked`` are the seconds for which the server asks. None where it asks for too many, or where
    the save was sent often enough.
    """
    if attempts.resent >= len(patience.saves):
        return None
    pause = max(patience.saves[attempts.resent], asked or 0.0)
    if pause > 3 * max(patience.saves):
        return None
    text = f"again in {pause:.0f} s"
    return Wait(pause, text, is_news=True, attempts=replace(attempts, resent=attempts.resent + 1))
