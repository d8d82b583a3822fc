"""Our own values: what a link looks like as JSON, and its id."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import NOW

from zoomlink.model import Link, LinkState, link_id


def link(**changes: object) -> Link:
    fields: dict[str, object] = {
        "id": link_id(0, 0),
        "key": "booking-4711",
        "state": LinkState.READY,
        "topic": "Piano lesson",
        "start_time": datetime(2031, 12, 1, 21, 24, tzinfo=UTC),
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "join_url": "https://us05web.zoom.us/j/81234567890?pwd=canary",
        "passcode": "canary",
        "meeting_id": 81234567890,
        "host": "alice@example.com",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Link(**{**fields, **changes})  # type: ignore[arg-type]  # a table of changes has no one type


def test_a_link_as_json() -> None:
    assert link().to_dict() == {
        "id": "lnk_00000000000000000000000000",
        "key": "booking-4711",
        "state": "ready",
        "topic": "Piano lesson",
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
        "join_url": "https://us05web.zoom.us/j/81234567890?pwd=canary",
        "passcode": "canary",
        "meeting_id": 81234567890,
        "host": "alice@example.com",
        "created_at": "2031-06-04T18:00:00Z",
        "updated_at": "2031-06-04T18:00:00Z",
        "next_try_at": None,
        "warnings": [],
        "problem": None,
    }


def test_a_time_of_another_zone_is_never_stamped_as_utc() -> None:
    there = datetime(2031, 12, 1, 18, 24, tzinfo=timezone(-timedelta(hours=3)))
    shown = link(start_time=there, next_try_at=there).to_dict()
    assert shown["start_time"] == shown["next_try_at"] == "2031-12-01T21:24:00Z"


def test_a_link_does_not_show_what_is_for_guests() -> None:
    assert "canary" not in repr(link())


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_ids_have_their_form(milliseconds: int, randomness: int) -> None:
    assert re.fullmatch(r"lnk_[0-9a-z]{26}", link_id(milliseconds, randomness))


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, unique=True), st.integers(0, 2**80 - 1))
def test_ids_sort_by_time(moments: list[int], randomness: int) -> None:
    assert sorted(link_id(at, randomness) for at in moments) == [link_id(at, randomness) for at in sorted(moments)]
