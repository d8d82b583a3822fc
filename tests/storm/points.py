"""Every crash point: die before and after the n-th operation of the database or the network, for every n; go on once.

The store and the sender given to the desk count, and end the process as a kill would: nothing is patched, nothing is
cleaned up. One restart settles; the sandbox's ledger judges.
"""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.storm.ground import START, Verdict, bar, launch, processes, reap, rules_for, sqlite, zoom
from tests.storm.storm import rows_of

from zoomlink.client.http import HTTPSender
from zoomlink.config import Settings
from zoomlink.errors import ZoomLinkError
from zoomlink.links.desk import LinkDesk
from zoomlink.links.rules import Times
from zoomlink.store.sqlite import SQLiteStore
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tests.storm.ground import Zoom

    from zoomlink.store.ops import Op
    from zoomlink.zoom.flow import Request, Response

T = TypeVar("T")

POLICY = RetryPolicy(attempts=3, timeout=0.25, deadline=0.4, first_wait=0.02, longest_wait=0.05)
# Whoever sends is soon taken for dead, since here it is.
TIMES = Times(lease=400, settle=150, looks=(10, 20, 40), watch=(50, 150, 350), retries=(10, 20, 40), hold=50)
TOGETHER = 4
UNTOUCHED = 0
DEAD = 77


class Doom:
    """Counts operations; at the chosen one the process ends. Twice per operation: before it and after it."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def step(self) -> None:
        """One more; perhaps the last."""
        self.passed += 1
        if self.passed == self.at:
            os._exit(DEAD)


class DoomedStore:
    """A store, with a crash point before and after each operation."""

    def __init__(self, store: SQLiteStore, doom: Doom) -> None:
        self._store = store
        self._doom = doom

    @property
    def ahead(self) -> timedelta:
        """As the store says."""
        return self._store.ahead

    def carry_out(self, op: Op[T]) -> T:
        """As the store does."""
        self._doom.step()
        found = self._store.carry_out(op)
        self._doom.step()
        return found

    def close(self) -> None:
        """As the store does."""
        self._store.close()


class DoomedSender:
    """The network, with a crash point before and after each exchange."""

    def __init__(self, doom: Doom) -> None:
        self._sender = HTTPSender()
        self._doom = doom

    def send(self, request: Request, timeout: float) -> Response:
        """As the network does."""
        self._doom.step()
        found = self._sender.send(request, timeout)
        self._doom.step()
        return found

    def close(self) -> None:
        """As the network does."""
        self._sender.close()


@dataclass(frozen=True)
class Scenario:
    """What is done until it is cut short, while Zoom behaves so; and how many meetings there are in the end."""

    name: str
    faults: tuple[dict[str, Any], ...] = ()
    mode: str = "fast"
    then: str = ""
    meetings: int = 1
    keyless: bool = False


ONCE = {"route": "meetings.create", "nth": 1}
SCENARIOS = (
    Scenario("create"),
    Scenario("create, strict", mode="strict"),
    Scenario("create, answer lost after the commit", ({"kind": "reset-after-commit", **ONCE},)),
    Scenario("create, answer lost before the commit", ({"kind": "close-before-commit", **ONCE},)),
    Scenario("create, strict, answer lost before the commit", ({"kind": "500-before-commit", **ONCE},), "strict"),
    Scenario("create, the meeting comes late", ({"kind": "late-commit", "delay": 0.3, "clock": "real", **ONCE},)),
    Scenario("create, refused for the moment", ({"kind": "429-per-second", "retry_after": "0", **ONCE},)),
    Scenario("create, the token is no longer good", ({"kind": "401-once", **ONCE},)),
    Scenario("create, then update", then="update"),
    Scenario(
        "create, the meeting comes late, then update",
        ({"kind": "late-commit", "delay": 0.3, "clock": "real", **ONCE},),
        then="update",
    ),
    Scenario("create, then cancel", then="cancel", meetings=0),
    Scenario("create, answer lost, then cancel", ({"kind": "close-after-commit", **ONCE},), then="cancel", meetings=0),
)


def doomed(environ: dict[str, str], scenario: Scenario, key: str, at: int) -> None:
    """The life that is cut short."""
    doom = Doom(at)
    settings = Settings.from_env(environ)
    store = SQLiteStore(settings.database.reveal().removeprefix("sqlite:///"))
    rules = rules_for(settings, TIMES, POLICY, mode=scenario.mode)
    desk = LinkDesk(settings, store=DoomedStore(store, doom), sender=DoomedSender(doom), rules=rules, policy=POLICY)
    _live(desk, scenario, key)
    os._exit(UNTOUCHED)


def restarted(environ: dict[str, str], scenario: Scenario, key: str) -> None:
    """The next life: asks for the same and settles until it comes to rest."""
    settings = Settings.from_env(environ)
    rules = rules_for(settings, TIMES, POLICY, mode=scenario.mode)
    with LinkDesk(settings, rules=rules, policy=POLICY) as desk:
        _live(desk, scenario, key)
        end = time.monotonic() + 15
        while any(row.due_at is not None for row in rows_of(desk)) and time.monotonic() < end:
            desk.settle()
            time.sleep(0.01)


def _live(desk: LinkDesk, scenario: Scenario, key: str) -> None:
    link = desk.create("Lesson", start=START, key=key, allow_overlap=True, wait=5)
    try:
        if scenario.then == "cancel":
            desk.cancel(link, wait=5)
        if scenario.then == "update":
            desk.update(link, topic="Another lesson", wait=5)
    except ZoomLinkError as error:
        if error.slug != "outcome-unknown":
            raise


def run(seed: int, scenarios: tuple[Scenario, ...] = SCENARIOS) -> Verdict:
    """Try every point of every scenario, a few scenarios at a time."""
    verdict = Verdict("points", seed)
    with (
        tempfile.TemporaryDirectory() as place,
        ThreadPoolExecutor(TOGETHER) as pool,
        bar("crash points", len(scenarios)) as tell,
    ):
        begun = [pool.submit(_all_points, scenario, Path(place) / scenario.name, verdict) for scenario in scenarios]
        counts = []
        for number, one in enumerate(begun):
            counts.append(one.result())
            tell(number + 1)
    verdict.figures |= {"scenarios": len(scenarios), "points": sum(counts)}
    return verdict


def _all_points(scenario: Scenario, folder: Path, verdict: Verdict) -> int:
    """Die at point 1, 2, 3 … until a life is untouched; returns how many points there are."""
    with zoom() as there:
        for at in count(1):
            environ = there.leading_here(sqlite(folder, f"{at}.db"))
            there.ask("POST", "reset")
            there.ask("POST", "faults", list(scenario.faults))
            untouched = _life(doomed, environ, scenario, f"key-{at}", at) == UNTOUCHED
            code = _life(restarted, environ, scenario, f"key-{at}")
            verdict.must(code == 0, f"{scenario.name}, point {at}: the next life ended with {code}")
            _judge(there, environ, scenario, at, verdict)
            if untouched:
                return at
    raise AssertionError


def _life(target: Callable[..., None], *arguments: Any) -> int | None:
    process = processes.Process(target=target, args=arguments)
    launch(process)
    code = reap(process, 40)
    if code is None:
        process.kill()
        code = reap(process)
    return code


def _judge(there: Zoom, environ: dict[str, str], scenario: Scenario, at: int, verdict: Verdict) -> None:
    where = f"{scenario.name}, point {at}"
    alive = there.alive()
    verdict.must(len(alive) == scenario.meetings, f"{where}: {len(alive)} meetings are alive")
    with LinkDesk(Settings.from_env(environ)) as desk:
        rows = rows_of(desk)
    verdict.must(len(rows) == 1, f"{where}: {len(rows)} rows")
    for row in rows:
        state = "cancelled" if scenario.meetings == 0 else "ready"
        verdict.must(row.state == state, f"{where}: the link is {row.state}")
        verdict.must(row.due_at is None, f"{where}: it does not come to rest")
        if scenario.meetings:
            verdict.must(row.meeting_id in alive, f"{where}: the link's meeting is not alive")
            topic = "Another lesson" if scenario.then == "update" else "Lesson"
            seen = [one["topic"] for one in there.commits() if one["meeting_id"] == row.meeting_id][-1]
            verdict.must(seen == topic, f"{where}: the topic is {seen}")
