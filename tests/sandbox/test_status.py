"""Ending a meeting and recovering a deleted one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox


def put(api: Api, meeting_id: object, **body: Any) -> Answer:
    return api.call("PUT", f"/meetings/{meeting_id}/status", body)


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


def test_deleted_meeting_can_be_recovered_as_it_was(api: Api) -> None:
    made = api.create(topic="Back again", agenda="kept", start_time="2031-12-01T18:24:00Z")
    api.call("DELETE", f"/meetings/{made['id']}")
    answer = put(api, made["id"], action="recover")
    assert (answer.status, answer.body) == (204, b"")
    now = api.get(made["id"])
    assert {name: now[name] for name in now if name != "start_url"} == {
        name: made[name] for name in made if name != "start_url"
    }
    assert [one["id"] for one in api.listed()["meetings"]] == [made["id"]]
    assert [one["action"] for one in api.ledger()] == ["create", "delete", "recover"]


def test_deleted_meeting_is_gone_for_good_after_a_week(api: Api) -> None:
    made = api.create(start_time="2031-12-01T18:24:00Z")
    api.call("DELETE", f"/meetings/{made['id']}")
    api.later(advance=7 * 86400)
    assert refusal(put(api, made["id"], action="recover")) == (
        404,
        3001,
        f"Meeting does not exist: {made['id']}.",
    )


def test_series_that_lost_its_last_date_is_recovered_with_one(api: Api) -> None:
    made = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 2})
    for one in made["occurrences"]:
        api.call("DELETE", f"/meetings/{made['id']}?occurrence_id={one['occurrence_id']}")
    assert api.call("GET", f"/meetings/{made['id']}").status == 404
    assert put(api, made["id"], action="recover").status == 204
    assert [one["status"] for one in api.get(made["id"])["occurrences"]] == ["deleted", "available"]


@pytest.mark.parametrize("action", ["end", "recover"])
def test_status_that_changes_nothing_is_accepted(api: Api, action: str) -> None:
    made = api.create()
    answer = put(api, made["id"], action=action)
    assert (answer.status, answer.body) == (204, b"")
    assert api.get(made["id"])["uuid"] == made["uuid"]
    assert [one["action"] for one in api.ledger()] == ["create"]


@pytest.mark.parametrize("action", ["end", "recover"])
@pytest.mark.parametrize("meeting_id", ["12345678901", "abc"])
def test_status_of_an_unknown_meeting_is_refused(api: Api, action: str, meeting_id: str) -> None:
    assert refusal(put(api, meeting_id, action=action)) == (404, 3001, f"Meeting does not exist: {meeting_id}.")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [{"field": "action", "message": "Missing field."}]),
        ({"action": "stop"}, [{"field": "action", "message": "Invalid parameter: action."}]),
    ],
)
def test_status_wants_one_of_two_actions(api: Api, body: dict[str, Any], errors: Any) -> None:
    answer = api.call("PUT", f"/meetings/{api.create()['id']}/status", body)
    assert (answer.status, answer.json) == (400, {"code": 300, "message": "Validation Failed.", "errors": errors})


def test_recovered_meeting_of_a_host_who_may_no_longer_host_is_refused(api: Api, sandbox: ThreadedSandbox) -> None:
    made = api.create("host1@sandbox.example")
    api.call("DELETE", f"/meetings/{made['id']}")
    sandbox.world.users.get("host1@sandbox.example").type = 4
    assert refusal(put(api, made["id"], action="recover")) == (
        400,
        3161,
        "Meeting hosting and scheduling capabilities are not allowed for your user account.",
    )
