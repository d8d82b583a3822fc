"""``zoomlink worker``: goes on with due links until it is stopped. Which accounts, and how lines look; no decisions."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import Parameter
from cyclopts.validators import Number

from zoomlink.accounts import CHOSEN, FILE, account_names
from zoomlink.cli.common import settings_for
from zoomlink.cli.options import Sandbox
from zoomlink.cli.output import say
from zoomlink.config import Settings, read_environment, wants_sandbox
from zoomlink.worker.telling import line, told_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["log_lines", "worker"]


def worker(
    *,
    concurrency: Annotated[int, Parameter(validator=Number(gte=1, lte=500))] = 8,
    once: bool = False,
    alive: Path | None = None,
    sandbox: Sandbox = False,
) -> int:
    """Go on with links that are due until Ctrl-C or SIGTERM, then finish what is in flight.

    It serves the account it is told (--account), else all of ZOOMLINK_ACCOUNTS. With a ledger on PostgreSQL, as many as
    you like may run on as many machines.

    Parameters
    ----------
    concurrency
        Links at the same time, of each account.
    once
        Go on with what is due now, and end: for cron.
    alive
        A file to touch every few seconds as long as all is well, for whoever watches over the process.
    """
    from zoomlink.worker.running import sweep_once, work

    log_lines(sys.stderr)
    with _accounts(sandbox=sandbox) as accounts:
        if once:
            done = asyncio.run(sweep_once(accounts, concurrency=concurrency))
            say(f"Went on with {done} link{'' if done == 1 else 's'}.")
        else:
            asyncio.run(work(accounts, concurrency=concurrency, alive=alive))
    return 0


@contextmanager
def _accounts(*, sandbox: bool) -> Iterator[list[Settings]]:
    """Give the settings of all accounts to serve."""
    environ = read_environment()
    names = account_names(environ)
    one = sandbox or wants_sandbox(environ) or environ.get(CHOSEN, "").strip() or not names
    if one:
        with settings_for(sandbox=sandbox) as settings:
            yield [settings]
        return
    found = [Settings.from_env({**environ, CHOSEN: name}) for name in names]
    if environ.get("ZOOM_ACCOUNT_ID", "").strip():
        found.append(Settings.from_env({name: value for name, value in environ.items() if name != FILE}))
    # The same account may be named twice: once is enough.
    yield list({(one.credentials.account_id, one.database.reveal()): one for one in reversed(found)}.values())


def log_lines(out: TextIO) -> None:
    """Write log lines, one line each: the worker's own, and what its libraries warn of."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Lines())
    for name, level in (("zoomlink.worker", logging.INFO), ("procrastinate", logging.WARNING), ("psycopg", 30)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        if logger.level == logging.NOTSET:
            logger.setLevel(level)


class _Lines(logging.Formatter):
    """``time=… level=… event and values``; of an error its kind and place, for what it says may be anything."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        values = {"time": f"{at}.{int(record.msecs):03d}Z", "level": record.levelname.lower()}
        own = record.name == "zoomlink.worker"
        said = record.getMessage() if own else line("library", {"name": record.name, "says": record.getMessage()})
        error = record.exc_info[1] if record.exc_info else None
        more = "" if error is None else line("", told_of(error))
        return line("", values).strip() + f" {said}{more}"
