"""Meetings that are over. The tests play host and guests on the control plane; the clock begins at 10:00."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox


def play(api: Api, made: Any, verb: str, **body: Any) -> Any:
    answer = api.send("POST", f"/_sandbox/meetings/{made['id']}/{verb}", json.dumps(body))
    assert answer.status == 200, answer.body
    return answer.json


def run(api: Api, made: Any, seconds: int = 1800) -> None:
    """The host alone, for so long."""
    play(api, made, "start")
    api.later(advance=seconds)
    play(api, made, "end")


def past(api: Api, name: object, below: str = "") -> Answer:
    return api.call("GET", f"/past_meetings/{name}{below}")


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


def test_past_meeting_tells_what_happened(api: Api) -> None:
    made = api.create(topic="Was", start_time="2031-06-02T10:00:00Z")
    play(api, made, "start")
    play(api, made, "join", name="Jill", email="jill@example.com", url=made["join_url"])
    api.clock(advance=90)
    play(api, made, "leave", participant="Jill")
    api.clock(advance=1711)
    play(api, made, "end")
    answer = past(api, made["id"])
    assert (answer.status, answer.json) == (
        200,
        {
            "uuid": made["uuid"],
            "id": made["id"],
            "host_id": made["host_id"],
            "type": 2,
            "topic": "Was",
            "user_name": "Owner Sandbox",
            "user_email": "owner@sandbox.example",
            "start_time": "2031-06-02T10:00:00Z",
            "end_time": "2031-06-02T10:30:01Z",
            "duration": 31,
            "total_minutes": 33,
            "participants_count": 2,
            "dept": "",
            "source": "sandbox-client",
            "has_meeting_summary": False,
        },
    )


def test_past_meeting_is_found_by_uuid_and_by_number_the_latest(api: Api) -> None:
    made = api.create(type=3)
    run(api, made)
    second = api.get(made["id"])
    assert second["uuid"] != made["uuid"]
    run(api, made)
    assert past(api, made["id"]).json["uuid"] == second["uuid"]
    assert past(api, quote(quote(made["uuid"], safe=""), safe="")).json["uuid"] == made["uuid"]


@pytest.mark.parametrize("uuid", ["/ab+cd/ef==", "ab//cd=="])
def test_uuid_with_slashes_must_be_encoded_twice(api: Api, sandbox: ThreadedSandbox, uuid: str) -> None:
    made = api.create()
    held = sandbox.world.meetings.get(str(made["id"]))
    held.uuid = uuid
    run(api, made)
    once = quote(uuid, safe="")
    assert past(api, quote(once, safe="")).json["uuid"] == uuid
    assert past(api, quote(once, safe=""), "/participants").status == 200
    assert refusal(past(api, once)) == (400, 2300, "This API endpoint is not recognized.")


def test_uuid_with_one_slash_may_be_encoded_once_or_twice(api: Api, sandbox: ThreadedSandbox) -> None:
    made = api.create()
    sandbox.world.meetings.get(str(made["id"])).uuid = "ab/cd=="
    run(api, made)
    assert past(api, "ab%2Fcd%3D%3D").json["uuid"] == "ab/cd=="
    assert past(api, "ab%252Fcd%253D%253D").json["uuid"] == "ab/cd=="


def test_meeting_that_has_not_ended_is_no_past_meeting(api: Api) -> None:
    made = api.create()
    gone = (404, 3001, f"Meeting does not exist: {made['id']}.")
    assert refusal(past(api, made["id"])) == gone
    play(api, made, "start")
    assert refusal(past(api, made["id"])) == gone
    assert past(api, quote(quote(made["uuid"], safe=""), safe="")).status == 404
    assert past(api, made["id"], "/instances").json == {"meetings": []}


@pytest.mark.parametrize("below", ["", "/instances", "/participants"])
@pytest.mark.parametrize("name", ["12345678901", "nothing%3D%3D"])
def test_unknown_past_meeting_is_refused(api: Api, below: str, name: str) -> None:
    text = name.replace("%3D", "=")
    assert refusal(past(api, name, below)) == (404, 3001, f"Meeting does not exist: {text}.")


def test_past_meeting_outlives_its_deletion(api: Api) -> None:
    made = api.create()
    run(api, made)
    api.call("DELETE", f"/meetings/{made['id']}")
    assert past(api, made["id"]).status == 200
    assert len(past(api, made["id"], "/instances").json["meetings"]) == 1


def test_past_meeting_is_closed_after_a_year(api: Api) -> None:
    made = api.create()
    run(api, made)
    api.later(advance=366 * 86400)
    assert refusal(past(api, made["id"])) == (400, 12702, "Cannot access a meeting a year ago.")
    assert refusal(past(api, made["id"], "/participants")) == (400, 12702, "Can not access a meeting a year ago.")
    assert len(past(api, made["id"], "/instances").json["meetings"]) == 1
    api.later(advance=92 * 86400)
    assert past(api, made["id"], "/instances").json == {"meetings": []}


def test_instances_can_be_narrowed_to_days(api: Api) -> None:
    made = api.create(type=3)
    for _ in range(3):
        run(api, made)
        api.later(advance=86400 - 1800)

    def starts(query: str = "") -> list[str]:
        return [one["start_time"] for one in past(api, made["id"], f"/instances{query}").json["meetings"]]

    assert starts() == ["2031-06-02T10:00:00Z", "2031-06-03T10:00:00Z", "2031-06-04T10:00:00Z"]
    assert starts("?from=2031-06-03&to=2031-06-03") == ["2031-06-03T10:00:00Z"]
    assert starts("?from=2031-06-03") == starts()
    answer = past(api, made["id"], "/instances?from=June&to=2031-06-03")
    assert answer.json["errors"] == [{"field": "from", "message": "Invalid field."}]


def test_participants_are_listed_with_their_stays(api: Api) -> None:
    made = api.create(settings={"approval_type": 0})
    person = {"email": "jill@example.com", "first_name": "Jill"}
    registrant = api.call("POST", f"/meetings/{made['id']}/registrants", person).json["registrant_id"]
    play(api, made, "start")
    for name in ("Jill", "Jack"):
        play(api, made, "join", name=name, email=f"{name.lower()}@example.com", url=made["join_url"])
    api.clock(advance=600)
    play(api, made, "end")
    rows = past(api, made["id"], "/participants").json["participants"]
    assert [(one["name"], one["user_email"], one["registrant_id"], one["internal_user"]) for one in rows] == [
        ("Owner Sandbox", "owner@sandbox.example", "", True),
        ("Jill", "jill@example.com", registrant, False),
        ("Jack", "", "", False),
    ]
    assert {(one["join_time"], one["leave_time"], one["duration"]) for one in rows} == {
        ("2031-06-02T10:00:00Z", "2031-06-02T10:10:00Z", 600)
    }


def test_participants_of_a_lonely_meeting_are_none(api: Api) -> None:
    made = api.create()
    run(api, made)
    answer = past(api, made["id"], "/participants").json
    assert (answer["participants"], answer["total_records"]) == ([], 0)


def test_participants_come_in_pages(api: Api) -> None:
    made = api.create()
    play(api, made, "start")
    for at in range(4):
        play(api, made, "join", name=f"Guest {at}", url=made["join_url"])
    play(api, made, "end")
    first = past(api, made["id"], "/participants?page_size=3").json
    assert set(first) == {"next_page_token", "page_count", "page_size", "total_records", "participants"}
    assert (first["page_count"], first["page_size"], first["total_records"]) == (2, 3, 5)
    query = f"/participants?page_size=3&next_page_token={first['next_page_token']}"
    second = past(api, made["id"], query).json
    names = [one["name"] for page in (first, second) for one in page["participants"]]
    assert names == ["Owner Sandbox", "Guest 0", "Guest 1", "Guest 2", "Guest 3"]
    assert second["next_page_token"] == ""
    api.clock(advance=900)
    assert refusal(past(api, made["id"], query)) == (400, 300, "The next page token is invalid or expired.")


def test_past_meetings_need_a_paid_account(start: Callable[..., Api]) -> None:
    api = start(plan="free")
    made = api.create()
    run(api, made)
    assert refusal(past(api, made["id"])) == (400, 200, "Only available for paid account: sandbox-account.")
    assert refusal(past(api, made["id"], "/participants")) == (
        400,
        200,
        "Only available for paid account: sandbox-account",
    )


def test_meeting_that_runs_is_ended_by_its_status(api: Api) -> None:
    made = api.create()
    play(api, made, "start")
    assert api.get(made["id"])["status"] == "started"
    assert api.call("PUT", f"/meetings/{made['id']}/status", {"action": "end"}).status == 204
    assert api.get(made["id"])["status"] == "waiting"
    assert past(api, made["id"]).json["uuid"] == made["uuid"]
