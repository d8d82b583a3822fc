"""Processes that a storm kills: each has a desk and makes the link of every key it is sent. No judgement."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm.ground import POLICY, START, rules_for

from zoomlink.config import Settings
from zoomlink.errors import LedgerError, ServerError, TransportError, UnexpectedResponseError, ZoomLinkError
from zoomlink.links.desk import LinkDesk

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


@dataclass(frozen=True)
class Job:
    """One request for a link."""

    key: str
    topic: str
    host: str
    minutes: int
    then: str = ""
    """``cancel`` or ``update``: what is done with the link afterwards."""

    @property
    def last_topic(self) -> str:
        """The meeting's topic in the end."""
        return f"{self.topic}, moved" if self.then == "update" else self.topic


@dataclass(frozen=True)
class Said:
    """What a worker has to say about a job."""

    state: str
    join_url: str | None = None
    error: str | None = None
    again: bool = False
    """True when it was told to try again later."""


def serve(connection: Connection, environ: dict[str, str], mode: str, written: str, sweep_every: int) -> None:
    """Make links for the keys that come along the connection until there are no more.

    Each join link is written down, and is on the disk, before the next key is asked for. Now and then the worker also
    goes on with what others left behind.
    """
    desk = opened(environ, mode)
    with desk, Path(written).open("a", encoding="utf-8") as out:
        count = 0
        while (job := connection.recv()) is not None:
            said = make(desk, job)
            if said.join_url is not None:
                out.write(json.dumps([job.key, said.join_url]) + "\n")
                out.flush()
                os.fsync(out.fileno())
            connection.send(said)
            count += 1
            if count % sweep_every == 0:
                sweep(desk, 20)


def settle(connection: Connection, environ: dict[str, str]) -> None:
    """Go on with all that is due whenever something comes along the connection, and tell how much that was."""
    with opened(environ, "fast") as desk:
        while connection.recv() is not None:
            connection.send(sweep(desk, 50))


def opened(environ: dict[str, str], mode: str) -> LinkDesk:
    """A desk. The database may be away for a moment; whoever opens it is told so, and comes again."""
    settings = Settings.from_env(environ)
    end = time.monotonic() + 60
    while True:
        try:
            return LinkDesk(settings, rules=rules_for(settings, mode=mode), policy=POLICY)
        except LedgerError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def make(desk: LinkDesk, job: Job) -> Said:
    """Make one link, and tell what came of it."""
    try:
        link = desk.create(
            job.topic, start=START, host=job.host, duration=job.minutes, key=job.key, allow_overlap=True, wait=4
        )
        if job.then == "cancel":
            link = desk.cancel(link, wait=4)
        if job.then == "update":
            link = desk.update(link, topic=job.last_topic, wait=4)
    except ZoomLinkError as error:
        if error.slug == "outcome-unknown":  # nobody can change yet what may not exist
            return Said("", again=True, error=str(error))
        return Said("", error=f"{type(error).__name__}: {error.message}", again=isinstance(error, _FOR_NOW))
    return Said(link.state.value, link.join_url)


_FOR_NOW = (TransportError, ServerError, UnexpectedResponseError, LedgerError)
"""No token could be had, or no ledger. That Zoom refused is never said: it never did."""


def sweep(desk: LinkDesk, limit: int) -> int:
    """Settle some; Zoom and the ledger may be out of reach."""
    try:
        return len(desk.settle(limit=limit))
    except LedgerError:
        return 1
    except ZoomLinkError as error:
        if error.slug in {"credentials", "configuration"}:
            raise
        return 1


def written_in(folder: Path) -> list[tuple[str, str]]:
    """All keys and join links that workers wrote down; a line that a kill cut short was never handed out."""
    found: list[tuple[str, str]] = []
    for path in sorted(folder.glob("written-*")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            entry: Any = json.loads(line)
            found.append((entry[0], entry[1]))
    return found
