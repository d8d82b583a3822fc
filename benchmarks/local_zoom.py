"""A sandbox as a process of its own, for measuring against. Shares nothing with what is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def local_zoom(*options: str) -> Iterator[dict[str, str]]:
    """Run a sandbox on a free port and give the environment that leads to it."""
    command = [sys.executable, "-m", "zoomsandbox", "--port", "0", "--limits", "off", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        found: dict[str, str] = {}
        while "ZOOM_API_URL" not in found or len(found) < 5:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError("the sandbox did not start")
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                found[name] = value.strip("'\"")
        yield {**found, "PID": str(process.pid)}
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def requests_seen(environ: dict[str, str]) -> int:
    """How many requests the sandbox has answered for clients."""
    return len(_get(environ, "requests"))


def meetings_made(environ: dict[str, str]) -> int:
    """How many meetings the sandbox has made."""
    return sum(1 for commit in _get(environ, "ledger") if "create" in str(commit.get("action", commit)))


def reset(environ: dict[str, str]) -> None:
    """Start the sandbox anew."""
    url = environ["ZOOM_API_URL"] + "/_sandbox/reset"
    urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b"")).close()


def process_environ(environ: dict[str, str]) -> dict[str, str]:
    """The environment of a process that is to use this sandbox and nothing of this machine's user."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("ZOOM", "PYTHONDONTWRITE"))}
    return {**keep, **environ}


def _get(environ: dict[str, str], what: str) -> list[Any]:
    with urllib.request.urlopen(environ["ZOOM_API_URL"] + f"/_sandbox/{what}") as answer:
        body = json.load(answer)
    if isinstance(body, dict):
        body = next(value for value in body.values() if isinstance(value, list))
    return list(body)
