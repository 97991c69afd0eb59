"""git's filter for notebooks: nbstripout, without optional imports that take seconds.

git runs ``python -P -m nbship.strip`` for each changed notebook, also for ``git status``.
"""

from nbship.lazy import ADDRESS_GRAMMARS, excluding


def main() -> None:
    """Run nbstripout with the arguments of the command line."""
    with excluding(ADDRESS_GRAMMARS):
        import nbstripout

        nbstripout.main()


if __name__ == "__main__":
    main()
