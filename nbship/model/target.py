"""Commands as a person types them, for the lines that say what to do next."""


def command(verb: str, name: str, target: str) -> str:
    """Return the command of a verb for a notebook and a target: "doit watch:trainer -t local"."""
    option = "" if target == "main" else f" -t {target}"
    return f"doit {verb}:{name}{option}"
