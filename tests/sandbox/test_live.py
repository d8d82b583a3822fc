"""Meetings that run: starting, joining, waiting, leaving, ending, and how many a host may have at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox

HOST = "host1@sandbox.example"
NOW = "2031-06-02T10:00:00Z"


def play(api: Api, meeting: Any, what: str, **body: Any) -> Answer:
    return api.send("POST", f"/_sandbox/meetings/{meeting['id']}/{what}", json.dumps(body))


def begin(api: Api, meeting: Any, **body: Any) -> Any:
    answer = play(api, meeting, "start", **body)
    assert answer.status == 200, answer.body
    return answer.json


def join(api: Api, meeting: Any, name: str = "Ana", **body: Any) -> Any:
    answer = play(api, meeting, "join", name=name, passcode=meeting["password"], **body)
    assert answer.status == 200, answer.body
    return answer.json


def live(api: Api, meeting: Any) -> Any:
    return api.send("GET", f"/_sandbox/meetings/{meeting['id']}/live").json


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["reason"]


def actions(api: Api) -> list[str]:
    return [one["action"] for one in api.ledger()]


# -- start and end -----------------------------------------------------------------------------------------------------


def test_started_meeting_says_so_and_is_in_the_live_list(api: Api) -> None:
    meeting = api.create(HOST, topic="Demo")
    assert api.listed("?type=live", HOST)["meetings"] == []
    assert begin(api, meeting) == {
        "meeting_id": meeting["id"],
        "uuid": meeting["uuid"],
        "host": HOST,
        "topic": "Demo",
        "state": "started",
        "started_at": NOW,
        "ends_by": "2031-06-03T16:00:00Z",
        "ended_at": None,
        "participants": [
            {
                "participant": 16778240,
                "name": "Host1 Sandbox",
                "email": HOST,
                "role": "host",
                "state": "in",
                "joined_at": NOW,
                "left_at": None,
                "leave_reason": "",
            }
        ],
    }
    assert api.get(meeting["id"])["status"] == "started"
    assert [one["id"] for one in api.listed("?type=live", HOST)["meetings"]] == [meeting["id"]]


def test_starting_twice_is_starting_once(api: Api) -> None:
    meeting = api.create(HOST)
    assert begin(api, meeting) == begin(api, meeting)
    assert actions(api) == ["create", "start", "join"]


def test_ended_meeting_waits_again_under_a_new_uuid_and_its_run_is_kept(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    api.clock(advance=600)
    assert play(api, meeting, "end").status == 200
    now = api.get(meeting["id"])
    assert now["status"] == "waiting"
    assert now["uuid"] != meeting["uuid"]
    assert api.listed("?type=live", HOST)["meetings"] == []
    state = live(api, meeting)
    assert state["running"] is None
    assert [(one["uuid"], one["started_at"], one["ended_at"]) for one in state["past"]] == [
        (meeting["uuid"], NOW, "2031-06-02T10:10:00Z")
    ]
    assert state["past"][0]["participants"][0]["leave_reason"] == "Host ended the meeting."
    assert actions(api) == ["create", "start", "join", "leave", "end"]


def test_status_end_over_the_api_ends_it(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    assert api.call("PUT", f"/meetings/{meeting['id']}/status", {"action": "end"}).status == 204
    assert api.get(meeting["id"])["status"] == "waiting"
    assert len(live(api, meeting)["past"]) == 1


def test_ending_what_does_not_run_is_refused(api: Api) -> None:
    assert refusal(play(api, api.create(HOST), "end")) == (409, "not_running")


def test_creating_an_instant_meeting_starts_nothing_and_its_end_takes_it_away(api: Api) -> None:
    meeting = api.create(HOST, type=1)
    assert meeting["status"] == "waiting"
    begin(api, meeting)
    assert api.get(meeting["id"])["status"] == "started"
    play(api, meeting, "end")
    assert api.call("GET", f"/meetings/{meeting['id']}").json["code"] == 3001
    assert len(live(api, meeting)["past"]) == 1


def test_running_meeting_cannot_be_deleted(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    answer = api.call("DELETE", f"/meetings/{meeting['id']}")
    assert (answer.status, answer.json) == (
        400,
        {"code": 3002, "message": "Sorry, you cannot delete this meeting since it's in progress."},
    )
    play(api, meeting, "end")
    assert api.call("DELETE", f"/meetings/{meeting['id']}").status == 204


def test_running_series_keeps_its_last_date(api: Api) -> None:
    made = api.create(HOST, type=8, start_time="2031-06-02T11:00:00Z", recurrence={"type": 1, "end_times": 2})
    begin(api, made)
    paths = [f"/meetings/{made['id']}?occurrence_id={one['occurrence_id']}" for one in made["occurrences"]]
    assert api.call("DELETE", paths[0]).status == 204
    answer = api.call("DELETE", paths[1])
    assert (answer.status, answer.json["code"]) == (400, 3002)


def test_running_meeting_that_changes_hands_is_in_its_new_hosts_live_list(api: Api, sandbox: ThreadedSandbox) -> None:
    made = api.create(HOST)
    begin(api, made)
    users = sandbox.world.users
    users.get(HOST).schedules_for.add(users.get("host2@sandbox.example").id)
    answer = api.call("PATCH", f"/meetings/{made['id']}", {"schedule_for": "host2@sandbox.example"})
    assert answer.status == 204
    hosts = (HOST, "host2@sandbox.example")
    assert [len(api.listed("?type=live", host)["meetings"]) for host in hosts] == [0, 1]
    play(api, made, "end")
    assert [len(api.listed("?type=live", host)["meetings"]) for host in hosts] == [0, 0]


def test_use_gives_the_id_another_life(api: Api) -> None:
    meeting = api.create(HOST, start_time="2031-06-03T10:00:00Z", duration=60)
    api.later(set="2031-07-02T10:00:00Z")
    begin(api, meeting)
    play(api, meeting, "end")
    api.later(set="2031-07-30T10:00:00Z")
    assert api.get(meeting["id"])["status"] == "waiting"
    api.later(set="2031-08-02T10:00:00Z")
    assert api.call("GET", f"/meetings/{meeting['id']}").status == 404


def test_running_meeting_does_not_expire(api: Api) -> None:
    meeting = api.create(HOST, type=1)
    api.clock(advance=86_000)
    begin(api, meeting)
    api.later(advance=1000)
    assert api.get(meeting["id"])["status"] == "started"


# -- how many, how long ------------------------------------------------------------------------------------------------


def test_second_start_of_a_host_is_refused_and_names_what_runs(api: Api) -> None:
    first, second = api.create(HOST), api.create(HOST)
    begin(api, first)
    answer = play(api, second, "start")
    assert (answer.status, answer.json) == (
        409,
        {
            "error": f"{HOST} has another meeting in progress and may have 1 at a time. End it, or send "
            '{"end_other": true}.',
            "reason": "another_meeting_in_progress",
            "running": [first["id"]],
        },
    )
    assert api.get(second["id"])["status"] == "waiting"


def test_guest_of_the_second_meeting_cannot_get_in(api: Api) -> None:
    first = api.create(HOST)
    second = api.create(HOST, settings={"join_before_host": True})
    begin(api, first)
    answer = play(api, second, "join", name="Ana", passcode=second["password"])
    assert refusal(answer) == (409, "host_has_another_meeting")
    assert actions(api) == ["create", "create", "start", "join"]


def test_host_may_end_the_other_meeting_to_start_this_one(api: Api) -> None:
    first, second = api.create(HOST), api.create(HOST)
    begin(api, first)
    begin(api, second, end_other=True)
    assert [live(api, one)["running"] is not None for one in (first, second)] == [False, True]
    assert live(api, first)["past"][0]["participants"][0]["leave_reason"] == "Host started a new meeting."


def test_other_hosts_are_not_in_each_others_way(api: Api) -> None:
    begin(api, api.create(HOST))
    begin(api, api.create("host2@sandbox.example"))


def test_next_start_is_allowed_once_the_first_has_ended(api: Api) -> None:
    first, second = api.create(HOST), api.create(HOST)
    begin(api, first)
    play(api, first, "end")
    begin(api, second)


@pytest.mark.parametrize(
    ("plan", "kind", "most"),
    [("free", "licensed", 1), ("pro", "basic", 1), ("pro", "licensed", 1), ("business", "basic", 1),
     ("business", "licensed", 2)],
)  # fmt: skip
def test_licence_and_plan_say_how_many_at_once(start: Callable[..., Api], plan: str, kind: str, most: int) -> None:
    api = start(plan=plan, users=(f"h@x.example:{kind}",))
    answers = [play(api, api.create(), "start").status for _ in range(3)]
    assert answers == [200] * most + [409] * (3 - most)


def test_concurrent_meetings_add_on_allows_more(api: Api, sandbox: ThreadedSandbox) -> None:
    host = sandbox.world.users.get(HOST)
    host.overrides["feature"] = {"concurrent_meeting": "Plus"}
    for _ in range(3):
        begin(api, api.create(HOST))


@pytest.mark.parametrize(("kind", "seconds"), [("basic", 40 * 60), ("licensed", 30 * 3600)])
def test_meeting_ends_by_itself_when_the_licence_says_so(start: Callable[..., Api], kind: str, seconds: int) -> None:
    api = start(users=(f"h@x.example:{kind}",))
    meeting = api.create()
    begin(api, meeting)
    api.later(advance=seconds - 1)
    assert api.get(meeting["id"])["status"] == "started"
    api.later(advance=3600)
    assert api.get(meeting["id"])["status"] == "waiting"
    run = live(api, meeting)["past"][0]
    assert run["ended_at"] == run["ends_by"]
    assert [one["time"] for one in api.ledger() if one["action"] == "end"] == [run["ends_by"]]
    if kind == "basic":
        assert run["ended_at"] == "2031-06-02T10:40:00Z"
        assert run["participants"][0]["leave_reason"] == "Exceeded free meeting minutes limit."


def test_meeting_that_was_ended_is_not_ended_again(start: Callable[..., Api]) -> None:
    api = start(users=("h@x.example:basic",))
    meeting = api.create()
    begin(api, meeting)
    play(api, meeting, "end")
    api.clock(advance=1800)
    begin(api, meeting)
    api.later(advance=1200)
    assert api.get(meeting["id"])["status"] == "started"


# -- who may start -----------------------------------------------------------------------------------------------------


def test_alternative_host_may_start_and_nobody_else(api: Api) -> None:
    meeting = api.create(HOST, settings={"alternative_hosts": "host2@sandbox.example"})
    assert refusal(play(api, meeting, "start", email="owner@sandbox.example")) == (403, "not_host")
    run = begin(api, meeting, email="host2@sandbox.example")
    assert [(one["email"], one["role"]) for one in run["participants"]] == [("host2@sandbox.example", "host")]


def test_unknown_meeting_is_not_found(api: Api) -> None:
    for what in ("start", "join", "admit", "leave", "end"):
        assert refusal(play(api, {"id": 12345678901}, what)) == (404, "no_such_meeting")
    assert refusal(api.send("GET", "/_sandbox/meetings/nonsense/live")) == (404, "no_such_meeting")


# -- guests ------------------------------------------------------------------------------------------------------------


def test_guest_with_the_right_passcode_is_in(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    ways: list[dict[str, str]] = [
        {"passcode": meeting["password"]},
        {"pwd": meeting["encrypted_password"]},
        {"url": meeting["join_url"]},
    ]
    answers = [play(api, meeting, "join", name=f"Guest {at}", **way) for at, way in enumerate(ways)]
    assert [(answer.status, answer.json["state"]) for answer in answers] == [(200, "in")] * 3
    assert len(live(api, meeting)["running"]["participants"]) == 4


@pytest.mark.parametrize(
    ("given", "reason"),
    [({}, "passcode_needed"), ({"passcode": "x"}, "wrong_passcode"), ({"pwd": "é"}, "wrong_passcode")],
)
def test_guest_without_the_right_passcode_is_refused(api: Api, given: dict[str, str], reason: str) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    assert refusal(play(api, meeting, "join", name="Ana", **given)) == (403, reason)


def test_guest_before_the_host_waits_and_is_in_when_the_host_comes(api: Api) -> None:
    meeting = api.create(HOST)
    assert join(api, meeting)["state"] == "waiting_for_host"
    assert [one["name"] for one in live(api, meeting)["waiting_for_host"]] == ["Ana"]
    api.clock(advance=60)
    run = begin(api, meeting)
    assert [(one["name"], one["state"], one["joined_at"]) for one in run["participants"]] == [
        ("Host1 Sandbox", "in", "2031-06-02T10:01:00Z"),
        ("Ana", "in", "2031-06-02T10:01:00Z"),
    ]


def test_join_before_host_starts_the_meeting(api: Api) -> None:
    meeting = api.create(HOST, settings={"join_before_host": True})
    assert join(api, meeting)["state"] == "in"
    assert api.get(meeting["id"])["status"] == "started"
    assert actions(api) == ["create", "start", "join"]


@pytest.mark.parametrize("minutes", [5, 10, 15])
def test_join_before_host_opens_so_many_minutes_before_the_start(api: Api, minutes: int) -> None:
    meeting = api.create(
        HOST, start_time="2031-06-02T11:00:00Z", settings={"join_before_host": True, "jbh_time": minutes}
    )
    api.clock(advance=(60 - minutes) * 60 - 1)
    assert join(api, meeting)["state"] == "waiting_for_host"
    assert api.get(meeting["id"])["status"] == "waiting"
    api.clock(advance=1)
    assert api.get(meeting["id"])["status"] == "started"
    assert [one["state"] for one in live(api, meeting)["running"]["participants"]] == ["in"]


def test_join_before_host_of_a_series_counts_from_its_next_date(api: Api) -> None:
    meeting = api.create(
        HOST, type=8, start_time="2031-06-02T11:00:00Z", duration=30, recurrence={"type": 1, "end_times": 3},
        settings={"join_before_host": True, "jbh_time": 5},
    )  # fmt: skip
    api.clock(set="2031-06-02T12:00:00Z")
    assert join(api, meeting)["state"] == "waiting_for_host"
    api.later(set="2031-06-03T10:55:00Z")
    assert api.get(meeting["id"])["status"] == "started"


def test_waiting_room_keeps_guests_until_they_are_admitted(api: Api) -> None:
    meeting = api.create(HOST, settings={"waiting_room": True, "join_before_host": True})
    assert join(api, meeting, "Ana")["state"] == "waiting_for_host"
    begin(api, meeting)
    assert join(api, meeting, "Bo")["state"] == "waiting_room"
    states = {one["name"]: one["state"] for one in live(api, meeting)["running"]["participants"]}
    assert states == {"Host1 Sandbox": "in", "Ana": "waiting_room", "Bo": "waiting_room"}
    assert [one["name"] for one in play(api, meeting, "admit", participant="bo").json["admitted"]] == ["Bo"]
    assert [one["name"] for one in play(api, meeting, "admit").json["admitted"]] == ["Ana"]
    assert refusal(play(api, meeting, "admit", participant="bo")) == (404, "not_there")


def test_guest_leaves_by_number_address_or_name(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    number = join(api, meeting, "Ana")["participant"]
    join(api, meeting, "Bo", email="bo@x.example")
    join(api, meeting, "Cy")
    for who in (number, "BO@x.example", "cy"):
        answer = play(api, meeting, "leave", participant=who)
        assert (answer.status, answer.json["state"]) == (200, "left")
    assert refusal(play(api, meeting, "leave", participant="cy")) == (404, "not_there")
    assert api.get(meeting["id"])["status"] == "started"


def test_meeting_ends_with_the_last_who_leaves(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    join(api, meeting)
    play(api, meeting, "leave", participant=HOST)
    assert api.get(meeting["id"])["status"] == "started"
    play(api, meeting, "leave", participant="Ana")
    assert api.get(meeting["id"])["status"] == "waiting"


def test_full_meeting_refuses_the_next(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    for at in range(99):
        join(api, meeting, f"Guest {at}")
    assert refusal(play(api, meeting, "join", name="Late", passcode=meeting["password"])) == (409, "full")


@pytest.mark.parametrize(
    ("what", "body", "words"),
    [
        ("start", {"force": True}, "There is no 'force' here"),
        ("start", {"end_other": "yes"}, "end_other takes true or false"),
        ("join", {"name": ["Ana"]}, "name takes a text"),
        ("leave", {}, "Say who leaves"),
        ("end", {"now": True}, "It takes nothing"),
    ],
)
def test_request_that_makes_no_sense_says_what_would(api: Api, what: str, body: Any, words: str) -> None:
    answer = play(api, api.create(HOST), what, **body)
    assert answer.status == 400
    assert words in answer.json["error"]


def test_reset_ends_everything(api: Api) -> None:
    meeting = api.create(HOST)
    begin(api, meeting)
    api.send("POST", "/_sandbox/reset")
    assert refusal(api.send("GET", f"/_sandbox/meetings/{meeting['id']}/live")) == (404, "no_such_meeting")


def test_same_seed_and_clock_give_the_same_run(start: Callable[..., Api]) -> None:
    def run() -> Any:
        api = start(seed=7)
        meeting = api.create(HOST)
        begin(api, meeting)
        join(api, meeting)
        api.clock(advance=600)
        play(api, meeting, "end")
        return live(api, meeting), api.get(meeting["id"])["uuid"]

    assert run() == run()
