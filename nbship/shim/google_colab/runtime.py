"""The machine of a notebook, which a rehearsal does not end."""


def unassign() -> None:
    """Say that Colab would end the machine here."""
    print("runtime.unassign(): Colab ends the machine here")
