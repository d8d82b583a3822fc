"""With a seed and a frozen clock two processes that never met answer the same calls with the same bytes."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = base64.b64encode(b"sandbox-client:sandbox-secret").decode()

# Method, path, body; {token}, {id} and {series} are taken from earlier answers
TALK: list[tuple[str, str, Any]] = [
    ("POST", "/oauth/token", "grant_type=account_credentials&account_id=sandbox-account"),
    ("GET", "/v2/users", None),
    ("GET", "/v2/users/me", None),
    ("GET", "/v2/users/me/settings", None),
    ("POST", "/v2/users/me/meetings", {"topic": "One", "start_time": "2031-12-01T18:24:00Z", "agenda": "zl-1"}),
    ("GET", "/v2/meetings/{id}", None),
    ("PATCH", "/v2/meetings/{id}", {"topic": "Two", "settings": {"approval_type": 0}}),
    ("POST", "/v2/meetings/{id}/registrants", {"email": "a@b.example", "first_name": "A"}),
    ("GET", "/v2/meetings/{id}/registrants", None),
    ("GET", "/v2/meetings/{id}/invitation", None),
    ("POST", "/v2/meetings/{id}/invite_links", {"attendees": [{"name": "Ana"}]}),
    (
        "POST",
        "/v2/users/me/meetings",
        {"type": 8, "topic": "S", "recurrence": {"type": 2, "weekly_days": "2,4", "end_times": 5}},
    ),
    ("GET", "/v2/users/me/meetings?page_size=1", None),
    ("GET", "/v2/users/me/upcoming_meetings", None),
    ("POST", "/v2/users/me/meetings", {"duration": 0}),
    ("POST", "/v2/users/nobody@sandbox.example/meetings", {}),
    ("GET", "/v2/phone/users", None),
    ("GET", "/v2/nonsense", None),
    ("POST", "/_sandbox/clock", {"advance": 1800}),
    ("POST", "/_sandbox/users", {"email": "new@sandbox.example"}),
    ("GET", "/_sandbox/users", None),
    ("POST", "/_sandbox/meetings/{id}/start", {}),
    ("POST", "/_sandbox/faults", {"kind": "503-after-commit", "probability": 0.5, "seed": 3}),
    *[("POST", "/v2/users/me/meetings", {"topic": f"Chance {number}"}) for number in range(8)],
    ("GET", "/_sandbox/faults", None),
    ("DELETE", "/_sandbox/faults", None),
    ("DELETE", "/v2/meetings/{id}", None),
    ("GET", "/_sandbox/ledger", None),
    ("GET", "/_sandbox/requests", None),
    ("GET", "/", None),
]


def converse(url: str) -> list[bytes]:
    """Carry the talk on; the raw bytes of each answer."""
    found = {"token": "", "id": ""}
    answers = []
    for method, path, body in TALK:
        content = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        who = f"Basic {ACCOUNT}" if path.startswith("/oauth") else f"Bearer {found['token']}"
        kind = "application/x-www-form-urlencoded" if isinstance(body, str) else "application/json"
        own = "" if path.startswith("/_sandbox") else f"Authorization: {who}\r\n"
        request = (
            f"{method} {path.format(**found)} HTTP/1.1\r\nHost: sandbox.test:80\r\nContent-Type: {kind}\r\n{own}"
            f"Content-Length: {len(content.encode())}\r\nConnection: close\r\n\r\n{content}"
        )
        where = urlsplit(url)
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=10) as connection:
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        answers.append(answer)
        parsed = answer.partition(b"\r\n\r\n")[2]
        if path == "/oauth/token":
            found["token"] = json.loads(parsed)["access_token"]
        elif path.endswith("/meetings") and not found["id"] and method == "POST":
            found["id"] = str(json.loads(parsed)["id"])
    return answers


def fresh(hash_seed: str, *options: str) -> list[bytes]:
    """The talk with a new process, whose Python orders its sets in a way of its own."""
    command = [sys.executable, "-m", "zoomsandbox", "--port", "0", "--clock", "2031-06-02T10:00:00Z", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(5)]
            return converse(lines[-1].partition("=")[2])
        finally:
            process.kill()


def test_two_processes_answer_with_the_same_bytes() -> None:
    first, second, other = fresh("1", "--seed", "7"), fresh("2", "--seed", "7"), fresh("1", "--seed", "8")
    statuses = [int(answer.split(b" ")[1]) for answer in first]
    assert statuses[:5] == [200, 200, 200, 200, 201]
    assert {503, 201} <= set(statuses[23:31])
    for (method, path, _), one, two in zip(TALK, first, second, strict=True):
        assert (method, path, one) == (method, path, two)
    assert first != other


def test_a_state_file_changes_nothing_of_that(tmp_path: Path) -> None:
    first = fresh("1", "--seed", "7", "--state", str(tmp_path / "one"))
    assert fresh("2", "--seed", "7", "--state", str(tmp_path / "two")) == first
