"""Which meetings are a link's, and what has to be done about a link: each fact by itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import NOW, settings

from zoomlink.links import transitions
from zoomlink.links.judging import Errand, errand, is_proven, may_be_ours, oldest_first, searched_hosts
from zoomlink.links.marker import add_marker
from zoomlink.links.request import LinkRequest, different_field, make_row, milliseconds, plan_request
from zoomlink.links.rules import Rules, Times
from zoomlink.zoom.models import Meeting
from zoomlink.zoom.recurrence import Recurrence

if TYPE_CHECKING:
    from zoomlink.store.rows import LinkRow

RULES = Rules.of(settings())
TIMES = Times()
SENT = milliseconds(NOW)
CANCEL, CHANGE = '{"do": "cancel", "notify": false}', '{"do": "update", "body": {"topic": "Guitar"}}'


def request(**changes: Any) -> LinkRequest:
    wanted = {"topic": "Piano lesson", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"} | changes
    return plan_request(wanted.pop("topic"), rules=RULES, now=NOW, **wanted)


def row(wanted: dict[str, Any] | None = None, **changes: Any) -> LinkRow:
    made = make_row(request(**(wanted or {})), RULES, key="b1", marker=RULES.marker_of("b1"), now=SENT, randomness=1)
    return made._replace(first_sent_at=SENT, sent_at=SENT)._replace(**changes)


def meeting(link: LinkRow, **changes: Any) -> Meeting:
    body: dict[str, Any] = {
        "id": 81234567890,
        "topic": link.topic,
        "type": 2,
        "start_time": "2031-12-01T21:24:00Z",
        "duration": 60,
        "created_at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "agenda": add_marker(None, link.marker),
    } | changes
    return Meeting.from_api(body)


def test_a_meeting_with_the_marker_is_the_link_s() -> None:
    assert is_proven(row(), meeting(row()), TIMES)


@pytest.mark.parametrize("change", [{"topic": "Changed"}, {"start_time": "2031-12-02T21:24:00Z"}, {"duration": 45}])
def test_with_the_marker_people_may_have_changed_it(change: dict[str, Any]) -> None:
    assert is_proven(row(), meeting(row(), **change), TIMES)


@pytest.mark.parametrize(
    ("made", "proven"),
    [
        (timedelta(minutes=-6), False),  # older than the first sending, whatever clocks may be off
        (timedelta(minutes=-4), True),
        (timedelta(minutes=59), True),
        (timedelta(minutes=61), False),  # copied by a person, agenda and all
    ],
)
def test_the_marker_counts_only_on_a_meeting_made_while_the_link_was_sent(made: timedelta, proven: bool) -> None:
    found = meeting(row(), created_at=f"{NOW + made:%Y-%m-%dT%H:%M:%SZ}")
    assert (is_proven(row(), found, TIMES), may_be_ours(row(), found, TIMES)) == (proven, proven)


def test_a_meeting_with_another_marker_is_not_the_link_s() -> None:
    other = meeting(row(), agenda="zl-" + "a" * 18)
    assert (is_proven(row(), other, TIMES), may_be_ours(row(), other, TIMES)) == (False, False)


@pytest.mark.parametrize(
    ("agenda", "proven"), [("", True), ("Bring the blue book.", True), ("Something else entirely.", False)]
)
def test_an_emptied_agenda_is_made_up_for_by_topic_and_time(agenda: str, proven: bool) -> None:
    link = row({"agenda": "Bring the blue book."})
    assert is_proven(link, meeting(link, agenda=agenda), TIMES) is proven


@pytest.mark.parametrize("change", [{"topic": "Other"}, {"start_time": "2031-12-02T21:24:00Z"}, {"duration": 45}])
def test_without_its_marker_all_the_rest_has_to_be_the_same(change: dict[str, Any]) -> None:
    assert not is_proven(row(), meeting(row(), agenda="", **change), TIMES)


def test_a_cut_agenda_deserves_a_closer_look() -> None:
    link = row({"agenda": "la " * 200})
    entry = meeting(link, agenda=("la " * 200)[:250])
    assert (may_be_ours(link, entry, TIMES), link.marker in (entry.agenda or "")) == (True, False)


def test_with_markers_switched_off_the_agenda_has_to_be_the_same() -> None:
    link = row({"agenda": "Bring the blue book."}, marker="")
    assert is_proven(link, meeting(link, agenda="Bring the blue book."), TIMES)
    assert not is_proven(link, meeting(link, agenda="Bring the red book."), TIMES)


def test_the_meeting_made_first_is_chosen_then_the_lowest_id() -> None:
    def one(number: int, minute: int) -> Meeting:
        return meeting(row(), id=number, created_at=f"2031-06-04T18:{minute:02}:00Z")

    listed = [one(3, 2), one(2, 1), one(1, 2)]
    assert [found.id for found in oldest_first(listed)] == [2, 1, 3]


def test_a_meeting_scheduled_for_another_user_is_looked_for_under_both() -> None:
    assert searched_hosts(row({"host": "alice@example.com", "schedule_for": "Bob@example.com"})) == (
        "alice@example.com",
        "bob@example.com",
    )
    assert searched_hosts(row({"host": "alice@example.com"})) == ("alice@example.com",)


@pytest.mark.parametrize(
    ("change", "todo"),
    [
        ({"state": "planned", "due_at": SENT}, Errand.SEND),
        ({"state": "planned", "due_at": SENT + 1}, Errand.LATER),
        ({"state": "parked", "due_at": SENT}, Errand.SEND),
        ({"state": "parked", "due_at": SENT + 1}, Errand.LATER),
        ({"state": "sending", "lease_at": SENT + 1}, Errand.OTHERS),
        ({"state": "sending", "lease_at": SENT}, Errand.LOST),
        ({"state": "sending", "lease_at": None}, Errand.LOST),
        ({"state": "unknown", "due_at": SENT}, Errand.SETTLE),
        ({"state": "unknown", "due_at": SENT + 1}, Errand.LATER),
        ({"state": "ready", "due_at": None}, Errand.NOTHING),
        ({"state": "ready", "due_at": SENT, "wish": CANCEL}, Errand.WISH),
        ({"state": "planned", "due_at": SENT + 9, "wish": CANCEL}, Errand.WISH),
        ({"state": "unknown", "due_at": SENT + 9, "wish": CANCEL}, Errand.WISH),
        ({"state": "ready", "due_at": SENT, "wish": CHANGE}, Errand.WISH),
        ({"state": "planned", "due_at": SENT, "wish": CHANGE}, Errand.SEND),
        ({"state": "parked", "due_at": SENT + 9, "wish": CHANGE}, Errand.LATER),
        ({"state": "unknown", "due_at": SENT, "wish": CHANGE}, Errand.SETTLE),
        ({"state": "ready", "due_at": SENT}, Errand.WATCH),
        ({"state": "cancelled", "due_at": SENT}, Errand.WATCH),
        ({"state": "refused", "due_at": None}, Errand.NOTHING),
        ({"state": "deleted", "due_at": SENT + 1}, Errand.NOTHING),
    ],
)
def test_what_has_to_be_done_stands_in_the_row(change: dict[str, Any], todo: Errand) -> None:
    assert errand(row(**change), SENT) is todo


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"topic": "Guitar lesson"}, "topic"),
        ({"start": "2031-12-01T18:25"}, "start"),
        ({"timezone": "America/Bahia"}, "timezone"),
        ({"duration": 30}, "duration"),
        ({"passcode": "abc"}, "passcode"),
        ({"host": "alice@example.com"}, "host"),
        ({"agenda": "x"}, "agenda"),
        ({"settings": {"waiting_room": True}}, "settings"),
        ({"registration": "automatic"}, "settings"),
        ({"recurrence": Recurrence.weekly(count=3)}, "recurrence"),
        ({"start": datetime.fromisoformat("2031-12-01T18:24:00-03:00")}, None),
        ({"duration": "60"}, None),
        ({"topic": " Piano lesson "}, None),
    ],
)
def test_what_differs_between_two_requests_is_named(change: dict[str, Any], field: str | None) -> None:
    assert different_field(row(), request(**change)) == field


def test_an_erased_request_is_still_known_by_its_fingerprint() -> None:
    erased = row(asked="", topic="")
    assert different_field(erased, request()) is None
    assert different_field(erased, request(topic="Guitar lesson")) == "request"


def test_a_link_that_came_from_zoom_is_compared_by_what_stands_there() -> None:
    taken = row()._replace(asked="", fingerprint="")
    assert different_field(taken, request(passcode="abc")) is None
    assert different_field(taken, request(topic="Guitar lesson")) == "topic"
    assert different_field(taken, request(duration=30)) == "duration"


def test_the_watch_looks_three_times_and_then_no_more() -> None:
    link = row(state="ready", unsure_at=SENT, due_at=SENT)
    seen = []
    for _ in range(4):
        changes = transitions.watched(link, link.due_at or 0, RULES, complete=True).changes
        seen.append(changes["due_at"])
        link = link._replace(**changes)
    assert seen == [SENT + 3_600_000, SENT + 86_400_000, None, None]


def test_a_link_that_was_never_in_doubt_is_not_watched() -> None:
    found = transitions.confirmed(row(state="sending"), meeting(row(), host_email="A@b.example"), SENT, RULES)
    assert (found.changes["due_at"], found.alias) == (None, ("me", "a@b.example"))


def test_a_meeting_is_made_anew_at_once_only_the_first_time() -> None:
    waits = [transitions.replanned(row(attempt=attempt), SENT, RULES).changes["due_at"] - SENT for attempt in range(5)]
    assert waits == [0, 0, 1000, 2000, 5000]


def test_parked_links_come_back_spread_over_a_minute() -> None:
    from zoomlink.errors import RateLimitError

    error = RateLimitError("The day is over.", status_code=429)
    dues = {
        transitions.parked(row(id=f"lnk_{number:026}"), error, SENT, SENT + 1000, label=None).changes["due_at"]
        for number in range(500)
    }
    assert len(dues) > 400
    assert (min(dues) >= SENT + 1000, max(dues) < SENT + 61_000) == (True, True)


def test_times_are_scaled_as_a_whole() -> None:
    scaled = Times().scaled(0.01)
    assert (scaled.lease, scaled.settle, scaled.watch, scaled.late) == (450, 900, (3000, 36000, 864000), 3_600_000)


def test_a_change_takes_no_cancellation_back() -> None:
    waiting = row(state="planned", unsure_at=SENT, wish=CANCEL)
    assert "wish" not in transitions.changed(waiting, {"topic": "Guitar"}, SENT, RULES).changes


def test_a_change_of_a_link_that_was_unsure_is_made_again_once_its_meeting_is_found() -> None:
    waiting = row(state="planned", unsure_at=SENT, wish=CHANGE)
    wish = transitions.changed(waiting, {"duration": 30}, SENT, RULES).changes["wish"]
    assert json.loads(wish) == {"do": "update", "body": {"topic": "Guitar", "duration": 30}}
