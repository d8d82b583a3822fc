"""A link as callers see it, its history in words, and problems that are written down and read again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.test_links_judging import SENT, row

from zoomlink import errors
from zoomlink.errors import InvalidInputError
from zoomlink.links.problem import problem_json, problem_text, stored_error
from zoomlink.links.view import cursor_of, event_of, link_of, read_cursor
from zoomlink.model import LinkState
from zoomlink.store.rows import EventRow


def test_only_a_ready_link_gives_its_join_link() -> None:
    whole = row(join_url="https://zoom.us/j/1?pwd=x", passcode="abc", meeting_id=1)
    for state in LinkState:
        link = link_of(whole._replace(state=state.value))
        assert (link.join_url is not None, link.passcode is not None) == (state is LinkState.READY,) * 2


def test_only_links_on_their_way_say_when_they_are_tried_next() -> None:
    said = {state: link_of(row(state=state.value, due_at=SENT)).next_try_at is not None for state in LinkState}
    assert {state for state, says in said.items() if says} == {
        LinkState.PLANNED, LinkState.PARKED, LinkState.UNKNOWN,
    }  # fmt: skip


def test_a_zone_that_nobody_knows_is_none() -> None:
    assert link_of(row(timezone="(GMT-3:00) Brasilia")).timezone is None


@pytest.mark.parametrize(
    ("event", "detail", "words"),
    [
        ("planned", {}, "Recorded."),
        ("planned", {"again": True}, "Recorded."),
        ("sending", {"attempt": 2}, "Zoom is asked, attempt 2."),
        ("ready", {"meeting": 81234567890}, "Zoom made meeting 81234567890: the link is ready."),
        ("unknown", {"why": "It broke."}, "The answer was lost: It broke."),
        ("parked", {"until": 1953936000000}, "The day's calls are used up; waits until 2031-12-02 00:00 UTC."),
        ("changed", {"fields": ["duration", "topic"]}, "Changed: duration, topic."),
        ("refused", {}, "Zoom refused it."),
        ("some-later-event", {}, "some-later-event."),
    ],
)
def test_history_is_told_in_words(event: str, detail: dict[str, Any], words: str) -> None:
    assert event_of(EventRow(SENT, event, json.dumps(detail))).words == words


def test_a_cursor_leads_back_to_its_place() -> None:
    assert read_cursor(cursor_of([row()])) == (row().start_at, row().id)
    for wrong in ("", "1", "x.lnk_1", "1.2", "9" * 16 + ".lnk_1", None):
        with pytest.raises(InvalidInputError):
            read_cursor(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.NotFoundError("No.", status_code=404, code=1001, tracking_id="t", hint="Look."), errors.NotFoundError),
        (errors.InvalidRequestError("No.", status_code=400, code=300), errors.InvalidRequestError),
        (errors.RateLimitError("No.", status_code=429, slug="daily-limit"), errors.RateLimitError),
        (errors.MissingScopeError("No.", status_code=400), errors.MissingScopeError),
        (errors.TransportError("No.", sent=False), errors.TransportError),
        (errors.OutcomeUnknownError("No.", tracking_id="t"), errors.OutcomeUnknownError),
        (errors.LedgerError("No."), errors.ZoomLinkError),
    ],
)
def test_an_error_is_written_down_and_made_again(error: errors.ZoomLinkError, kind: type[errors.ZoomLinkError]) -> None:
    again = stored_error(row(problem=problem_json(error)))
    assert type(again) is kind
    for name in ("message", "hint", "slug", "status_code", "code", "tracking_id"):
        assert getattr(again, name, None) == getattr(error, name, None)
    assert error.message in (problem_text(problem_json(error)) or "")


def test_the_evidence_of_an_error_is_not_written_down() -> None:
    error = errors.NotFoundError("No.", status_code=404, body=b'{"start_url": "canary"}')
    assert "canary" not in problem_json(error)
