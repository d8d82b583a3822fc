"""``--sandbox``: one local Zoom for all commands of a user, with a memory, and found by the next process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tests.acceptance.conftest import ZOOMLINK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")


def run(environ: dict[str, str], home: Path, *words: str) -> Any:
    done = subprocess.run(
        [ZOOMLINK, *words, "--json"], env=environ, cwd=home, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def running(environ: dict[str, str], home: Path) -> Iterator[dict[str, str]]:
    """``zoomlink sandbox`` in the background; the settings it prints."""
    process = subprocess.Popen(
        [ZOOMLINK, "sandbox", "--port", "0"],
        env=environ,
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    printed = [process.stdout.readline().removeprefix("export ").strip().split("=", 1) for _ in range(5)]
    try:
        yield dict(printed)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        process.stdout.close()
        process.stderr.close()


def test_the_next_command_finds_the_meeting_of_the_last(bare: dict[str, str], home: Path) -> None:
    made = run(bare, home, "create", "Lesson", *WHEN, "--sandbox")
    listed = run(bare, home, "list", "--sandbox")
    assert [item["meeting_id"] for item in listed["items"]] == [made["meeting_id"]]


def test_a_second_process_finds_the_sandbox_that_runs(bare: dict[str, str], home: Path) -> None:
    with running(bare, home) as environ:
        made = run(bare, home, "create", "Lesson", *WHEN, "--sandbox")
    assert made["join_url"].startswith(environ["ZOOM_API_URL"] + "/j/")
    after = run(bare, home, "create", "Lesson", *WHEN, "--sandbox", "--allow-overlap")
    assert not after["join_url"].startswith(environ["ZOOM_API_URL"] + "/")


def test_commands_that_start_together_share_one_sandbox(bare: dict[str, str], home: Path) -> None:
    topics = [f"Lesson {number}" for number in range(1, 5)]
    started = [
        subprocess.Popen(
            [ZOOMLINK, "create", topic, "--start", f"2031-12-0{day} 18:24", "--tz", "Europe/Lisbon", "--sandbox"],
            env=bare,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for day, topic in enumerate(topics, 1)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], said
    listed = run(bare, home, "list", "--sandbox")
    assert [(item["topic"], item["state"]) for item in listed["items"]] == [(topic, "ready") for topic in topics]
    found = run(bare, home, "meetings", "--sandbox")
    assert [item["topic"] for item in found["items"]] == topics


VISITOR = """
import os, sys, urllib.request
from zoomlink.sandbox import embedded
with embedded(os.environ) as environ:
    print("there", flush=True)
    sys.stdin.readline()
    print(urllib.request.urlopen(environ["ZOOM_API_URL"] + "/_sandbox/clock").status, flush=True)
"""


def test_the_first_process_stays_until_those_it_serves_are_done(bare: dict[str, str], home: Path) -> None:
    lock = home / ".local" / "share" / "zoomlink" / "sandbox.lock"
    said = []
    with ExitStack() as stack:
        visitors = []
        for _ in range(2):
            command = [sys.executable, "-W", "error", "-c", VISITOR]
            visitor = subprocess.Popen(
                command, env=bare, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            visitors.append(stack.enter_context(visitor))
            assert visitor.stdout is not None
            said.append(visitor.stdout.readline())
        first, second = visitors
        assert first.stdin is not None
        first.stdin.write("go\n")
        first.stdin.flush()
        ends = time.monotonic() + 20
        while lock.read_text("utf-8") and time.monotonic() < ends:
            pass  # until it takes its address away
        out, _ = second.communicate("go\n", timeout=20)
    assert (said, out, first.returncode, second.returncode) == (["there\n"] * 2, "200\n", 0, 0)


def test_the_settings_a_sandbox_prints_lead_to_it(bare: dict[str, str], home: Path) -> None:
    with running(bare, home) as environ:
        assert run({**bare, **environ}, home, "create", "Lesson", *WHEN)["state"] == "ready"


def test_without_a_home_to_write_to_a_sandbox_works_all_the_same(bare: dict[str, str], home: Path) -> None:
    environ = {**bare, "HOME": "/proc/nowhere"}
    assert run(environ, home, "create", "Lesson", *WHEN, "--sandbox")["state"] == "ready"


def test_a_state_file_of_something_else_is_left_alone(bare: dict[str, str], home: Path) -> None:
    folder = home / ".local" / "share" / "zoomlink"
    folder.mkdir(parents=True)
    (folder / "sandbox.state").write_text("my diary\n", encoding="utf-8")
    assert run(bare, home, "create", "Lesson", *WHEN, "--sandbox")["state"] == "ready"
    assert (folder / "sandbox.state").read_text(encoding="utf-8") == "my diary\n"


def test_the_library_uses_the_sandbox_where_the_environment_says_so(bare: dict[str, str], home: Path) -> None:
    program = (
        "from zoomlink import create_meeting\n"
        'made = create_meeting("Lesson", 60, "2031-12-01", "18:24", timezone="America/Sao_Paulo")\n'
        'print(made["meeting_url"])\n'
    )
    command = [sys.executable, "-W", "error", "-c", program]
    environ = {**bare, "ZOOMLINK_SANDBOX": "1"}
    done = subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr
    listed = run(bare, home, "list", "--sandbox")
    assert [item["topic"] for item in listed["items"]] == ["Lesson"]


def test_neither_yes_nor_no_is_refused(bare: dict[str, str], home: Path) -> None:
    done = subprocess.run(
        [ZOOMLINK, "create", "T", *WHEN],
        env={**bare, "ZOOMLINK_SANDBOX": "maybe"},
        cwd=home,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "ZOOMLINK_SANDBOX is 'maybe'" in done.stderr) == (3, True)
