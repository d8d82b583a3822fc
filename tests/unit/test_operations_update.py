"""Changing a meeting: only what is given goes out, and what Zoom silently ignored is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import answer, drive, meeting_answer, refusal

from zoomlink.client.base import update_flow
from zoomlink.errors import InvalidInputError, NotFoundError
from zoomlink.zoom.recurrence import Recurrence
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Response
    from zoomlink.zoom.models import Meeting

POLICY = RetryPolicy()
DONE = answer(204)
SERIES = {
    "type": 8,
    "timezone": "Europe/Lisbon",
    "occurrences": [
        {"occurrence_id": "1950282000000", "start_time": "2031-10-20T17:00:00Z", "duration": 60, "status": "available"}
    ],
}


def update(script: list[Response | Exception], meeting: int | str = 81234567890, **given: Any) -> tuple[Meeting, Any]:
    run = drive()
    found = run.run(update_flow(meeting, policy=POLICY, **{"default_timezone": None} | given), script)
    patch = next(request for request in run.requests if request.method == "PATCH")
    assert run.requests[-1].method == "GET"
    return found, (patch.url.partition("/v2")[2], json.loads(patch.body))


def refused(meeting: int | str = 81234567890, **given: Any) -> InvalidInputError:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(update_flow(meeting, policy=POLICY, **{"default_timezone": None} | given), [])
    assert run.sent == 0
    return caught.value


def test_only_what_is_given_is_sent() -> None:
    found, sent = update([DONE, answer(200, meeting_answer(topic="New"))], topic="New")
    assert sent == ("/meetings/81234567890", {"topic": "New"})
    assert (found.topic, found.warnings) == ("New", ())


def test_start_is_sent_as_an_instant_and_keeps_the_zone_of_the_meeting() -> None:
    given: dict[str, Any] = {"start": "2031-12-02T10:00", "default_timezone": "Europe/Lisbon"}
    _, sent = update([DONE, answer(200, meeting_answer(start_time="2031-12-02T10:00:00Z"))], **given)
    assert sent[1] == {"start_time": "2031-12-02T10:00:00Z"}


def test_timezone_given_with_a_start_becomes_the_meetings() -> None:
    back = meeting_answer(start_time="2031-12-02T10:00:00Z", timezone="Europe/Lisbon")
    found, sent = update([DONE, answer(200, back)], start="2031-12-02T10:00", timezone="Europe/Lisbon")
    assert sent[1] == {"start_time": "2031-12-02T10:00:00Z", "timezone": "Europe/Lisbon"}
    assert found.warnings == ()


def test_empty_agenda_clears_it() -> None:
    assert update([DONE, answer(200, meeting_answer())], agenda="")[1][1] == {"agenda": ""}


def test_past_start_that_zoom_ignored_is_said() -> None:
    found, sent = update([DONE, answer(200, meeting_answer(topic="New"))], start="2020-01-01T10:00Z", topic="New")
    assert sent[1] == {"topic": "New", "start_time": "2020-01-01T10:00:00Z"}
    assert found.warnings == (
        "Zoom ignored the start 2020-01-01 10:00 UTC, which has passed: the meeting stays at 2031-12-01 21:24 UTC.",
    )


@pytest.mark.parametrize(
    ("given", "back", "warning"),
    [
        ({"start": "2031-12-03T10:00Z"}, {}, "Zoom set the start to 2031-12-01 21:24 UTC, not 2031-12-03T10:00:00Z."),
        ({"duration": 90}, {}, "Zoom set the duration to 60 minutes, not 90."),
        ({"topic": "New"}, {}, "Zoom has another topic than was asked for."),
        ({"agenda": "New"}, {"agenda": "Old"}, "Zoom has another agenda than was asked for."),
        ({"timezone": "Europe/Lisbon"}, {}, "Zoom kept the time zone America/Sao_Paulo, not Europe/Lisbon."),
        (
            {"passcode": "abc123"},
            {},
            "Zoom set another passcode than was asked for: the host's settings have the last word.",
        ),
        (
            {"settings": {"join_before_host": True}},
            {"settings": {"join_before_host": False, "waiting_room": True}},
            "Zoom left join_before_host off, because the meeting has a waiting room.",
        ),
        (
            {"registration": "automatic"},
            {"settings": {"approval_type": 2}},
            "Zoom did not switch registration on; the host needs a licence for it.",
        ),
        (
            {"settings": {"mute_upon_entry": True}},
            {"settings": {"mute_upon_entry": False}},
            "Zoom kept mute_upon_entry at false, not true.",
        ),
        (
            {"settings": {"breakout_room": {"enable": True}}},
            {"settings": {"breakout_room": {"enable": False}}},
            "Zoom kept breakout_room.enable at false, not true.",
        ),
        (
            {"invitees": ["ana@example.com"]},
            {"settings": {"meeting_invitees": []}},
            "Zoom did not take meeting_invitees as given.",
        ),
        (
            {"tracking_fields": {"Dept": "Music"}},
            {"tracking_fields": [{"field": "Dept", "value": "Arts"}]},
            "Zoom did not take the tracking field Dept as given.",
        ),
    ],
)
def test_each_thing_zoom_ignored_is_said(given: dict[str, Any], back: dict[str, Any], warning: str) -> None:
    assert update([DONE, answer(200, meeting_answer(**back))], **given)[0].warnings == (warning,)


def test_what_zoom_adds_and_rewrites_is_no_difference() -> None:
    back = {
        "topic": "NEW  topic",
        "agenda": "one\r\ntwo",
        "settings": {
            "alternative_hosts": "bob@example.com;Ana@example.com",
            "meeting_invitees": [{"email": "guest@example.com", "internal_user": False}],
            "jbh_time": 5,
        },
    }
    given: dict[str, Any] = {
        "topic": "new topic",
        "agenda": "one\ntwo",
        "alternative_hosts": ["ana@example.com", "bob@example.com"],
        "invitees": ["guest@example.com"],
        "settings": {"jbh_time": 5, "focus_mode": True},
    }
    assert update([DONE, answer(200, meeting_answer(**back))], **given)[0].warnings == ()


def test_meeting_that_cannot_be_read_back_is_returned_with_its_id_and_a_warning() -> None:
    found, _ = update([DONE, refusal(404, 3001, "Meeting does not exist: 81234567890.")], "812 3456 7890", topic="New")
    assert found.id == 81234567890
    said = "There is no such meeting. Zoom says: “Meeting does not exist: 81234567890.”"
    assert found.warnings == (f"The change was made, but could not be read back: {said}",)


def test_meeting_that_does_not_exist_raises() -> None:
    with pytest.raises(NotFoundError, match="There is no such meeting"):
        drive().run(
            update_flow(81234567890, policy=POLICY, topic="New"),
            [refusal(404, 3001, "Meeting does not exist: 81234567890.")],
        )


def test_one_occurrence_is_changed_by_its_id() -> None:
    given: dict[str, Any] = {
        "occurrence": 1950282000000,
        "start": "2031-10-20T20:00",
        "timezone": "Europe/Lisbon",
        "duration": 30,
    }
    back = meeting_answer(**SERIES | {"start_time": "2031-10-20T19:00:00Z", "duration": 30})
    found, (path, sent) = update([DONE, answer(200, back)], **given, settings={"waiting_room": True})
    assert path == "/meetings/81234567890?occurrence_id=1950282000000"
    assert sent == {"start_time": "2031-10-20T19:00:00Z", "duration": 30, "settings": {"waiting_room": True}}
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"topic": "x"}, "topic"),
        ({"passcode": "abc"}, "passcode"),
        ({"timezone": "UTC"}, "timezone"),
        ({"registration": "off"}, "settings.approval_type"),
        ({"settings": {"audio": "both"}}, "settings.audio"),
        ({"recurrence": {"type": 1, "end_times": 2}, "start": "2031-12-01T10:00", "timezone": "UTC"}, "type"),
    ],
)
def test_one_occurrence_has_nothing_else_of_its_own(given: dict[str, Any], field: str) -> None:
    error = refused(occurrence="1950282000000", **given)
    assert error.field == field
    assert error.message.startswith("One occurrence cannot have its own ")


def test_unknown_occurrence_is_not_called_an_unknown_meeting() -> None:
    with pytest.raises(NotFoundError, match="There is no such meeting, or it has no such occurrence"):
        drive().run(
            update_flow(81234567890, policy=POLICY, occurrence="1", duration=5),
            [refusal(404, 3001, "Meeting does not exist: 81234567890.")],
        )


def test_new_recurrence_without_start_begins_where_the_series_begins() -> None:
    run = drive()
    flow = update_flow(81234567890, policy=POLICY, recurrence=Recurrence.weekly("mon", count=6))
    run.run(flow, [answer(200, meeting_answer(**SERIES)), DONE, answer(200, meeting_answer(**SERIES))])
    assert [request.method for request in run.requests] == ["GET", "PATCH", "GET"]
    assert json.loads(run.requests[1].body) == {
        "type": 8,
        "recurrence": {"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 6},
    }


def test_new_recurrence_of_a_meeting_without_start_asks_for_one() -> None:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(
            update_flow(81234567890, policy=POLICY, recurrence={"type": 1, "end_times": 3}),
            [answer(200, meeting_answer(start_time=None))],
        )
    assert caught.value.field == "start"
    assert run.sent == 1


def test_series_whose_recurrence_zoom_changed_is_said() -> None:
    back = meeting_answer(**SERIES, recurrence={"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 3})
    found, _ = update(
        [DONE, answer(200, back)],
        start="2031-10-20T18:00",
        timezone="Europe/Lisbon",
        recurrence={"type": 2, "weekly_days": "2", "end_times": 4},
    )
    assert found.warnings == ("Zoom set end_times of the recurrence to 3, not 4.",)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({}, None, "There is nothing to change."),
        ({"occurrence": "abc", "topic": "x"}, "occurrence", "'abc' is no occurrence's id."),
        ({"occurrence": "-1", "topic": "x"}, "occurrence", "'-1' is no occurrence's id."),
        ({"occurrence": True, "topic": "x"}, "occurrence", "True is no occurrence's id."),
        ({"passcode": "12345678901"}, "passcode", "The passcode has 11 characters; Zoom takes 10."),
        (
            {"settings": {"show_join_info": True}},
            "settings.show_join_info",
            "show_join_info can be set only when a meeting is created.",
        ),
        ({"meeting": 0, "topic": "x"}, "meeting", "0 is no meeting id."),
        ({"meeting": 2**63, "topic": "x"}, "meeting", "9223372036854775808 is no meeting id."),
        ({"timezone": "Lisbon", "topic": "x"}, "timezone", 'There is no time zone "Lisbon".'),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(given: dict[str, Any], field: str, sentence: str) -> None:
    error = refused(**given)
    assert (error.message, error.field) == (sentence, field)


def test_lost_answer_to_a_change_is_asked_for_again() -> None:
    run = drive()
    run.run(
        update_flow(81234567890, policy=POLICY, topic="New"),
        [answer(502), DONE, answer(200, meeting_answer(topic="New"))],
    )
    assert [request.method for request in run.requests] == ["PATCH", "PATCH", "GET"]
