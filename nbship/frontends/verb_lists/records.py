"""The verbs about what pushes have left, the records and the stamps: commands of nbship only."""

from nbship.frontends.commands import Options, Verb
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.kernels import JSON


def _pin(session: Session, name: str, _: Options) -> None:
    from nbship.frontends.output.records import run_pin

    run_pin(session, name)


def _trace(session: Session, word: str, options: Options) -> None:
    from nbship.frontends.output.records import run_trace

    run_trace(session, word, options)


RECORDS = (
    Verb(
        "pin",
        "put the image of the last complete run into the header",
        _pin,
        names="kernels",
        more="The session line of a run tells its image. Comments and the order of the keys stay.",
        examples=(("nbship pin trainer", "so that Kaggle runs it in the same image again"),),
        is_task=False,
    ),
    Verb(
        "trace",
        "print from which source, commit and push a stray notebook or script comes",
        _trace,
        names="one",
        word="FILE",
        options=(JSON,),
        more="By the stamp with which every pushed version begins. Changes nothing.",
        examples=(("nbship trace ~/Downloads/trainer.ipynb", ""),),
        is_task=False,
    ),
)
