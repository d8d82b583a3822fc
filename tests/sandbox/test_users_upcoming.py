"""A user's next 24 hours. The clock stands at 10:00 UTC on 2 June 2031."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api

HOST = "host1@sandbox.example"


def upcoming(api: Api, user: str = "me") -> Any:
    answer = api.call("GET", f"/users/{user}/upcoming_meetings")
    assert answer.status == 200, answer.body
    assert answer.json["total_records"] == len(answer.json["meetings"])
    return answer.json["meetings"]


def test_upcoming_meeting_is_shown_with_its_passcode(api: Api) -> None:
    made = api.create(topic="Soon", start_time="2031-06-02T20:00:00Z", timezone="Europe/Lisbon", duration=45)
    assert upcoming(api) == [
        {
            "id": made["id"],
            "topic": "Soon",
            "type": 2,
            "start_time": "2031-06-02T20:00:00Z",
            "duration": 45,
            "timezone": "Europe/Lisbon",
            "created_at": "2031-06-02T10:00:00Z",
            "join_url": made["join_url"],
            "passcode": made["password"],
            "use_pmi": False,
            "is_host": True,
            "is_all_day": False,
        }
    ]


def test_upcoming_means_the_next_day_and_what_still_runs(api: Api) -> None:
    for start in ("2031-06-02T11:00:00Z", "2031-06-03T10:00:00Z", "2031-06-03T10:00:01Z"):
        api.create(topic=start, start_time=start)
    api.create(type=3, topic="no time")
    api.create(type=1, topic="instant")
    assert [one["topic"] for one in upcoming(api)] == ["2031-06-02T11:00:00Z", "2031-06-03T10:00:00Z"]
    api.later(set="2031-06-02T11:59:59Z")
    assert upcoming(api)[0]["topic"] == "2031-06-02T11:00:00Z"
    api.later(set="2031-06-02T12:00:00Z")
    assert [one["topic"] for one in upcoming(api)] == ["2031-06-03T10:00:00Z", "2031-06-03T10:00:01Z"]


def test_upcoming_dates_of_a_series_are_rows_of_their_own(api: Api) -> None:
    made = api.create(type=8, start_time="2031-06-02T12:00:00Z", recurrence={"type": 1, "end_times": 5})
    api.later(set="2031-06-03T12:30:00Z")
    rows = upcoming(api)
    assert [(one["id"], one["start_time"]) for one in rows] == [
        (made["id"], "2031-06-03T12:00:00Z"),
        (made["id"], "2031-06-04T12:00:00Z"),
    ]


def test_upcoming_includes_meetings_one_is_invited_to(api: Api) -> None:
    invited = api.create(
        HOST, start_time="2031-06-02T20:00:00Z", settings={"meeting_invitees": [{"email": "Owner@sandbox.example"}]}
    )
    alternative = api.create(
        HOST, start_time="2031-06-02T21:00:00Z", settings={"alternative_hosts": "owner@sandbox.example;x@example.com"}
    )
    api.create(HOST, start_time="2031-06-02T22:00:00Z")
    assert [(one["id"], one["is_host"]) for one in upcoming(api)] == [
        (invited["id"], False),
        (alternative["id"], False),
    ]
    api.call("PATCH", f"/meetings/{invited['id']}", {"settings": {"meeting_invitees": []}})
    api.call("DELETE", f"/meetings/{alternative['id']}")
    assert upcoming(api) == []


def test_upcoming_of_an_unknown_user_is_refused_with_a_number_of_its_own(api: Api) -> None:
    answer = api.call("GET", "/users/nobody/upcoming_meetings")
    assert (answer.status, answer.json) == (404, {"code": 3001, "message": "User does not exist: nobody."})
