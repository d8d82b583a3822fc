"""Going on with links until nothing is due, with a bar where people look. No decisions."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zoomlink.cli.output import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoomlink.links.desk import LinkDesk
    from zoomlink.model import Link

__all__ = ["settle_all"]

_OPEN = ("planned", "sending", "unknown", "parked")
_PAUSE = 0.5


def settle_all(desk: LinkDesk, *, wait: float) -> dict[str, Link]:
    """Settle what is due, and for `wait` seconds what becomes due; return the links dealt with, by id."""
    end = time.monotonic() + wait
    done: dict[str, Link] = {}
    with _bar(desk) as moved:
        while True:
            links = desk.settle()
            done |= {link.id: link for link in links}
            moved()
            if links:
                continue
            if time.monotonic() >= end or not _open(desk):
                return done
            time.sleep(min(_PAUSE, max(end - time.monotonic(), 0)))


def _open(desk: LinkDesk) -> int:
    counts = desk.counts()
    return sum(counts.get(state, 0) for state in _OPEN)


@contextmanager
def _bar(desk: LinkDesk) -> Iterator[Callable[[], None]]:
    """Show how many links are on their way yet, on stderr, where it is a terminal and there is something to wait for."""
    total = _open(desk)
    if not is_terminal(sys.stderr) or total < 2:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Settling"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("settling", total=total)
        yield lambda: progress.update(task, completed=max(total - _open(desk), 0))
