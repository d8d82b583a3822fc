"""Reading, listing, deleting, ending and recovering meetings: flows fed by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.helpers import Drive, answer, drive, meeting_answer, refusal

from zoomlink.errors import (
    ConflictError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    UnexpectedResponseError,
)
from zoomlink.zoom import meetings
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = RetryPolicy()
MEETING = 81234567890
GONE = refusal(404, 3001, "Meeting does not exist: 81234567890.")


def sent(run: Drive, index: int = 0) -> tuple[str, str, dict[str, list[str]]]:
    parts = urlsplit(run.requests[index].url)
    return run.requests[index].method, parts.path, parse_qs(parts.query)


def page(*ids: int, token: str = "") -> Any:
    return answer(200, {"meetings": [{"id": number} for number in ids], "next_page_token": token})


def test_get_asks_for_one_occurrence_and_past_ones_only_when_told() -> None:
    run = drive()
    run.run(meetings.get("812 3456 7890", policy=POLICY), [answer(200, meeting_answer())])
    assert sent(run) == ("GET", "/v2/meetings/81234567890", {})
    run = drive()
    flow = meetings.get(81234567890, policy=POLICY, occurrence="1950282000000", previous_occurrences=True)
    run.run(flow, [answer(200, meeting_answer())])
    assert sent(run)[2] == {"occurrence_id": ["1950282000000"], "show_previous_occurrences": ["true"]}


def test_meeting_shows_its_series() -> None:
    body = meeting_answer(
        type=8,
        recurrence={"type": 1, "end_times": 2},
        registration_url="https://zoom.us/meeting/register/x",
        tracking_fields=[{"field": "Dept", "value": "Music", "visible": True}],
        occurrences=[
            {"occurrence_id": "1950282000000", "start_time": "2031-10-20T17:00:00Z", "duration": 60, "status": "new!"},
            "nonsense",
        ],
        brand_new_field=[1],
    )
    found = drive().run(meetings.get(81234567890, policy=POLICY), [answer(200, body)])
    assert [(one.id, one.duration, one.status) for one in found.occurrences] == [("1950282000000", 60, "new!")]
    assert found.recurrence == {"type": 1, "end_times": 2}
    assert found.registration_url == "https://zoom.us/meeting/register/x"
    assert found.tracking_fields == {"Dept": "Music"}
    assert found.settings == {"waiting_room": True}
    assert found.raw["brand_new_field"] == [1]
    assert "start_url" not in found.raw


def test_list_follows_pages_and_keeps_the_filter_on_each() -> None:
    run = drive()
    flow = meetings.pages(
        "alice@example.com", policy=POLICY, type="live", page_size=2, from_date=date(2031, 1, 1), to_date="2031-02-01"
    ).rest()
    found = run.run(flow, [page(1, 2, token="a"), page(token="b"), page(3)])
    assert [meeting.id for meeting in found] == [1, 2, 3]
    wanted = {"type": ["live"], "page_size": ["2"], "from": ["2031-01-01"], "to": ["2031-02-01"]}
    assert sent(run, 0) == ("GET", "/v2/users/alice@example.com/meetings", wanted)
    assert [sent(run, index)[2] for index in (1, 2)] == [
        wanted | {"next_page_token": ["a"]},
        wanted | {"next_page_token": ["b"]},
    ]


def test_page_that_repeats_ends_with_an_error_instead_of_going_on_for_ever() -> None:
    run = drive()
    with pytest.raises(UnexpectedResponseError, match="same page of the list again and again"):
        run.run(
            meetings.pages("me", policy=POLICY).rest(),
            [page(1, token="a"), page(2, token="a"), page(2, token="a")],
        )
    assert run.sent == 3


def test_token_that_stays_while_the_pages_change_is_followed() -> None:
    found = drive().run(meetings.pages("me", policy=POLICY).rest(), [page(1, token="a"), page(2, token="a"), page(3)])
    assert [meeting.id for meeting in found] == [1, 2, 3]


def test_expired_page_says_so() -> None:
    script = [page(1, token="a"), refusal(400, 300, "The next page token is invalid or expired.")]
    with pytest.raises(InvalidRequestError) as caught:
        drive().run(meetings.pages("me", policy=POLICY).rest(), script)
    assert caught.value.name == "page-expired"
    assert "Start the list again" in str(caught.value)


def test_walk_fetches_a_page_at_a_time() -> None:
    pages = meetings.pages("me", policy=POLICY)
    assert pages.more
    assert [one.id for one in drive().run(pages.fetch(), [page(1, token="a")])] == [1]
    assert pages.more
    assert [one.id for one in drive().run(pages.fetch(), [page(2)])] == [2]
    assert not pages.more


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"page_size": 0}, "page_size"),
        ({"page_size": 301}, "page_size"),
        ({"page_size": "30"}, "page_size"),
        ({"page_size": True}, "page_size"),
        ({"type": "past"}, "type"),
        ({"from_date": "yesterday"}, "from_date"),
        ({"from_date": "2031-02-30"}, "from_date"),
        ({"host": ""}, "host"),
    ],
)
def test_bad_list_is_refused_before_anything_is_sent(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        meetings.pages(given.pop("host", "me"), policy=POLICY, **given)
    assert caught.value.field == field


def test_unknown_list_type_names_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="Did you mean upcoming"):
        meetings.pages("me", policy=POLICY, type="upcomming")


def test_upcoming_knows_the_passcode_by_its_newer_name() -> None:
    body = {"meetings": [{"id": 81234567890, "passcode": "abc", "is_host": False}]}
    run = drive()
    found = run.run(meetings.upcoming("alice@example.com", policy=POLICY), [answer(200, body)])
    assert sent(run)[1] == "/v2/users/alice@example.com/upcoming_meetings"
    assert (found[0].passcode, found[0].raw["is_host"]) == ("abc", False)


def test_upcoming_of_an_unknown_user_is_not_called_an_unknown_meeting() -> None:
    script = [refusal(404, 3001, "Meeting does not exist: x@example.com.")]
    with pytest.raises(NotFoundError) as caught:
        drive().run(meetings.upcoming("x@example.com", policy=POLICY), script)
    assert caught.value.message == "There is no such user in this Zoom account."
    assert (caught.value.name, caught.value.code) == ("host-not-found", 3001)


def test_delete_is_safe_to_repeat() -> None:
    assert drive().run(meetings.delete(81234567890, policy=POLICY), [answer(204)]) is True
    assert drive().run(meetings.delete(81234567890, policy=POLICY), [GONE]) is False


def test_delete_after_a_lost_answer_finds_it_gone_and_is_content() -> None:
    assert drive().run(meetings.delete(81234567890, policy=POLICY), [answer(503), GONE]) is False


def test_delete_mails_people_only_when_told() -> None:
    run = drive()
    run.run(meetings.delete(81234567890, policy=POLICY, occurrence="195", notify=True), [answer(204)])
    assert sent(run) == (
        "DELETE",
        "/v2/meetings/81234567890",
        {"occurrence_id": ["195"], "schedule_for_reminder": ["true"], "cancel_meeting_reminder": ["true"]},
    )


@pytest.mark.parametrize(
    "no", [refusal(400, 300, "Invalid parameter: occurrence_id."), GONE], ids=["invalid", "not-found"]
)
def test_delete_of_an_occurrence_that_was_deleted_is_safe_to_repeat(no: Any) -> None:
    body = meeting_answer(occurrences=[{"occurrence_id": "195", "status": "deleted"}])
    run = drive()
    assert run.run(meetings.delete(81234567890, policy=POLICY, occurrence="195"), [no, answer(200, body)]) is False
    assert sent(run, 1)[2] == {"show_previous_occurrences": ["true"]}


def test_delete_of_an_occurrence_of_a_deleted_series_is_safe_to_repeat() -> None:
    assert drive().run(meetings.delete(81234567890, policy=POLICY, occurrence="195"), [GONE, GONE]) is False


def test_delete_of_an_occurrence_that_never_was_raises() -> None:
    body = meeting_answer(occurrences=[{"occurrence_id": "195", "status": "available"}])
    script = [refusal(400, 300, "Invalid parameter: occurrence_id."), answer(200, body)]
    with pytest.raises(NotFoundError, match="no such occurrence"):
        drive().run(meetings.delete(81234567890, policy=POLICY, occurrence="7"), script)


def test_delete_of_another_kind_of_refusal_raises() -> None:
    with pytest.raises(NotFoundError, match="no such address"):
        drive().run(meetings.delete(81234567890, policy=POLICY), [refusal(404, 2300, "not recognized")])


@pytest.mark.parametrize(("flow", "action"), [(meetings.end, "end"), (meetings.recover, "recover")])
def test_status_is_set_by_put(flow: Callable[..., Any], action: str) -> None:
    run = drive()
    assert run.run(flow(81234567890, policy=POLICY), [answer(204)]) is None
    assert sent(run)[:2] == ("PUT", "/v2/meetings/81234567890/status")
    assert json.loads(run.requests[0].body) == {"action": action}


def test_start_url_is_fetched_fresh_and_hidden() -> None:
    url = drive().run(meetings.start_url(81234567890, policy=POLICY), [answer(200, meeting_answer())])
    assert "canary-zak" in url.reveal()
    assert "canary-zak" not in f"{url!r} {url}"


def test_start_url_that_zoom_withholds_says_so() -> None:
    with pytest.raises(NotFoundError, match="Zoom gives no start link"):
        drive().run(meetings.start_url(81234567890, policy=POLICY), [answer(200, meeting_answer(start_url=""))])


@pytest.mark.parametrize("meeting", [0, -1, "0", "abc", 2**63, str(2**63), True, "", "81234567890x", None, 8.0])
def test_bad_meeting_id_is_refused_everywhere(meeting: Any) -> None:
    for flow in (
        meetings.get(meeting, policy=POLICY),
        meetings.update(meeting, {"topic": "x"}, policy=POLICY),
        meetings.delete(meeting, policy=POLICY),
        meetings.end(meeting, policy=POLICY),
        meetings.recover(meeting, policy=POLICY),
        meetings.start_url(meeting, policy=POLICY),
    ):
        run = drive()
        with pytest.raises(InvalidInputError) as caught:
            run.run(flow, [])
        assert (caught.value.field, run.sent) == ("meeting", 0)


@pytest.mark.parametrize("message", ["Cannot access webinar info.", "Cannot access webinar information."])
def test_webinar_is_called_a_webinar(message: str) -> None:
    for flow in (meetings.get(MEETING, policy=POLICY), meetings.update(MEETING, {"topic": "x"}, policy=POLICY)):
        with pytest.raises(InvalidRequestError, match="The number belongs to a webinar"):
            drive().run(flow, [refusal(400, 3000, message)])


def test_meeting_that_is_over_cannot_be_changed() -> None:
    with pytest.raises(ConflictError, match="The meeting is over"):
        drive().run(meetings.update(MEETING, {"topic": "x"}, policy=POLICY), [refusal(400, 3007, "Meeting is over")])


def test_uuid_is_refused_where_zoom_takes_ids_only() -> None:
    with pytest.raises(InvalidInputError, match="That is the uuid of one instance"):
        drive().run(meetings.get("aB3d5fGh7JkLmN9pQrStUw==", policy=POLICY), [])
