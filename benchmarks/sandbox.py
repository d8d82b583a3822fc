"""The sandbox: creates and lists per second with many meetings present, memory per meeting, start-up; beside Prism.

Prism (a mock server made from an API description, stateless) is measured in the same run where node is present and
``ZOOM_OPENAPI_DIR`` names Zoom's description.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.load import build
from benchmarks.local_zoom import local_zoom

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = json.dumps(
    {
        "topic": "Guitar lesson",
        "type": 2,
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "agenda": "zl-abcdefghijklmnop12",
    }
).encode()
PRESENT = 10_000
BURST = 6_000


def load(url: str, request: bytes, total: int, connections: int = 8) -> dict[str, Any]:
    """Put a load on `url` from a process of its own."""
    parts = urlsplit(url)
    asked = {
        "host": parts.hostname,
        "port": parts.port,
        "request": request.decode("latin-1"),
        "total": total,
        "connections": connections,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def token(environ: dict[str, str]) -> str:
    """A token of the sandbox."""
    pair = b64encode(f"{environ['ZOOM_CLIENT_ID']}:{environ['ZOOM_CLIENT_SECRET']}".encode()).decode()
    request = urllib.request.Request(
        environ["ZOOM_OAUTH_URL"] + "/oauth/token",
        data=f"grant_type=account_credentials&account_id={environ['ZOOM_ACCOUNT_ID']}".encode(),
        headers={"Authorization": f"Basic {pair}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["access_token"])


def resident(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no such process")


def measure() -> list[tuple[str, ...]]:
    """Rows for people."""
    rows: list[tuple[str, ...]] = []
    started = time.perf_counter()
    with local_zoom() as environ:
        rows.append(("start-up to the first answer", f"{(time.perf_counter() - started) * 1000:.0f} ms", "≤ 500 ms"))
        url, pid = environ["ZOOM_API_URL"], int(environ["PID"])
        headers = {"Authorization": f"Bearer {token(environ)}", "Content-Type": "application/json"}
        host = urlsplit(url).netloc
        create = build("POST", "/v2/users/me/meetings", host, headers, BODY)
        listing = build("GET", "/v2/users/me/meetings?page_size=30", host, headers)
        load(url, create, 1_000)
        few, memory = load(url, listing, 1_000), resident(pid)
        load(url, create, PRESENT - 1_000)
        per_meeting = (resident(pid) - memory) / (PRESENT - 1_000)
        many = load(url, listing, 1_000)
        burst = max((load(url, create, BURST) for _ in range(3)), key=lambda one: float(one["rate"]))
        assert burst["statuses"] == {"201": BURST}, burst
        rows += [
            (f"creates/s with {PRESENT:,} meetings present", f"{burst['rate']:,.0f}", "≥ 1,500"),
            ("  p99 of those, 8 connections", f"{burst['p99']:.1f} ms", ""),
            ("memory per meeting beyond the first 1,000", f"{per_meeting / 1024:.2f} KB", "≤ 2 KB"),
            ("lists/s (30 a page) with 1,000 meetings", f"{few['rate']:,.0f}", ""),
            (f"lists/s with {PRESENT:,} meetings", f"{many['rate']:,.0f} ({many['rate'] / few['rate']:.2f} ×)", "flat"),
        ]
    prism = _prism()
    if prism:
        rows.append(("Prism, creates/s (stateless, same run)", f"{prism:,.0f} (we: {burst['rate'] / prism:.1f} ×)", ""))
    return rows


def _prism() -> float | None:
    folder = os.environ.get("ZOOM_OPENAPI_DIR")
    if not folder or not shutil.which("npx"):
        return None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _process("npx", "--yes", "@stoplight/prism-cli", "mock", f"{folder}/meetings.json", "--port", str(port)):
        url = f"http://127.0.0.1:{port}"
        headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
        for _ in range(240):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.5)
        else:
            return None
        create = build("POST", "/users/me/meetings", f"127.0.0.1:{port}", headers, BODY)
        load(url, create, 50)
        return float(load(url, create, 400)["rate"])


@contextmanager
def _process(*words: str) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
