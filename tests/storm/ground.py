"""What the storms share: a sandbox as a process of its own and its control plane, short times, a bar, a verdict.

The sandbox's ledger is the only judge: nothing here asks zoomlink what is true.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.local_zoom import local_zoom

from zoomlink.client.clock import SystemClock
from zoomlink.links.rules import Rules, Times
from zoomlink.zoom.flow import Moment
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from zoomlink.config import Settings

TORTURE = os.environ.get("ZOOMLINK_TORTURE") == "1"

POLICY = RetryPolicy(attempts=3, timeout=1.0, deadline=5.0, first_wait=0.02, longest_wait=0.2)
TIMES = Times(
    lease=2_500,
    settle=2_500,
    looks=(40, 80, 160, 320, 640),
    watch=(500, 2_000, 6_000),
    retries=(40, 80, 160, 320),
    hold=1_500,
)
"""Zoom's day in six seconds: an answer is late after one, a meeting after two, and who sends is dead after two and a
half."""

START = "2031-12-01T18:24:00Z"

processes = multiprocessing.get_context("forkserver")
"""Processes that share nothing with this one, and start in a moment, since one that has all imported forks them."""
processes.set_forkserver_preload(["tests.storm.worker", "zoomlink.links.desk", "zoomlink.store.sqlite"])
_reaping = threading.Lock()


def launch(process: BaseProcess) -> None:
    """Start a process; for whoever does so in several threads, see `reap`."""
    with _reaping:
        process.start()


def reap(process: BaseProcess, seconds: float | None = None) -> int | None:
    """Wait for a process of `launch`, and return its exit code; None when it lives on after so many seconds.

    An exit code can be read once only, and whoever starts a process also reads those of the others that have ended:
    two threads that read at once make it 255. So one thread at a time does either, and the long wait reads nothing.
    """
    wait_for([process.sentinel], seconds)
    with _reaping:
        process.join(0)
        return process.exitcode


class Zoom:
    """A running sandbox. Also what its ledger says."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.pid = int(environ["PID"])
        self._place = urlsplit(environ["ZOOM_API_URL"]).netloc

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control plane; a body is sent as JSON."""
        connection = http.client.HTTPConnection(self._place, timeout=60)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox/{path}", sent, {"Content-Type": "application/json"} if sent else {})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in {200, 201, 204}, (method, path, answer.status, content[:500])
            return json.loads(content) if content else None
        finally:
            connection.close()

    def leading_here(self, database: str, **more: str) -> dict[str, str]:
        """The environment of a program that uses this sandbox, with a ledger of its own."""
        return {**self.environ, "ZOOMLINK_DATABASE": database, "ZOOMLINK_PLAN": "none", **more}

    def commits(self) -> list[dict[str, Any]]:
        """All that took effect."""
        return list(self.ask("GET", "ledger")["commits"])

    def alive(self) -> dict[int, dict[str, Any]]:
        """The meetings that were made and not deleted: by id, the last commit of each."""
        return alive(self.commits())

    def requests(self) -> list[dict[str, Any]]:
        """The last thousand requests."""
        return list(self.ask("GET", "requests")["requests"])

    def seen(self, operation: str) -> list[dict[str, Any]]:
        """Those of them that asked for one operation."""
        return [one for one in self.requests() if one["operation"] == operation]


def alive(commits: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The meetings that a ledger's commits leave alive."""
    found: dict[int, dict[str, Any]] = {}
    for commit in commits:
        if commit["action"] in {"create", "recover", "update"}:
            found[commit["meeting_id"]] = commit
        elif commit["action"] == "delete":
            found.pop(commit["meeting_id"], None)
    return found


@contextmanager
def zoom(*options: str) -> Iterator[Zoom]:
    """Run a sandbox, without limits unless `options` say otherwise."""
    with local_zoom(*options) as environ:
        yield Zoom(environ)


def rules_for(settings: Settings, times: Times = TIMES, policy: RetryPolicy = POLICY, **changes: Any) -> Rules:
    """The rules of a desk whose days are short."""
    return replace(Rules.of(settings, policy=policy), times=times, **changes)


def sqlite(folder: Path, name: str = "ledger.db") -> str:
    """The address of a ledger in this folder."""
    return f"sqlite:///{folder / name}"


class ShiftedClock(SystemClock):
    """The machine's clock and a span that all processes add to it: an hour passes when somebody says so.

    With `calm` only the calendar jumps, and no call under way finds that it took an hour.
    """

    def __init__(self, shift: Any, *, calm: bool = False) -> None:
        self.shift = shift
        self.calm = calm

    def now(self) -> Moment:
        """The present, as much later as the span says."""
        moment = super().now()
        span = self.shift.value
        return Moment(moment.wall + timedelta(seconds=span), moment.ticks + (0 if self.calm else span))


@dataclass
class Verdict:
    """What a storm found: figures for people, and what must not be, if anything."""

    name: str
    seed: int
    figures: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    full: bool = False

    def must(self, holds: bool, otherwise: str) -> None:
        """Note a violation unless it holds."""
        if not holds:
            self.violations.append(otherwise)

    def __str__(self) -> str:
        figures = ", ".join(f"{name} {value}" for name, value in self.figures.items())
        lines = [f"{self.name}: {figures} ({time.monotonic() - self.began:.1f} s)"]
        lines += [f"  VIOLATION: {one}" for one in self.violations[:20]]
        if self.violations:
            again = f"python -m tests.storm {self.name} --seed {self.seed}{' --full' if self.full else ''}"
            lines.append(f"  {len(self.violations)} in all. Again: {again}")
        return "\n".join(lines)


def wait_until(holds: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Wait for a condition, at most so long; says whether it came about."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


@contextmanager
def bar(words: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar where somebody watches; gives a function that is told how many are done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)
