"""The service as people run it: ``zoomlink serve`` and ``zoomlink keys`` as processes, against this test's sandbox."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.acceptance.conftest import ZOOMLINK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.conftest import Done

ROOT = Path(__file__).resolve().parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = 500 if os.environ.get("ZOOMLINK_TORTURE") == "1" else 25
LESSON = {"topic": "Guitar lesson", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
ALL = "links:read,links:write,host,batches,admin"


class Serving:
    """A service that runs as a process."""

    def __init__(self, process: subprocess.Popen[str], said: str, log: Path) -> None:
        self.process = process
        self.said = said
        self.log = log
        found = re.match(r"zoomlink answers at (http://127\.0\.0\.1:\d+)\nThe page, once: (\S+)\n", said)
        assert found, said
        self.url, self.entrance = found[1], found[2]

    def call(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx2.Response:
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **more.pop("headers", {})}
        return httpx2.request(method, self.url + path, headers=headers, timeout=60, **more)

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=40)


@contextmanager
def serving(environ: dict[str, str], home: Path, *words: str) -> Iterator[Serving]:
    log = home.parent / "service.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [ZOOMLINK, "serve", "--port", "0", *words],
            env=environ,
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        )
        assert process.stdout is not None
        try:
            said = process.stdout.readline() + process.stdout.readline()
            yield Serving(process, said, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()


@pytest.fixture
def service(to_sandbox: dict[str, str], home: Path) -> Iterator[Serving]:
    with serving(to_sandbox, home) as found:
        yield found


@pytest.fixture
def new_key(zoomlink: Callable[..., Done]) -> Callable[..., str]:
    def new(name: str = "website", scopes: str = ALL, *words: str) -> str:
        done = zoomlink("keys", "create", name, "--scopes", scopes, *words)
        assert done.code == 0, done.err
        return done.out.strip()

    return new


def test_the_first_start_without_any_setting_works(bare: dict[str, str], home: Path) -> None:
    with serving({**bare, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}, home, "--sandbox") as service:
        assert service.call("GET", "/healthz").json() == {"alive": True}
        assert service.call("GET", "/readyz").json()["ready"] is True
        key = subprocess.run(
            [ZOOMLINK, "keys", "create", "me", "--scopes", "links:write", "--sandbox"],
            env=bare,
            cwd=home,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        made = service.call("POST", "/v1/links", key=key, json=LESSON, headers={"Idempotency-Key": "a"})
        assert (made.status_code, made.json()["state"]) == (201, "ready")
        assert key not in service.said + service.log.read_text()
        assert service.stop(signal.SIGINT) == 0


def test_a_key_is_made_listed_renewed_and_ended(
    service: Serving, zoomlink: Callable[..., Done], new_key: Callable[..., str]
) -> None:
    key = new_key("website", "links:read,links:write", "--expires", "90d", "--per-minute", "500", "--per-day", "20")
    assert re.fullmatch(r"zlk_[0-9a-z]{68}", key)
    made = service.call("POST", "/v1/links", key=key, json=LESSON, headers={"Idempotency-Key": "a"})
    assert made.status_code == 201
    listed = zoomlink("keys", "list", "--json").out
    assert '"name": "website"' in listed
    assert key[4:14] in listed
    assert key[14:] not in listed
    assert zoomlink("keys", "create", "website", "--scopes", "host").code == 2
    rotated = zoomlink("keys", "rotate", "website", "--overlap", "1h")
    new = rotated.out.strip()
    assert new != key
    for one in (key, new):  # both, for an hour; and they see the same links
        assert service.call("GET", made.headers["location"], key=one).json() == made.json()
    ended = zoomlink("keys", "rotate", "website", "--overlap", "0").out.strip()
    assert [service.call("GET", "/v1/links", key=one).status_code for one in (key, new, ended)] == [401, 401, 200]
    assert zoomlink("keys", "revoke", "website").code == 0
    assert service.call("GET", "/v1/links", key=ended).status_code == 401
    assert zoomlink("keys", "revoke", "website").code == 4
    assert (
        zoomlink("keys", "list", "--json").out.strip().startswith('{"items": []')
        or "website" not in zoomlink("keys", "list").out
    )
    assert zoomlink("keys", "list", "--all").out.count("website") >= 3


def test_a_running_service_shows_no_secret_to_whoever_looks_at_it(
    service: Serving, to_sandbox: dict[str, str], new_key: Callable[..., str]
) -> None:
    key = new_key()
    code = service.entrance.partition("code=")[2]
    made = service.call("POST", "/v1/links", key=key, json=LESSON, headers={"Idempotency-Key": "a"}).json()
    entrance = service.call("GET", f"/v1/links/{made['id']}/start-url", key=key).json()["start_url"]
    service.call("GET", f"/enter?code={code}")
    seen = service.log.read_text() + Path(f"/proc/{service.process.pid}/cmdline").read_text()
    secrets = [to_sandbox["ZOOM_CLIENT_SECRET"], key[14:], code, made["join_url"], made["passcode"], entrance]
    assert [secret for secret in (*secrets, LESSON["topic"]) if secret in seen] == []
    assert made["id"] in seen
    assert service.stop() == 0


def test_what_no_key_can_be_is_refused(zoomlink: Callable[..., Done]) -> None:
    for words in (
        ("create", "x"),
        ("create", "x", "--scopes", "all"),
        ("create", "a,b", "--scopes", "host"),
        ("create", "x" * 61, "--scopes", "host"),
        ("create", "a\nb", "--scopes", "host"),
        ("create", "x", "--scopes", "host", "--expires", "soon"),
        ("create", "x", "--scopes", "host", "--per-day", "-1"),
        ("create", "x", "--scopes", "host", "--per-minute", "1000001"),
        ("rotate", "nobody", "--overlap", "x"),
    ):
        done = zoomlink("keys", *words)
        assert (done.code, done.out) == (2, ""), words
    assert zoomlink("keys", "rotate", "nobody").code == zoomlink("keys", "revoke", "nobody").code == 4


def test_a_port_that_is_taken_is_told(to_sandbox: dict[str, str], home: Path, zoomlink: Callable[..., Done]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = zoomlink("serve", "--port", str(port))
    assert done.code == 3
    assert f"Nothing can listen at 127.0.0.1, port {port}: Address already in use." in done.err


def test_a_stop_in_the_midst_of_work_loses_nothing(
    service: Serving, new_key: Callable[..., str], zoom_sandbox: Any, zoomlink: Callable[..., Done]
) -> None:
    key = new_key()
    zoom_sandbox.fail("latency", route="meetings.create", ms=300)
    answered: list[dict[str, Any]] = []
    stopping = threading.Event()

    def work(number: int) -> None:
        with httpx2.Client(base_url=service.url, timeout=60) as client:
            for count in range(1000):
                asked = {**LESSON, "start": f"2031-{number + 1:02}-{count % 28 + 1:02}T{count // 28:02}:00"}
                headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"b-{number}-{count}"}
                try:
                    answer = client.post("/v1/links", json=asked, headers=headers)
                except httpx2.HTTPError:
                    assert stopping.is_set()
                    return
                if answer.status_code in {201, 202}:
                    answered.append(answer.json())
                if stopping.is_set():
                    return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 30
    while len(answered) < 24 and time.monotonic() < end:
        time.sleep(0.05)
    stopping.set()
    assert service.stop() == 0
    for thread in threads:
        thread.join()
    assert len(answered) >= 24
    made = {entry["meeting_id"] for entry in zoom_sandbox.ledger}
    assert {one["meeting_id"] for one in answered if one["state"] == "ready"} <= made
    listed = zoomlink("list", "--limit", "1000", "--json").out
    assert [one["id"] for one in answered if one["id"] not in listed] == []
    log = service.log.read_text()
    assert "Traceback" not in log


def test_a_stop_does_not_wait_for_those_who_wait(
    service: Serving, new_key: Callable[..., str], zoom_sandbox: Any
) -> None:
    key = new_key()
    zoom_sandbox.fail("429-host-daily", route="meetings.create")
    made = service.call("POST", "/v1/links", key=key, json=LESSON, headers={"Idempotency-Key": "a"})
    assert (made.status_code, made.json()["state"]) == (202, "parked")
    answers: list[httpx2.Response] = []
    path = f"{made.headers['location']}?wait=30"
    waiting = threading.Thread(target=lambda: answers.append(service.call("GET", path, key=key)))
    waiting.start()
    while "zoomlink_http_requests_running 2.0" not in service.call("GET", "/metrics").text:
        time.sleep(0.05)
    began = time.monotonic()
    assert service.stop() == 0
    waiting.join()
    assert time.monotonic() - began < 15
    assert [(one.status_code, one.json()["state"]) for one in answers] == [(200, "parked")]


def test_whatever_is_sent_the_service_answers_as_it_is_described(
    to_sandbox: dict[str, str], home: Path, new_key: Callable[..., str]
) -> None:
    environ = {**to_sandbox, "ZOOMLINK_PLAN": "none", "ZOOM_WEBHOOK_SECRET": "a-webhook-secret"}
    with serving(environ, home) as service:
        done = subprocess.run(
            [
                *(
                    SCHEMATHESIS,
                    "--no-color",
                    "--config-file",
                    ROOT / "schemathesis.toml",
                    "run",
                    f"{service.url}/openapi.json",
                ),
                *("--header", f"Authorization: Bearer {new_key()}", "--max-examples", str(EXAMPLES), "--seed", "4711"),
                *(
                    "--checks",
                    "all",
                    "--exclude-checks",
                    "use_after_free",
                    "--continue-on-failure",
                    "--warnings",
                    "off",
                ),
            ],
            cwd=home,
            env={**to_sandbox, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        assert "Traceback" not in service.log.read_text()
        assert service.stop() == 0
