"""git's filter for notebooks: nbstripout itself, started without what would take seconds.

git starts ``python -P -m nbship.strip`` for each notebook that it takes in, at each look at it.
"""

from nbship.lazy import ADDRESS_GRAMMARS, excluding


def main() -> None:
    """Run nbstripout with the arguments of the command line."""
    with excluding(ADDRESS_GRAMMARS):
        import nbstripout

        nbstripout.main()


if __name__ == "__main__":
    main()
