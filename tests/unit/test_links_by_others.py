"""What is another one about a link after somebody changed its meeting in Zoom, and what only looks so."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import meeting_answer

from zoomlink.links.by_others import ended, followed
from zoomlink.links.transitions import spans_of
from zoomlink.spans import Span
from zoomlink.store.rows import LinkRow
from zoomlink.zoom.models import Meeting

if TYPE_CHECKING:
    from zoomlink.store.ops import Move

START = int(datetime(2031, 12, 1, 21, 24, tzinfo=UTC).timestamp() * 1000)
NOW = START - 86_400_000
MINUTE = 60_000
MARKER = "zl-aaaaaaaaaaaaaaaaaa"


def row(**changes: Any) -> LinkRow:
    body = {"topic": "Piano lesson", "type": 2, "duration": 60, "agenda": "Bring the notes"}
    made = LinkRow(
        id="lnk_" + "0" * 26,
        account="an-account",
        owner="",
        key="k",
        fingerprint="",
        marker=MARKER,
        state="ready",
        version=4,
        attempt=1,
        mode="fast",
        host="alice@example.com",
        body=json.dumps(body),
        topic="Piano lesson",
        start_at=START,
        timezone="America/Sao_Paulo",
        duration=60,
        meeting_id=81234567890,
        join_url="https://us05web.zoom.us/j/81234567890?pwd=OAexample.1",
        passcode="xY12AB",
    )
    return made._replace(**changes)


def seen(link: LinkRow | None = None, **changes: Any) -> Move | None:
    link = link or row()
    meeting = Meeting.from_api(meeting_answer(agenda=f"Bring the notes\n{MARKER}") | changes)
    return followed(link, meeting, NOW, spans_of(link), join_url=meeting.join_url)


def fields(move: Move | None) -> list[str]:
    assert move is not None
    return list(move.detail["fields"])


def test_a_meeting_as_it_was_made_is_no_change() -> None:
    assert seen() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Brazil/East"},  # another name of the same zone
        {"topic": " Piano  lesson "},
        {"agenda": "Bring the notes"},  # the line by which it is found is ours
        {"agenda": f"Bring the\r\nnotes\r\n{MARKER}"},
        {"agenda": None},
        {"topic": None, "duration": None, "start_time": None, "timezone": None, "host_email": None},
        {"settings": {}, "password": None},  # what a list shows
        {"host_email": "Alice@Example.com"},
        {"join_url": None},
        {"something": "new"},
    ],
)
def test_what_zoom_only_writes_otherwise_or_leaves_out_is_no_change(changes: dict[str, Any]) -> None:
    assert seen(**changes) is None


@pytest.mark.parametrize(
    ("changes", "named", "spans"),
    [
        ({"topic": "piano lesson"}, ["topic"], None),
        ({"agenda": MARKER}, ["agenda"], None),
        ({"password": None}, ["passcode"], None),
        ({"join_url": "https://zoom.us/j/1?pwd=x"}, ["join_url"], None),
        ({"timezone": "Europe/Lisbon"}, ["timezone"], None),
        ({"start_time": "2031-12-01T22:00:00Z"}, ["start"], (Span(START + 36 * MINUTE, START + 96 * MINUTE),)),
        ({"duration": 30}, ["duration"], (Span(START, START + 30 * MINUTE),)),
        ({"host_email": "bob@example.com"}, ["host"], (Span(START, START + 60 * MINUTE),)),
    ],
)
def test_what_somebody_changed_is_named_and_followed(
    changes: dict[str, Any], named: list[str], spans: tuple[Span, ...] | None
) -> None:
    move = seen(**changes)
    assert move is not None
    assert (fields(move), move.spans, move.changes["sequence"], move.version) == (named, spans, 1, 4)
    after = row(**move.changes)
    meeting = Meeting.from_api(meeting_answer(agenda=f"Bring the notes\n{MARKER}") | changes)
    assert followed(after, meeting, NOW, spans or spans_of(row()), join_url=meeting.join_url) is None


def test_a_join_link_that_leads_elsewhere_is_not_taken() -> None:
    meeting = Meeting.from_api(meeting_answer(agenda=MARKER, join_url="https://evil.example/j/1", topic="Other"))
    move = followed(row(), meeting, NOW, (), join_url=row().join_url)
    assert move is not None
    assert "join_url" not in move.changes


def test_an_unknown_zone_is_a_change_and_no_fault() -> None:
    assert fields(seen(timezone="Mars/Olympus")) == ["timezone"]
    assert seen(row(timezone=None), timezone="Europe/Lisbon") is None  # it never had one


def test_of_a_link_that_was_erased_only_its_time_is_followed() -> None:
    erased = row(body="", topic="", join_url=None, passcode=None)
    move = seen(erased, topic="With Ana", duration=30)
    assert move is not None
    assert dict(move.changes) == {"duration": 30, "sequence": 1}
    assert seen(erased) is None


def series(*starts: int, **changes: Any) -> dict[str, Any]:
    dates = [
        {"occurrence_id": str(at), "start_time": f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"}
        for at in starts
    ]
    rule = {"type": 1, "repeat_interval": 1, "end_times": 3}
    return {
        "type": 8,
        "timezone": "UTC",
        "recurrence": rule,
        "occurrences": [one | {"duration": 60} for one in dates],
        **changes,
    }


def test_dates_that_have_passed_are_no_change_and_stay_booked() -> None:
    day = 86_400_000
    body = {"topic": "Piano lesson", "type": 8, "recurrence": {"type": 1, "repeat_interval": 1, "end_times": 3}}
    link = row(body=json.dumps(body), timezone="UTC")
    booked = spans_of(link)
    assert len(booked) == 3
    later = START + 2 * 3_600_000
    meeting = Meeting.from_api(meeting_answer(agenda=MARKER, **series(START + day, START + 2 * day)))
    assert followed(link, meeting, later, booked, join_url=meeting.join_url) is None
    moved = Meeting.from_api(meeting_answer(agenda=MARKER, **series(START + day + MINUTE)))
    move = followed(link, moved, later, booked, join_url=meeting.join_url)
    assert move is not None
    assert fields(move) == ["occurrences"]
    assert move.spans == (booked[0], Span(START + day + MINUTE, START + day + 61 * MINUTE))


@pytest.mark.parametrize(
    ("at", "now", "end"),
    [
        (20, 21, 20),
        (20, 20, 20),
        (0, 21, None),  # before it began
        (60, 61, None),
        (75, 76, None),
        (30, 29, None),  # by a clock that is ahead of ours
    ],
)
def test_an_early_end_cuts_what_is_booked(at: int, now: int, end: int | None) -> None:
    move = ended(row(), START + at * MINUTE, START + now * MINUTE, spans_of(row()))
    assert (None if move is None else move.spans) == (None if end is None else (Span(START, START + end * MINUTE),))
