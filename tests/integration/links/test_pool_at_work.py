"""The pool at work: what was booked can be started at its time, and processes that fight for hosts overbook none."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import Link, LinkDesk, NoHostError, Settings
from zoomlink.spans import Span, depth
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from pathlib import Path

DAY = datetime(2031, 12, 1, tzinfo=UTC)
BOOKINGS = 1000
HOSTS = 6

WORKER = """
import json, sys
from datetime import datetime, timedelta, UTC
from zoomlink import LinkDesk, NoHostError
number, day = int(sys.argv[1]), datetime(2031, 12, 1, tzinfo=UTC)
with LinkDesk.from_env() as desk:
    for turn in range(30):
        start = day + timedelta(minutes=15 * ((number * 7 + turn * 11) % 48))
        try:
            link = desk.create(f"Lesson {number}-{turn}", start=start, duration=40, wait=30)
        except NoHostError:
            continue
        print(json.dumps([link.id, link.host, start.timestamp()]), flush=True)
"""


def post(url: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST")) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_every_one_of_a_thousand_bookings_can_be_started_at_its_time(tmp_path: Path) -> None:
    chance = random.Random(4711)  # noqa: S311 - repeatable
    hosts = [f"teacher{number}@sandbox.example" for number in range(HOSTS)]
    options = Options(limits=False, plan="business", users=tuple(hosts))
    with ThreadedSandbox(options) as sandbox:
        sandbox.set_clock(DAY - timedelta(days=1), freeze=True)
        environ = {
            **sandbox.env,
            "ZOOMLINK_DATABASE": f"sqlite:///{tmp_path / 'ledger.db'}",
            "ZOOMLINK_PLAN": "none",
            "ZOOMLINK_HOSTS": ",".join(f"{host}:{1 + number % 2}" for number, host in enumerate(hosts)),
        }
        links: list[Link] = []
        refused = 0
        with LinkDesk(Settings.from_env(environ)) as desk:
            while len(links) < BOOKINGS:
                start = DAY + timedelta(minutes=15 * chance.randrange(4 * 24 * 6))
                try:
                    links.append(desk.create("Lesson", start=start, duration=chance.choice([15, 30, 45, 60, 90])))
                except NoHostError:
                    refused += 1
        assert refused > 0  # they did meet
        moments = sorted(
            [(link.start_time, 1, link.meeting_id) for link in links]
            + [(link.start_time + timedelta(minutes=link.duration), 0, link.meeting_id) for link in links]
        )
        answers = []
        for moment, starts, meeting in moments:
            sandbox.set_clock(moment, freeze=True)
            answers.append(post(f"{sandbox.url}/_sandbox/meetings/{meeting}/{'start' if starts else 'end'}"))
    assert {code: answers.count(code) for code in set(answers)} == {200: 2 * BOOKINGS}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_eight_processes_that_fight_for_three_hosts_overbook_none(
    database: str, tmp_path: Path, zoom_sandbox: Any, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}" if database == "sqlite" else request.getfixturevalue("postgres_url")
    capacities = {"owner@sandbox.example": 1, "host1@sandbox.example": 2, "host2@sandbox.example": 1}
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ZOOM")},
        **zoom_sandbox.env,
        "ZOOMLINK_DATABASE": url,
        "ZOOMLINK_PLAN": "none",
        "ZOOMLINK_HOSTS": ",".join(f"{host}:{capacity}" for host, capacity in capacities.items()),
    }
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(number)], env=environ, stdout=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    told = [json.loads(line) for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]
    assert [worker.returncode for worker in workers] == [0] * 8
    assert len(told) == len({link for link, _, _ in told}) == len(zoom_sandbox.ledger)
    assert 8 * 30 > len(told) > 20  # some were refused, since there was no room for all
    for host, capacity in capacities.items():
        taken = [Span(int(start), int(start) + 40 * 60) for _, chosen, start in told if chosen == host]
        assert depth(taken) == capacity
