"""Runs one command line: the parser, logging, and the one table from errors to exit codes. No command's own logic."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from zoomlink.cli.app import build_app
from zoomlink.cli.output import tell_problem
from zoomlink.errors import ZoomLinkError
from zoomlink.problems import Exit, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]

INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code."""
    from cyclopts import CycloptsError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a topic in Japanese is no reason to fail where only ASCII is spoken
    app = build_app()
    words = list(arguments) or ["--help"]
    try:
        result = app(words, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        tell_problem(_usage(error), hint=f"See: zoomlink {_command(words)}--help")
        return Exit.BAD_INPUT
    except ZoomLinkError as error:
        kind = problem(error.slug)
        tell_problem(str(error), title=kind.title)
        return kind.exit_code
    except KeyboardInterrupt:
        tell_problem("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone; without this, Python would complain once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        tell_problem(f"{type(error).__name__} in zoomlink itself.", title=problem("unexpected").title)
        if os.environ.get("ZOOMLINK_TRACEBACK"):
            raise
        return Exit.UNEXPECTED
    return result if isinstance(result, int) else Exit.DONE


def _usage(error: Exception) -> str:
    # The parser's own words, without its markup for rich.
    return " ".join(str(error).split()) or type(error).__name__


def _command(words: list[str]) -> str:
    return f"{words[0]} " if words and not words[0].startswith("-") else ""
