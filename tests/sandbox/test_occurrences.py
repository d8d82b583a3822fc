"""Single dates of a series, and changes to the whole of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox

RULE = {"type": 1, "end_times": 3}


@pytest.fixture
def series(api: Api) -> Any:
    """Three days from 1 December 2031, at 18:24 in São Paulo."""
    return api.create(
        type=8,
        topic="Course",
        agenda="whole",
        start_time="2031-12-01T18:24:00",
        timezone="America/Sao_Paulo",
        recurrence=RULE,
    )


def key(series: Any, at: int) -> str:
    return str(series["occurrences"][at]["occurrence_id"])


def patch_date(api: Api, series: Any, at: int, **fields: Any) -> Answer:
    return api.call("PATCH", f"/meetings/{series['id']}?occurrence_id={key(series, at)}", fields)


def test_occurrence_ids_are_the_milliseconds_of_their_starts(series: Any) -> None:
    assert [(one["occurrence_id"], one["start_time"]) for one in series["occurrences"]] == [
        ("1953926640000", "2031-12-01T21:24:00Z"),
        ("1954013040000", "2031-12-02T21:24:00Z"),
        ("1954099440000", "2031-12-03T21:24:00Z"),
    ]


def test_one_date_is_changed_and_the_others_are_not(api: Api, series: Any) -> None:
    answer = patch_date(
        api, series, 1, start_time="2031-12-02T20:00:00", duration=30, agenda="one", settings={"waiting_room": True}
    )
    assert (answer.status, answer.body) == (204, b"")
    whole = api.get(series["id"])
    assert [(one["start_time"], one["duration"]) for one in whole["occurrences"]] == [
        ("2031-12-01T21:24:00Z", 60),
        ("2031-12-02T23:00:00Z", 30),
        ("2031-12-03T21:24:00Z", 60),
    ]
    assert (whole["agenda"], whole["settings"]["waiting_room"]) == ("whole", False)
    one = api.get(series["id"], f"?occurrence_id={key(series, 1)}")
    assert (one["start_time"], one["duration"], one["agenda"], one["settings"]["waiting_room"]) == (
        "2031-12-02T23:00:00Z",
        30,
        "one",
        True,
    )


def test_one_date_takes_no_more_than_zoom_lets_it(api: Api, series: Any) -> None:
    assert patch_date(api, series, 0, topic="x", password="x", settings={"focus_mode": True}).status == 204
    one = api.get(series["id"], f"?occurrence_id={key(series, 0)}")
    assert (one["topic"], one["password"], one["settings"]["focus_mode"]) == ("Course", series["password"], False)


def test_waiting_room_of_one_date_switches_join_before_host_off(api: Api) -> None:
    series = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence=RULE, settings={"join_before_host": True})
    patch_date(api, series, 0, settings={"waiting_room": True})
    assert api.get(series["id"], f"?occurrence_id={key(series, 0)}")["settings"]["join_before_host"] is False
    assert api.get(series["id"])["settings"]["join_before_host"] is True


def test_start_in_the_past_is_ignored_for_one_date(api: Api, series: Any) -> None:
    patch_date(api, series, 0, start_time="2031-06-01T00:00:00Z")
    assert api.get(series["id"])["occurrences"][0]["start_time"] == "2031-12-01T21:24:00Z"


def test_change_of_an_unknown_date_is_refused(api: Api, series: Any) -> None:
    answer = api.call("PATCH", f"/meetings/{series['id']}?occurrence_id=1", {"duration": 5})
    assert (answer.status, answer.json) == (400, {"code": 300, "message": "Invalid parameter: occurrence_id."})


def test_one_date_is_deleted(api: Api, series: Any) -> None:
    answer = api.call("DELETE", f"/meetings/{series['id']}?occurrence_id={key(series, 1)}")
    assert (answer.status, answer.body) == (204, b"")
    whole = api.get(series["id"])
    assert [one["status"] for one in whole["occurrences"]] == ["available", "deleted", "available"]
    assert api.call("GET", f"/meetings/{series['id']}?occurrence_id={key(series, 1)}").status == 404


@pytest.mark.parametrize("occurrence_id", ["1", "x"])
def test_deletion_of_an_unknown_date_is_refused(api: Api, series: Any, occurrence_id: str) -> None:
    answer = api.call("DELETE", f"/meetings/{series['id']}?occurrence_id={occurrence_id}")
    assert (answer.status, answer.json) == (400, {"code": 300, "message": "Invalid parameter: occurrence_id."})


def test_previous_dates_are_shown_when_asked_for(api: Api, series: Any) -> None:
    api.later(set="2031-12-02T23:00:00Z")
    assert [one["start_time"][:10] for one in api.get(series["id"])["occurrences"]] == ["2031-12-03"]
    everything = api.get(series["id"], "?show_previous_occurrences=true")["occurrences"]
    assert [one["start_time"][:10] for one in everything] == ["2031-12-01", "2031-12-02", "2031-12-03"]


def test_change_that_makes_the_same_dates_keeps_what_was_done_to_single_ones(api: Api, series: Any) -> None:
    patch_date(api, series, 0, duration=15, agenda="one")
    api.call("DELETE", f"/meetings/{series['id']}?occurrence_id={key(series, 1)}")
    whole = {"topic": "Course", "start_time": "2031-12-01T18:24:00", "timezone": "America/Sao_Paulo", "type": 8}
    assert api.call("PATCH", f"/meetings/{series['id']}", whole | {"recurrence": RULE}).status == 204
    now = api.get(series["id"])
    assert [(one["status"], one["duration"]) for one in now["occurrences"]] == [
        ("available", 15),
        ("deleted", 60),
        ("available", 60),
    ]
    assert api.get(series["id"], f"?occurrence_id={key(series, 0)}")["agenda"] == "one"


def test_duration_of_the_series_reaches_every_date(api: Api, series: Any) -> None:
    api.call("PATCH", f"/meetings/{series['id']}", {"duration": 45})
    assert [one["duration"] for one in api.get(series["id"])["occurrences"]] == [45, 45, 45]


def test_new_start_of_the_series_makes_new_dates(api: Api, series: Any) -> None:
    api.call("PATCH", f"/meetings/{series['id']}", {"start_time": "2031-12-01T10:00:00"})
    dates = [one["start_time"] for one in api.get(series["id"])["occurrences"]]
    assert dates == ["2031-12-01T13:00:00Z", "2031-12-02T13:00:00Z", "2031-12-03T13:00:00Z"]


def test_update_ignores_what_only_a_create_takes(api: Api) -> None:
    made = api.create()
    body = {"default_password": "neither", "settings": {"show_join_info": True}}
    assert api.call("PATCH", f"/meetings/{made['id']}", body).status == 204
    assert api.get(made["id"])["settings"]["show_join_info"] is False


def test_meeting_that_gives_its_personal_id_up_gets_its_own_links_back(api: Api) -> None:
    made = api.create(settings={"use_pmi": True})
    assert f"/j/{made['pmi']}" in made["join_url"]
    assert api.send("GET", made["join_url"].removeprefix(api.url)).status == 200
    api.call("PATCH", f"/meetings/{made['id']}", {"settings": {"use_pmi": False}})
    now = api.get(made["id"])
    assert "pmi" not in now
    assert f"/j/{made['id']}" in now["join_url"]


def test_meeting_moves_to_another_host_with_scheduling_privilege(api: Api, sandbox: ThreadedSandbox) -> None:
    users = sandbox.world.users
    other = users.get("host1@sandbox.example")
    users.owner.schedules_for.add(other.id)
    made = api.create(start_time="2031-12-01T18:24:00Z")
    assert api.call("PATCH", f"/meetings/{made['id']}", {"schedule_for": other.email}).status == 204
    now = api.get(made["id"])
    assert (now["host_id"], now["host_email"], now["assistant_id"]) == (other.id, other.email, users.owner.id)
    assert api.listed()["total_records"] == 0
    assert api.listed(user=other.email)["total_records"] == 1


def test_series_is_not_prescheduled(api: Api) -> None:
    made = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence=RULE, pre_schedule=True)
    assert made["pre_schedule"] is False
    assert api.create(pre_schedule=True)["pre_schedule"] is True


def test_update_takes_away_what_is_given_as_nothing(api: Api) -> None:
    made = api.create(pre_schedule=True, tracking_fields=[{"field": "Booking", "value": "1"}], type=3)
    api.call("PATCH", f"/meetings/{made['id']}", {"pre_schedule": False, "tracking_fields": []})
    now = api.get(made["id"])
    assert (now["pre_schedule"], "tracking_fields" in now) == (False, False)


def test_meeting_that_runs_takes_its_place_among_the_new_hosts_live_ones(api: Api, sandbox: ThreadedSandbox) -> None:
    users = sandbox.world.users
    other = users.get("host1@sandbox.example")
    users.owner.schedules_for.add(other.id)
    made = api.create()
    api.send("POST", f"/_sandbox/meetings/{made['id']}/start")
    api.call("PATCH", f"/meetings/{made['id']}", {"schedule_for": other.email})
    assert api.listed("?type=live")["total_records"] == 0
    assert api.listed("?type=live", user=other.email)["total_records"] == 1
