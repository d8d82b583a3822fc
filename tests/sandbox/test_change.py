"""Updating and deleting meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api

    from zoomsandbox.server import ThreadedSandbox


def patched(api: Api, meeting_id: int, **fields: Any) -> Any:
    answer = api.call("PATCH", f"/meetings/{meeting_id}", fields)
    assert (answer.status, answer.body) == (204, b"")
    return api.get(meeting_id)


def test_update_changes_what_is_named_and_nothing_else(api: Api) -> None:
    made = api.create(topic="Old", agenda="keep", start_time="2031-12-01T18:24:00Z", settings={"focus_mode": True})
    now = patched(api, made["id"], topic="New", duration=90, settings={"mute_upon_entry": True})
    assert (now["topic"], now["duration"], now["agenda"]) == ("New", 90, "keep")
    assert (now["settings"]["mute_upon_entry"], now["settings"]["focus_mode"]) == (True, True)
    kept = ["uuid", "id", "start_time", "timezone", "password", "join_url", "created_at"]
    assert [now[name] for name in kept] == [made[name] for name in kept]


def test_update_moves_the_start_in_the_meetings_zone(api: Api) -> None:
    made = api.create(start_time="2031-12-01T18:24:00", timezone="America/Sao_Paulo")
    now = patched(api, made["id"], start_time="2031-12-02T08:00:00")
    assert (now["start_time"], now["timezone"]) == ("2031-12-02T11:00:00Z", "America/Sao_Paulo")
    assert [one["start_time"] for one in api.listed()["meetings"]] == ["2031-12-02T11:00:00Z"]


def test_update_ignores_a_start_in_the_past(api: Api) -> None:
    made = api.create(start_time="2031-12-01T18:24:00Z")
    assert patched(api, made["id"], start_time="2031-06-02T09:59:00Z")["start_time"] == "2031-12-01T18:24:00Z"


def test_update_of_the_passcode_changes_the_links(api: Api) -> None:
    made = api.create()
    now = patched(api, made["id"], password="fresh1")
    assert now["password"] == "fresh1"
    assert now["join_url"] != made["join_url"]
    assert "password" not in patched(api, made["id"], password="")


def test_update_can_make_a_series_and_undo_it(api: Api) -> None:
    made = api.create(start_time="2031-12-01T18:24:00Z")
    series = patched(api, made["id"], type=8, recurrence={"type": 1, "end_times": 3})
    assert [one["start_time"][:10] for one in series["occurrences"]] == ["2031-12-01", "2031-12-02", "2031-12-03"]
    assert "occurrences" not in patched(api, made["id"], type=2)


def test_update_of_a_rule_makes_new_dates(api: Api) -> None:
    made = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 3})
    series = patched(api, made["id"], recurrence={"type": 2, "weekly_days": "2", "end_times": 2})
    assert [one["start_time"][:10] for one in series["occurrences"]] == ["2031-12-01", "2031-12-08"]


def test_update_of_a_series_topic_leaves_its_dates_alone(api: Api) -> None:
    made = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 2})
    first = made["occurrences"][0]["occurrence_id"]
    api.call("DELETE", f"/meetings/{made['id']}?occurrence_id={first}")
    assert [one["status"] for one in patched(api, made["id"], topic="x")["occurrences"]] == ["deleted", "available"]


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        (
            {"duration": 0},
            400,
            {
                "code": 300,
                "message": "Validation Failed.",
                "errors": [{"field": "duration", "message": "Invalid field."}],
            },
        ),
        (
            {"type": 8},
            400,
            {
                "code": 300,
                "message": "Validation Failed.",
                "errors": [{"field": "recurrence", "message": "Missing field."}],
            },
        ),
        (
            {"schedule_for": "host1@sandbox.example"},
            400,
            {"code": 3000, "message": "You cannot schedule a meeting for host1@sandbox.example."},
        ),
        (
            {"type": 8, "pre_schedule": True},
            400,
            {
                "code": 3000,
                "message": "Prescheduling is only available for scheduled meetings (type 2) "
                "and recurring meetings with no fixed time (type 3).",
            },
        ),
    ],
)
def test_update_that_zoom_would_refuse_changes_nothing(
    api: Api, fields: dict[str, Any], status: int, body: Any
) -> None:
    made = api.create(topic="Old")
    answer = api.call("PATCH", f"/meetings/{made['id']}", {"topic": "New"} | fields)
    assert (answer.status, answer.json) == (status, body)
    assert api.get(made["id"])["topic"] == "Old"


def test_update_of_an_unknown_meeting_is_refused(api: Api) -> None:
    answer = api.call("PATCH", "/meetings/12345678901", {})
    assert (answer.status, answer.json) == (404, {"code": 3001, "message": "Meeting does not exist: 12345678901."})


def test_update_without_a_json_body_is_refused(api: Api) -> None:
    made = api.create()
    assert api.call("PATCH", f"/meetings/{made['id']}", b"x").json["code"] == 300


def test_delete_removes_the_meeting(api: Api) -> None:
    made = api.create()
    answer = api.call("DELETE", f"/meetings/{made['id']}?schedule_for_reminder=false")
    assert (answer.status, answer.body) == (204, b"")
    assert api.call("GET", f"/meetings/{made['id']}").status == 404
    assert api.listed()["total_records"] == 0
    again = api.call("DELETE", f"/meetings/{made['id']}")
    assert (again.status, again.json) == (404, {"code": 3001, "message": f"Meeting does not exist: {made['id']}."})


def test_personal_meeting_cannot_be_deleted(api: Api, sandbox: ThreadedSandbox) -> None:
    answer = api.call("DELETE", f"/meetings/{sandbox.world.users.owner.pmi}")
    assert (answer.status, answer.json) == (400, {"code": 3018, "message": "Not allowed to delete PMI."})
