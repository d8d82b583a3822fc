"""The command, as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "zoomsandbox"]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--seed", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as made:
        yield made
        made.kill()


def exports(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(5)]
    assert all(line.startswith("export ") for line in lines), lines
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_command_prints_the_exports_and_stops_cleanly(process: subprocess.Popen[str], sent: signal.Signals) -> None:
    found = exports(process)
    url = found["ZOOM_API_URL"]
    assert found == {
        "ZOOM_ACCOUNT_ID": "sandbox-account",
        "ZOOM_CLIENT_ID": "sandbox-client",
        "ZOOM_CLIENT_SECRET": "sandbox-secret",
        "ZOOM_OAUTH_URL": url,
        "ZOOM_API_URL": url,
    }
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.status == 200
    process.send_signal(sent)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "")
    assert err.splitlines() == [
        f"zoomsandbox answers at {url} (open it in a browser). Ctrl-C stops it.",
        "zoomsandbox has stopped.",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "--i-know-this-is-not-zoom"),
        (["--port", "70000"], "is not a port"),
        (["--user", "nobody"], "is not an e-mail address"),
        (["--user", "a@sandbox.example:boss"], "is not a kind of user"),
        (["--user", "a@sandbox.example", "--user", "A@sandbox.example"], "two users"),
        (["--clock", "soon"], "is not an instant"),
        (["--timezone", "Mars/Base"], "is not a time zone"),
        (["--token-ttl", "0"], "is not a number of seconds"),
        (["--latency", "-1"], "is not a number of milliseconds"),
        (["--plan", "huge"], "invalid choice"),
    ],
)
def test_command_refuses_what_makes_no_sense(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    from zoomsandbox.__main__ import main

    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


def test_command_says_when_the_port_is_taken(
    process: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    from zoomsandbox.__main__ import main

    port = exports(process)["ZOOM_API_URL"].rpartition(":")[2]
    assert main(["--port", port]) == 3
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_without_its_server_library_it_says_what_to_install(tmp_path: Path) -> None:
    # A package of that name that cannot be loaded stands in for one that is not there.
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError('No module named uvicorn', name='uvicorn')\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "zoomsandbox"], env=environ, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "zoomsandbox needs a package that is not installed: uvicorn. pip install 'zoomlink[sandbox]'\n"
    )
