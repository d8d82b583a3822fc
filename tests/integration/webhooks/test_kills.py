"""A receiver that is killed at any moment has lost nothing that it acknowledged."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from zoomlink.secret import Secret
from zoomlink.store.inbox import TakeEvents
from zoomlink.store.opening import open_store

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 100 if os.environ.get("ZOOMLINK_TORTURE") == "1" else 5

RECEIVING = """
import hashlib, hmac, json, sys, time
from zoomlink import LinkDesk, Webhooks
with LinkDesk.from_env() as desk:
    webhooks = Webhooks(desk, secrets=["a-secret"])
    for number in range(int(sys.argv[1]), 10**9):
        said = {"account_id": "sandbox-account", "object": {"id": number}}
        body = json.dumps({"event": "meeting.participant_joined", "event_ts": number, "payload": said}).encode()
        stamp = str(int(time.time()))
        signature = hmac.new(b"a-secret", b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        reply = webhooks.receive(body, {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signature}"})
        print(json.dumps([number, reply.status, reply.event is not None]), flush=True)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whatever_was_acknowledged_is_in_the_inbox(
    database: str, environ: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'killed.db'}" if database == "sqlite" else request.getfixturevalue("postgres_url")
    chance = random.Random(4711)  # noqa: S311 - repeatable
    kept: set[int] = set()
    for turn in range(ROUNDS):
        worker = subprocess.Popen(
            [sys.executable, "-c", RECEIVING, str(turn * 10_000 + 1)],
            env={**os.environ, **environ, "ZOOMLINK_DATABASE": url},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdout is not None
        told = [worker.stdout.readline() for _ in range(chance.randrange(1, 40))]
        worker.kill()
        told += worker.stdout.read().splitlines(keepends=True)
        worker.stdout.close()
        worker.wait()
        replies = [json.loads(line) for line in told if line.endswith("\n")]
        assert {(status, first) for _, status, first in replies} == {(204, True)}
        kept |= {number for number, _, _ in replies}
    store = open_store(Secret(url))
    rows = store.carry_out(TakeEvents("sandbox-account", 10**15, 1, 10**6))
    store.close()
    found = [row.meeting for row in rows]
    assert (kept <= set(found), len(found) == len(set(found))) == (True, True)
    assert len(found) - len(kept) <= ROUNDS  # at each kill one was written of which nobody was told
