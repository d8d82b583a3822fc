"""Days: 250 links for one host take three of Zoom's days, on a clock that moves when somebody waits. In one process."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.storm.ground import START, Verdict, alive, bar, rules_for, sqlite

from zoomlink.config import Settings
from zoomlink.links.desk import LinkDesk
from zoomlink.links.rules import Times
from zoomlink.zoom.flow import Moment
from zoomlink.zoom.retry import RetryPolicy
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Callable

BEGIN = datetime(2031, 6, 2, 21, 0, tzinfo=UTC)
A_DAY = 100
RESTARTS = 10
HOST = "host1@sandbox.example"


@dataclass
class CommonClock:
    """The sandbox's time and ours, which may go wrong by `off`; it moves when somebody waits."""

    sandbox: ThreadedSandbox
    off: timedelta = timedelta(0)
    zooms: datetime = BEGIN
    ticks: float = 0.0
    longest: float = field(default=0.0)

    def now(self) -> Moment:
        """The present, as we have it."""
        return Moment(self.zooms + self.off, self.ticks)

    def sleep(self, seconds: float, jitter: float) -> None:
        """Let so much time pass for all."""
        self.longest = max(self.longest, seconds + jitter)
        self.advance(seconds + jitter)

    def advance(self, seconds: float) -> None:
        """Let so much time pass for all."""
        self.sandbox.advance(seconds)
        self.zooms += timedelta(seconds=seconds)
        self.ticks += seconds


def run(seed: int, links: int = 250, off: float = 0.0, used_by_others: int = 0) -> Verdict:
    """Create all at once, and go on whenever something is due. `off`: by how many seconds our clock goes wrong;
    `used_by_others`: writes of the first day that another program has used up.
    """
    name = "days-wrong-clock" if off else "days-shared" if used_by_others else "days"
    verdict = Verdict(name, seed)
    options = Options(clock=BEGIN.timestamp(), limits=True)
    with tempfile.TemporaryDirectory() as place, ThreadedSandbox(options) as sandbox, bar("days", links) as tell:
        clock = CommonClock(sandbox, timedelta(seconds=off))
        names = {"ZOOMLINK_DATABASE": sqlite(Path(place)), "ZOOMLINK_PLAN": "pro"}
        settings = Settings.from_env({**sandbox.env, **names})

        def opened() -> LinkDesk:
            return LinkDesk(settings, rules=rules_for(settings, Times(), RetryPolicy()), clock=clock)

        if used_by_others:
            _use_up(sandbox, used_by_others)
        made_by_day = []
        with opened() as desk:
            for number in range(links):
                desk.create(
                    f"Lesson {number}", start=START, host=HOST, key=f"key-{number}", allow_overlap=True, wait=10
                )
        made_by_day.append(_made(sandbox))
        left = links - made_by_day[0]
        midnight = BEGIN.replace(hour=0) + timedelta(days=1)
        while left > 0 and len(made_by_day) < 6:
            _parked(opened, clock, sandbox, midnight, left, verdict)
            before = _made(sandbox)
            last = _resumed(opened, clock, sandbox, midnight, tell)
            made_by_day.append(_made(sandbox) - before)
            left -= made_by_day[-1]
            late = (last - midnight).total_seconds()
            verdict.must(late <= 60, f"day {len(made_by_day)}: the last one came {late:.0f} s after midnight")
            verdict.figures[f"resumed within, day {len(made_by_day)}"] = f"{late:.0f} s"
            midnight += timedelta(days=1)
        first = min(A_DAY - used_by_others, links)
        # Where our clock is ahead, one link asks too early each day; nobody knows whether Zoom counts what it refuses.
        a_day = A_DAY - (off > 1)
        days = [first, *(min(a_day, links - first - at) for at in range(0, links - first, a_day))]
        verdict.must(made_by_day == days, f"made by day: {made_by_day}")
        refused = sum(1 for one in sandbox.requests if one["operation"] == "meetings.create" and one["status"] == 429)
        probes = bool(used_by_others) + (off > 0) * (len(days) - 1)
        verdict.must(refused <= probes, f"Zoom refused {refused} creates")
        verdict.must(clock.longest <= 1, f"somebody slept {clock.longest:.1f} s")
        with opened() as desk:
            verdict.must(desk.counts() == {"ready": links}, f"in the end: {desk.counts()}")
        verdict.must(len(alive(sandbox.ledger)) == links, "not one meeting for each link")
        verdict.figures |= {"made by day": made_by_day, "refused": refused, "longest sleep": f"{clock.longest:.2f} s"}
    return verdict


def _use_up(sandbox: ThreadedSandbox, writes: int) -> None:
    body = json.dumps({"hosts": {"used": {HOST: writes}}}).encode()
    request = urllib.request.Request(sandbox.url + "/_sandbox/limits", body, method="PATCH")
    urllib.request.urlopen(request).close()


def _made(sandbox: ThreadedSandbox) -> int:
    return sum(1 for commit in sandbox.ledger if commit["action"] == "create")


def _asked(sandbox: ThreadedSandbox) -> int:
    return sum(1 for one in sandbox.requests if one["operation"] == "meetings.create")


def _parked(
    opened: Callable[[], LinkDesk],
    clock: CommonClock,
    sandbox: ThreadedSandbox,
    midnight: datetime,
    left: int,
    verdict: Verdict,
) -> None:
    """Start again and again until midnight: nothing is asked of Zoom, and nobody waits."""
    asked = _asked(sandbox)
    before_ours = midnight - max(clock.off, timedelta(0))
    pause = (before_ours - clock.zooms).total_seconds() - 30
    for number in range(RESTARTS):
        clock.advance(pause / RESTARTS)
        began = clock.ticks
        with opened() as desk:
            settled = desk.settle()
            verdict.must(not settled, f"restart {number}: {len(settled)} links were due")
            counts = desk.counts()
            verdict.must(counts.get("parked") == left, f"restart {number}: {counts}")
            one = desk.list(state="parked", limit=1).items[0]
            again = desk.create(one.topic, start=START, host=HOST, key=one.key, allow_overlap=True, wait=10)
            verdict.must(again.state == "parked", f"restart {number}: asked again, it is {again.state}")
        verdict.must(clock.ticks == began, f"restart {number}: somebody waited {clock.ticks - began:.1f} s")
    verdict.must(_asked(sandbox) == asked, f"{_asked(sandbox) - asked} creates were asked for while parked")


def _resumed(
    opened: Callable[[], LinkDesk],
    clock: CommonClock,
    sandbox: ThreadedSandbox,
    midnight: datetime,
    tell: Callable[[int], None],
) -> datetime:
    """Look every second until two minutes after midnight; returns when the last link of the day was made."""
    last = midnight
    count = _made(sandbox)
    with opened() as desk:
        while clock.zooms < midnight + timedelta(seconds=120):
            while desk.settle():
                pass
            made = _made(sandbox)
            if made != count:
                count, last = made, clock.zooms
                tell(count)
            clock.advance(1)
    return last
