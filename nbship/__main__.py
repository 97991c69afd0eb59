"""The program ``nbship``, also ``python -m nbship``."""

from nbship import interrupts  # noqa: F401 - before all others: from here on, Ctrl-C is one line


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    from nbship.cli import main as run

    run()


if __name__ == "__main__":
    main()
