"""Batches: how long a large file takes to be planned and stored, how much of the allowed rate a run uses, and how soon
it goes on after a kill.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.local_zoom import local_zoom, meetings_made, process_environ
from zoomlink.links.rules import SHARE

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 10_000
HOSTS = 120
AT_ONCE = 20
"""Lessons at the same time, each of which needs a host of its own."""
RATE_ROWS = 500
ALLOWED = 20
"""Creates a second that Zoom allows on a Pro plan."""
KEPT = ALLOWED * SHARE
LATENCY = 300
"""Milliseconds."""
AIMS = {"stored": 10.0, "memory": 150.0, "rate": 0.95, "resume": 5.0}

_STORE = """
import json, resource, sys, time
from pathlib import Path
from zoomlink import LinkDesk, Settings
from zoomlink.batches.engine import BatchDesk
data = Path(sys.argv[1]).read_bytes()
with LinkDesk(Settings.from_env()) as desk:
    began = time.perf_counter()
    batches = BatchDesk(desk)
    batch = batches.record(batches.submit(data, name="lessons.csv"))
    passed = time.perf_counter() - began
print(json.dumps([passed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(batch.links)]))
"""


def file_of(rows: int, at_once: int) -> str:
    """A table of lessons of half an hour, so many at a time."""
    lines = ["topic,start,duration"]
    for number in range(rows):
        slot = number // at_once
        day, half = slot // 48 % 28 + 1, slot % 48
        lines.append(f"Lesson {number},2031-{slot // 1344 + 1:02}-{day:02} {half // 2:02}:{half % 2 * 30:02},30")
    return "\n".join(lines)


def measure() -> list[tuple[str, ...]]:
    """All of it, as rows of a table."""
    hosts = [f"host{number}@sandbox.example" for number in range(HOSTS)]
    users = [option for host in hosts for option in ("--user", host)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with local_zoom(*users) as environ:
            there = {**environ, "ZOOMLINK_HOSTS": ",".join(hosts), "ZOOMLINK_TIMEZONE": "UTC"}
            seconds, megabytes, links = stored(folder, there)
            resumed = resume(folder, there)
        with local_zoom(*users, "--limits", "on", "--plan", "pro", "--latency", str(LATENCY)) as environ:
            there = {**environ, "ZOOMLINK_HOSTS": ",".join(hosts), "ZOOMLINK_TIMEZONE": "UTC"}
            per_second = rate(folder, there)
    return [
        (f"{links:,} rows planned and stored, s", f"{seconds:.1f}", f"≤ {AIMS['stored']:g}"),
        ("memory for it, MB", f"{megabytes:.0f}", f"≤ {AIMS['memory']:g}"),
        (
            f"links/s, {LATENCY} ms away, of {KEPT:g} (Zoom's {ALLOWED}, less the part left to clocks)",
            f"{per_second:.1f} ({per_second / KEPT:.0%})",
            f"≥ {AIMS['rate']:.0%}",
        ),
        (f"first link after kill -9 of a run of {ROWS:,}, s", f"{resumed:.1f}", f"≤ {AIMS['resume']:g}"),
    ]


def stored(folder: Path, environ: dict[str, str]) -> tuple[float, float, int]:
    """Seconds and megabytes of a process that plans and stores a large file, and how many links it stored."""
    file = folder / "large.csv"
    file.write_text(file_of(ROWS, AT_ONCE), encoding="utf-8")
    found = process_environ({**environ, "ZOOMLINK_DATABASE": f"sqlite:///{folder / 'large.db'}"})
    done = subprocess.run(
        [sys.executable, "-c", _STORE, str(file)], env=found, stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, megabytes, links = json.loads(done.stdout)
    return seconds, megabytes, links


def resume(folder: Path, environ: dict[str, str]) -> float:
    """Seconds from the start of the command until it makes the first link, after a run that was killed."""
    process = _run(folder, environ)
    _until(lambda: meetings_made(environ) >= 20, process)
    process.kill()
    process.wait()
    before = meetings_made(environ)
    began = time.perf_counter()
    process = _run(folder, environ)
    _until(lambda: meetings_made(environ) > before, process)
    passed = time.perf_counter() - began
    process.kill()
    process.wait()
    return passed


def rate(folder: Path, environ: dict[str, str]) -> float:
    """Links a second of a run, from the first tenth to the last."""
    (folder / "large.csv").write_text(file_of(RATE_ROWS, AT_ONCE), encoding="utf-8")
    (folder / "large.db").unlink()
    process = _run(folder, environ)
    _until(lambda: meetings_made(environ) >= RATE_ROWS // 10, process)
    first, began = meetings_made(environ), time.perf_counter()
    while (made := meetings_made(environ)) < RATE_ROWS * 9 // 10:
        time.sleep(0.2)
    per_second = (made - first) / (time.perf_counter() - began)
    process.wait()
    return per_second


def _run(folder: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    found = process_environ(
        {**environ, "ZOOMLINK_DATABASE": f"sqlite:///{folder / 'large.db'}", "ZOOMLINK_PLAN": "pro"}
    )
    command = [sys.executable, "-m", "zoomlink", "bulk", "run", str(folder / "large.csv")]
    return subprocess.Popen(command, env=found, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while not holds():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the run ended with {process.poll()}")
        time.sleep(0.02)
