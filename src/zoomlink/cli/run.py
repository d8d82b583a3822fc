"""Runs one command line: the parser, logging, and the one table from errors to exit codes. No command's own logic."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from zoomlink.cli.app import COMMANDS, build_app
from zoomlink.cli.output import be_quiet, let_go_of_stdout, say, tell_problem
from zoomlink.errors import ZoomLinkError
from zoomlink.problems import Exit, problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cyclopts import CycloptsError

__all__ = ["run"]

INTERRUPTED = 130

# The sentences of these errors say it all; a title before them would only say it twice.
_PLAIN = {
    "invalid-input",
    "key-reused",
    "not-found",
    "configuration",
    "credentials",
    "ledger",
    "outcome-unknown",
    "no-host",
}


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code."""
    from cyclopts import CycloptsError

    _open_closed()
    words, verbose, quiet = _loudness(list(arguments))
    words, account = _account(words)
    if account is not None:
        os.environ["ZOOMLINK_ACCOUNT"] = account
    be_quiet(quiet)
    if verbose:
        _log_to_stderr()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a topic in Japanese is no reason to fail where only ASCII is spoken
    words = words or ["--help"]
    try:
        result = build_app(words)(words, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        tell_problem(_usage(error), hint=f"See: {_command(error, words)} --help")
        return Exit.BAD_INPUT
    except ZoomLinkError as error:
        kind = problem(error.slug)
        tell_problem(str(error), title=None if kind.slug in _PLAIN else kind.title)
        if kind.slug == "outcome-unknown":
            say("To go on: zoomlink settle; to look: zoomlink list.")
        return kind.exit_code
    except KeyboardInterrupt:
        tell_problem("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        let_go_of_stdout()  # its reader has gone
        return Exit.DONE
    except OSError as error:  # not Zoom's doing: a full disk, a file that is not ours
        name = f" ({error.filename})" if error.filename else ""
        tell_problem(f"{error.strerror or type(error).__name__}{name}.", title=problem("unexpected").title)
        let_go_of_stdout()
        return Exit.UNEXPECTED
    except Exception as error:
        tell_problem(f"{type(error).__name__} in zoomlink itself.", title=problem("unexpected").title)
        if os.environ.get("ZOOMLINK_TRACEBACK"):
            raise
        return Exit.UNEXPECTED
    return result if isinstance(result, int) else Exit.DONE


def _open_closed() -> None:
    """Give streams that the caller closed (``>&-``) an end: nothing to read, nobody who listens."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole life


def _loudness(words: list[str]) -> tuple[list[str], bool, bool]:
    """Take ``-v`` and ``-q`` out of a command line; they may stand anywhere before a ``--``.

    ``call -q`` is that command's own, and what follows ``sandbox`` is zoomsandbox's.
    """
    end = words.index("--") if "--" in words else len(words)
    command = next((word for word in words[:end] if not word.startswith("-")), "")
    if command == "sandbox":
        end = words.index("sandbox")
    loud, still = {"-v", "--verbose"}, {"--quiet"} if command == "call" else {"-q", "--quiet"}
    before = words[:end]
    left = [word for word in before if word not in loud | still]
    return left + words[end:], bool(loud & {*before}), bool(still & {*before})


def _account(words: list[str]) -> tuple[list[str], str | None]:
    """Take ``--account NAME`` out of a command line; it may stand anywhere before a ``--``."""
    end = words.index("--") if "--" in words else len(words)
    if "sandbox" in words[:1]:
        return words, None
    for at, word in enumerate(words[:end]):
        if word.startswith("--account="):
            return words[:at] + words[at + 1 :], word.partition("=")[2]
        if word == "--account" and at + 1 < end:
            return words[:at] + words[at + 2 :], words[at + 1]
    return words, None


def _log_to_stderr() -> None:
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("zoomlink")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def _usage(error: Exception) -> str:
    from cyclopts import MissingArgumentError, UnusedCliTokensError

    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        extra = " ".join(error.unused_tokens)
        return f"“{extra}” is too much. Put quotes around a text of several words."
    if isinstance(error, MissingArgumentError) and error.argument is not None and not error.argument.tokens:
        return f"{error.argument.name} is missing."
    # Else the parser's own words, without its markup for rich.
    return " ".join(str(error).split()) or type(error).__name__


def _command(error: CycloptsError, words: list[str]) -> str:
    """The command a line meant, with that of a group, as far as it was understood."""
    meant = error.command_chain or [word for word in words[:1] if word in {command.name for command in COMMANDS}]
    return " ".join(["zoomlink", *meant])
