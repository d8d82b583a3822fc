"""Rates: processes that know of each other only by the ledger use what Zoom allows and never more."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from tests.storm.ground import START, Verdict, bar, processes, rules_for, sqlite, wait_until, zoom

from zoomlink.config import Settings
from zoomlink.links.desk import LinkDesk
from zoomlink.links.rules import Times
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.storm.ground import Zoom

ALLOWED = 10
"""Creates a second."""
LEARNING = 1.5
"""Seconds in which the lower limit may still have to be learned."""


def steady(seed: int, seconds: int, size: int = 2, threads: int = 8) -> Verdict:
    """All create as fast as they may, while Zoom allows fewer calls than the plan says."""
    verdict = Verdict("rate", seed)
    users = [option for number in range(20) for option in ("--user", f"host{number}@sandbox.example")]
    with tempfile.TemporaryDirectory() as place, zoom("--limits", "on", *users) as there:
        _only(there, ALLOWED)
        environ = there.leading_here(sqlite(Path(place)), ZOOMLINK_PLAN="pro")
        pipes = [processes.Pipe() for _ in range(size)]
        hands = [
            processes.Process(target=_creators, args=(theirs, environ, threads, seconds + LEARNING, number))
            for number, (_, theirs) in enumerate(pipes)
        ]
        for hand in hands:
            hand.start()
        for ours, _ in pipes:
            ours.recv()
        began = time.monotonic()
        for ours, _ in pipes:
            ours.send("now")
        with bar("rate", seconds) as tell:
            wait_until(lambda: time.monotonic() - began > LEARNING, LEARNING * 2, 0.01)
            there.ask("DELETE", "requests")
            first, start = len(there.commits()), time.monotonic()
            while (passed := time.monotonic() - start) < seconds:
                tell(int(passed))
                time.sleep(min(0.5, max(seconds - passed, 0.001)))
            made, passed = len(there.commits()) - first, time.monotonic() - start
        statuses = Counter(one["status"] for one in there.seen("meetings.create"))
        for (ours, _), hand in zip(pipes, hands, strict=True):
            ours.recv()
            hand.join()
            ours.close()
        # One call more or less is where the seconds were cut.
        used = (made + 1) / (passed * ALLOWED)
        verdict.must(statuses[429] == 0, f"Zoom refused {statuses[429]} of {sum(statuses.values())}")
        verdict.must(used >= 0.95, f"only {made} creates in {passed:.2f} s")
        verdict.figures |= {"creates": made, "seconds": round(passed, 2), "used": f"{made / (passed * ALLOWED):.1%}"}
        verdict.figures["refused"] = statuses[429]
    return verdict


def _creators(
    connection: Connection, environ: dict[str, str], threads: int, seconds: float, number: int, batch: bool = False
) -> None:
    settings = Settings.from_env(environ)
    # A minute of creates on few hosts: their day is not what is tried here.
    rules = rules_for(settings, Times(), RetryPolicy(), batch=batch)
    with LinkDesk(settings, rules=rules) as desk, ThreadPoolExecutor(threads) as pool:
        connection.send("ready")
        connection.recv()
        end = time.monotonic() + seconds

        def one(thread: int) -> int:
            count = 0
            while time.monotonic() < end:
                count += 1
                name = f"{number}-{thread}-{count}"
                host = f"host{(count + thread) % 20}@sandbox.example"
                desk.create(name, start=START, key=name, host=host, allow_overlap=True, wait=10)
            return count

        connection.send(sum(pool.map(one, range(threads))))


def interactive(seed: int, calls: int = 10, size: int = 2, threads: int = 8) -> Verdict:
    """While a batch takes all it can get, somebody who waits for a link has it soon."""
    verdict = Verdict("rate-interactive", seed)
    users = [option for number in range(20) for option in ("--user", f"host{number}@sandbox.example")]
    with tempfile.TemporaryDirectory() as place, zoom("--limits", "on", *users) as there:
        _only(there, ALLOWED)
        environ = there.leading_here(sqlite(Path(place)), ZOOMLINK_PLAN="pro")
        pipes = [processes.Pipe() for _ in range(size)]
        seconds = calls * 1.0 + LEARNING
        hands = [
            processes.Process(target=_creators, args=(theirs, environ, threads, seconds, number, True))
            for number, (_, theirs) in enumerate(pipes)
        ]
        for hand in hands:
            hand.start()
        for ours, _ in pipes:
            ours.recv()
            ours.send("now")
        settings = Settings.from_env(environ)
        waits = []
        with LinkDesk(settings, rules=rules_for(settings, Times(), RetryPolicy())) as desk:
            time.sleep(LEARNING)  # the batch has taken all there is by then, and knows the limit
            for number in range(calls):
                began = time.monotonic()
                link = desk.create("Now", start=START, key=f"now-{number}", allow_overlap=True, wait=10)
                waits.append(time.monotonic() - began)
                verdict.must(link.state == "ready", f"call {number} is {link.state}")
                time.sleep(0.3)
        done = 0
        for (ours, _), hand in zip(pipes, hands, strict=True):
            done += ours.recv()
            hand.join()
            ours.close()
        longest = 0.5 + 2 / ALLOWED + 0.3  # the horizon, our own turn, and what the call itself takes
        verdict.must(max(waits) <= longest, f"somebody waited {max(waits):.2f} s")
        verdict.figures |= {
            "calls": calls,
            "median wait": f"{statistics.median(waits):.2f} s",
            "longest": f"{max(waits):.2f} s",
            "batch": done,
        }
    return verdict


def _only(there: Zoom, calls: int) -> None:
    """Let Zoom allow fewer creates a second, and count no host's day."""
    there.ask("PATCH", "limits", {"labels": {"Light": {"limit": calls}, "Medium": {"limit": calls}}})
