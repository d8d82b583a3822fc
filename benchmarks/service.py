"""The HTTP service as a process, over a sandbox as another, under the load of a third, all on this machine.

What Zoom itself allows is far below all of this: limits are off here, to see what the service is able to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.ledger import fill
from benchmarks.load import build
from benchmarks.local_zoom import local_zoom, process_environ
from zoomlink import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

LINKS = 3000
READS = 10_000
LATENCY = 300
STORED = 100_000
ZOOMLINK = Path(sys.executable).with_name("zoomlink")


@contextmanager
def service(environ: dict[str, str], place: str) -> Iterator[tuple[int, str, int, float]]:
    """Run the service; gives its port, a key, its process id and the seconds until it was ready."""
    own = {**process_environ(environ), "HOME": place, "ZOOMLINK_PLAN": "none"}
    own.setdefault("ZOOMLINK_DATABASE", f"sqlite:///{place}/ledger.db")
    words = [str(ZOOMLINK), "keys", "create", f"bench-{os.urandom(4).hex()}", "--scopes", "links:read,links:write"]
    key = subprocess.run(words, env=own, capture_output=True, text=True, check=True).stdout.strip()
    began = time.perf_counter()
    with (Path(place) / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [str(ZOOMLINK), "serve", "--port", "0"], env=own, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").close()
        yield port, key, process.pid, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout:
            process.stdout.close()


def load(port: int, request: bytes, total: int, connections: int, **more: float) -> dict[str, Any]:
    """Send a load from a process of its own."""
    asked = {
        "host": "127.0.0.1",
        "port": port,
        "request": request.decode("latin-1"),
        "total": total,
        "connections": connections,
        **more,
    }
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def creating(port: int, key: str) -> bytes:
    """A request that makes a link at an hour of its own."""
    body = json.dumps({"topic": "Lesson", "start": "@when@@@@@@@@@@@@@@@", "duration": 60}).encode()
    headers = {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": "bench-@number@@",
        "Content-Type": "application/json",
    }
    return build("POST", "/v1/links", f"127.0.0.1:{port}", headers, body)


def memory(pid: int) -> float:
    """Megabytes that a process has resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def measure(links: int = LINKS) -> list[tuple[str, ...]]:
    """What the service does, row by row: what, how much, the aim."""
    rows: list[tuple[str, ...]] = []
    with (
        tempfile.TemporaryDirectory() as place,
        local_zoom() as environ,
        service(environ, place) as (port, key, pid, _),
    ):
        request = creating(port, key)
        load(port, request, 300, 8)
        made = load(port, request, links, 16, first=1000)
        peak = made["rate"]
        rows.append(("links made ready", f"{peak:.0f}/s, {_told(made)}", "≥ 300/s, p99 ≤ 100 ms"))
        one = _get(port, key, "/v1/links?limit=1")["items"][0]["id"]
        headers = {"Authorization": f"Bearer {key}"}
        reading = build("GET", f"/v1/links/{one}", f"127.0.0.1:{port}", headers)
        load(port, reading, 500, 16)
        read = load(port, reading, READS, 16)
        rows.append(("links read", f"{read['rate']:.0f}/s, {_told(read)}", "≥ 2,000/s"))
        rate = 5 * peak
        over = load(port, request, int(rate * 6), 800, rate=rate, first=100_000)
        good = over["statuses"].get("201", 0) / over["took"]
        rest = {status: count for status, count in over["statuses"].items() if status != "201"}
        rows.append(
            (
                "5 × that, open loop",
                f"{good / peak:.0%} of it made, refused {rest}, {_told(over)}",
                "≥ 80 %, 429 or 503",
            )
        )
        rows.append(("resident afterwards", f"{memory(pid):.0f} MB", "≤ 150 MB"))
    with (
        tempfile.TemporaryDirectory() as place,
        local_zoom("--latency", str(LATENCY)) as environ,
        service(environ, place) as (port, key, _, _),
    ):
        request = creating(port, key)
        load(port, request, 8, 4)
        far = load(port, request, 100, 4, first=1000)
        rows.append((f"made with {LATENCY} ms upstream", f"own part {far['p50'] - LATENCY:.0f} ms (median)", "≤ 50 ms"))
    with tempfile.TemporaryDirectory() as place, local_zoom() as environ:
        full = {**environ, "ZOOMLINK_DATABASE": f"sqlite:///{place}/ledger.db"}
        fill(Settings.from_env(full), STORED, "owner@sandbox.example")
        with service(full, place) as (_, _, _, seconds):
            rows.append((f"ready with {STORED:,} links", f"{seconds:.2f} s after its start", "≤ 2 s"))
    return rows


def _told(found: dict[str, Any]) -> str:
    return f"p50 {found['p50']:.0f} ms, p99 {found['p99']:.0f} ms"


def _get(port: int, key: str, path: str) -> dict[str, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
