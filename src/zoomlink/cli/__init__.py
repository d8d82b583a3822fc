"""The command. Data goes to stdout, words to stderr; every outcome has its own exit code."""

from __future__ import annotations

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit with its code: the entry point of ``zoomlink`` and ``python -m zoomlink.cli``."""
    import gc
    import sys

    try:
        # Loading makes many objects that stay; looking for garbage among them costs a tenth of the start.
        gc.disable()
        from zoomlink.cli.run import run

        gc.freeze()
        gc.enable()
        code = run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # before the command began, or once it was over
        code = 130
    sys.exit(code)
