"""Series: which dates a rule gives, in the meeting's zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Api


def series(api: Api, rule: dict[str, Any], **fields: Any) -> Any:
    given = {"start_time": "2031-10-20T09:00:00", "timezone": "Europe/Berlin"} | fields
    return api.create(type=8, recurrence=rule, **given)


def starts(meeting: Any) -> list[str]:
    return [one["start_time"] for one in meeting["occurrences"]]


def test_daily_series_keeps_its_wall_time_over_the_change_of_clocks(api: Api) -> None:
    meeting = series(api, {"type": 1, "repeat_interval": 5, "end_times": 3})
    # Clocks in Berlin go back on 2031-10-26: 09:00 is 07:00 UTC before and 08:00 UTC after
    assert starts(meeting) == ["2031-10-20T07:00:00Z", "2031-10-25T07:00:00Z", "2031-10-30T08:00:00Z"]
    assert meeting["start_time"] == "2031-10-20T07:00:00Z"


def test_occurrence_has_zooms_shape(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_times": 1}, duration=45)
    assert meeting["occurrences"] == [
        {
            "occurrence_id": "1950246000000",
            "start_time": "2031-10-20T07:00:00Z",
            "duration": 45,
            "status": "available",
        }
    ]
    assert meeting["recurrence"] == {"type": 1, "end_times": 1, "repeat_interval": 1}


def test_weekly_series_counts_from_sunday(api: Api) -> None:
    # 2031-10-20 is a Monday; Zoom's 1 is Sunday, 2 Monday
    meeting = series(api, {"type": 2, "weekly_days": "4,1,2", "end_times": 4}, timezone="UTC")
    assert [text[:10] for text in starts(meeting)] == ["2031-10-20", "2031-10-22", "2031-10-26", "2031-10-27"]


def test_weekly_series_begins_on_the_first_wanted_day(api: Api) -> None:
    meeting = series(api, {"type": 2, "weekly_days": "6", "repeat_interval": 2, "end_times": 2}, timezone="UTC")
    assert [text[:10] for text in starts(meeting)] == ["2031-10-24", "2031-11-07"]
    assert meeting["start_time"] == "2031-10-24T09:00:00Z"


def test_monthly_series_leaves_out_months_without_the_day(api: Api) -> None:
    meeting = series(api, {"type": 3, "monthly_day": 31, "end_times": 3}, timezone="UTC")
    assert [text[:10] for text in starts(meeting)] == ["2031-10-31", "2031-12-31", "2032-01-31"]


@pytest.mark.parametrize(
    ("week", "day", "expected"),
    [(1, 2, ["2031-11-03", "2031-12-01"]), (-1, 6, ["2031-10-31", "2031-11-28"]), (4, 1, ["2031-10-26", "2031-11-23"])],
)
def test_monthly_series_by_weekday(api: Api, week: int, day: int, expected: list[str]) -> None:
    rule = {"type": 3, "monthly_week": week, "monthly_week_day": day, "end_times": 2}
    assert [text[:10] for text in starts(series(api, rule, timezone="UTC"))] == expected


def test_series_ends_with_its_last_date(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_date_time": "2031-10-22T09:00:00Z"}, timezone="UTC")
    assert [text[:10] for text in starts(meeting)] == ["2031-10-20", "2031-10-21", "2031-10-22"]
    assert meeting["recurrence"] == {"type": 1, "end_date_time": "2031-10-22T09:00:00Z", "repeat_interval": 1}


@pytest.mark.parametrize("rule", [{"type": 1, "end_times": 0}, {"type": 1, "end_date_time": "2035-01-01T00:00:00Z"}])
def test_series_has_at_most_sixty_dates(api: Api, rule: dict[str, Any]) -> None:
    assert len(series(api, rule)["occurrences"]) == 60


def test_series_without_an_end_has_one_date(api: Api) -> None:
    assert len(series(api, {"type": 1})["occurrences"]) == 1


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"type": 4}, "type"),
        ({"type": 1, "repeat_interval": 100}, "repeat_interval"),
        ({"type": 2, "repeat_interval": 51}, "repeat_interval"),
        ({"type": 3, "repeat_interval": 11}, "repeat_interval"),
        ({"type": 2, "weekly_days": "0"}, "weekly_days"),
        ({"type": 2, "weekly_days": "8"}, "weekly_days"),
        ({"type": 3, "monthly_day": 32}, "monthly_day"),
        ({"type": 3, "monthly_week": 5}, "monthly_week"),
        ({"type": 3, "monthly_week_day": 8}, "monthly_week_day"),
        ({"type": 1, "end_times": 61}, "end_times"),
        ({"type": 1, "end_date_time": "soon"}, "end_date_time"),
        ({"type": 1, "end_date_time": "2031-10-19T00:00:00Z"}, "end_date_time"),
    ],
)
def test_rule_beyond_zooms_limits_is_refused(api: Api, rule: dict[str, Any], field: str) -> None:
    body = {"type": 8, "start_time": "2031-10-20T09:00:00Z", "recurrence": rule}
    answer = api.call("POST", "/users/me/meetings", body)
    assert answer.status == 400
    assert [error["field"] for error in answer.json["errors"]] == [f"recurrence.{field}"]


def test_rule_is_ignored_for_other_kinds(api: Api) -> None:
    meeting = api.create(type=2, recurrence={"type": 1, "end_times": 5})
    assert not {"occurrences", "recurrence"} & meeting.keys()


# -- one date ----------------------------------------------------------------------------------------------------------


def test_one_date_is_shown_by_its_id(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_times": 3})
    second = meeting["occurrences"][1]
    assert api.get(meeting["id"], f"?occurrence_id={second['occurrence_id']}")["start_time"] == second["start_time"]


def test_past_dates_are_shown_on_request_only(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_times": 3})
    api.clock(set="2031-10-21T12:00:00Z")
    api._token = ""
    assert len(api.get(meeting["id"])["occurrences"]) == 1
    assert len(api.get(meeting["id"], "?show_previous_occurrences=true")["occurrences"]) == 3


def test_one_date_is_changed_alone(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_times": 3})
    key = meeting["occurrences"][1]["occurrence_id"]
    change = {
        "start_time": "2031-10-21T15:00:00",
        "timezone": "Europe/Berlin",
        "duration": 90,
        "agenda": "moved",
        "settings": {"waiting_room": True, "jbh_time": 15},
    }
    assert api.call("PATCH", f"/meetings/{meeting['id']}?occurrence_id={key}", change).status == 204
    whole = api.get(meeting["id"])
    assert starts(whole) == ["2031-10-20T07:00:00Z", "2031-10-21T13:00:00Z", "2031-10-22T07:00:00Z"]
    assert [one["duration"] for one in whole["occurrences"]] == [60, 90, 60]
    assert ("agenda" in whole, whole["settings"]["waiting_room"]) == (False, False)
    one = api.get(meeting["id"], f"?occurrence_id={key}")
    assert (one["agenda"], one["duration"], one["start_time"]) == ("moved", 90, "2031-10-21T13:00:00Z")
    assert (one["settings"]["waiting_room"], one["settings"]["jbh_time"]) == (True, 0)


def test_one_date_is_deleted_alone(api: Api) -> None:
    meeting = series(api, {"type": 1, "end_times": 2})
    first, last = (one["occurrence_id"] for one in meeting["occurrences"])
    path = f"/meetings/{meeting['id']}?occurrence_id="
    assert api.call("DELETE", path + first).status == 204
    assert [one["status"] for one in api.get(meeting["id"])["occurrences"]] == ["deleted", "available"]
    again = api.call("DELETE", path + first)
    assert (again.status, again.json) == (400, {"code": 300, "message": "Invalid parameter: occurrence_id."})
    assert api.call("DELETE", path + last).status == 204
    assert api.call("GET", f"/meetings/{meeting['id']}").status == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_unknown_date_is_refused(api: Api, method: str) -> None:
    meeting = api.create()
    answer = api.call(method, f"/meetings/{meeting['id']}?occurrence_id=1", {} if method == "PATCH" else None)
    assert (answer.status, answer.json) == (400, {"code": 300, "message": "Invalid parameter: occurrence_id."})
