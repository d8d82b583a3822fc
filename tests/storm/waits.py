"""Waits: however long Zoom keeps silent, a caller waits as long as it said and a little, and nothing is lost."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.storm.ground import START, Verdict, rules_for, sqlite, zoom

from zoomlink.config import Settings
from zoomlink.errors import TransportError
from zoomlink.links.desk import LinkDesk
from zoomlink.links.rules import Times
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.model import Link

A_LITTLE = 1.7
"""Seconds: what is asked of Zoom when the time is all but over still gets one, and this machine may be busy."""
SILENCES = (
    "hang-before-commit",
    "hang-after-commit",
)


def run(seed: int, waits: tuple[float, ...] = (0, 1)) -> Verdict:
    """Create, change and cancel while no call about meetings is answered; then let all be settled."""
    verdict = Verdict("waits", seed)
    longest = 0.0
    with tempfile.TemporaryDirectory() as place, zoom() as there:
        settings = Settings.from_env(there.leading_here(sqlite(Path(place))))
        with LinkDesk(settings) as desk:
            for kind in SILENCES:
                for wait in waits:
                    there.ask("DELETE", "faults")
                    name = f"{kind} {wait}"
                    kept, gone = (_create(desk, f"{which}-{wait}-{kind}", 10) for which in ("kept", "gone"))
                    there.ask("POST", "faults", {"kind": kind, "route": "meetings.*", "seconds": 600})
                    acts: dict[str, Callable[[], Any]] = {
                        "create": partial(_create, desk, f"new-{wait}-{kind}", wait),
                        "update": partial(desk.update, kept, topic="Moved", wait=wait),
                        "cancel": partial(desk.cancel, gone, wait=wait),
                    }
                    for act, do in acts.items():
                        took = _timed(do)
                        longest = max(longest, took - wait)
                        verdict.must(took <= wait + A_LITTLE, f"{act} with wait={wait} took {took:.1f} s ({name})")
            there.ask("DELETE", "faults")
        times = Times(lease=100, looks=(10,), watch=(50,), retries=(10,), hold=10)
        with LinkDesk(settings, rules=rules_for(settings, times, RetryPolicy())) as desk:
            end = time.monotonic() + 10
            while desk.settle() or time.monotonic() < end:
                if desk.counts() == {"ready": 8, "cancelled": 4}:
                    break
            counts = desk.counts()
        verdict.must(counts == {"ready": 8, "cancelled": 4}, f"in the end: {counts}")
        topics = sorted(commit["topic"] for commit in there.alive().values())
        verdict.must(topics == ["Lesson"] * 4 + ["Moved"] * 4, f"in the end: {topics}")
        verdict.figures |= {"calls": 3 * len(SILENCES) * len(waits), "longest beyond the wait": f"{longest:.1f} s"}
    return verdict


def _create(desk: LinkDesk, key: str, wait: float) -> Link:
    return desk.create(
        "Lesson", start=START, host="host1@sandbox.example", key=key.replace(" ", "-"), allow_overlap=True, wait=wait
    )


def _timed(do: Callable[[], Any]) -> float:
    began = time.monotonic()
    with suppress(TransportError):  # it stands, and is carried out later
        do()
    return time.monotonic() - began
