"""What each webhook event says, also against Zoom's own description of its webhooks in $ZOOM_OPENAPI_DIR."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from tests.sandbox.conftest import NOW
from tests.sandbox.receiving import Receiver

from zoomsandbox.core.clock import parse_instant
from zoomsandbox.webhooks.events import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import Api

    from zoomsandbox.server import ThreadedSandbox

HOST = "host1@sandbox.example"
STAMP = int(parse_instant(NOW)) * 1000
OPERATOR = ("operator", "operator_id")


@pytest.fixture
def receiver(api: Api) -> Iterator[Receiver]:
    """A receiver that has subscribed to everything."""
    with Receiver() as server:
        api.send("POST", "/_sandbox/webhooks", json.dumps({"url": server.url}))
        settle(api)
        yield server


def settle(api: Api) -> None:
    answer = api.send("GET", "/_sandbox/webhooks?settled=true")
    assert [one["state"] for one in answer.json["deliveries"] if one["state"] != "delivered"] == []


def told(api: Api, receiver: Receiver) -> list[Any]:
    """The events received since the last look."""
    settle(api)
    events = [one.json for one in receiver.events]
    receiver.events.clear()
    return events


def play(api: Api, meeting: Any, what: str, **body: Any) -> Any:
    answer = api.send("POST", f"/_sandbox/meetings/{meeting['id']}/{what}", json.dumps(body))
    assert answer.status == 200, answer.body
    return answer.json


def owner(api: Api) -> dict[str, str]:
    return {"operator": "owner@sandbox.example", "operator_id": api.call("GET", "/users/me").json["id"]}


# -- scheduling --------------------------------------------------------------------------------------------------------


def test_created_tells_the_meeting_with_an_integer_id(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, topic="Demo", start_time="2031-12-01T18:24:00Z", duration=30, password="abc")
    assert told(api, receiver) == [
        {
            "event": "meeting.created",
            "payload": {
                "account_id": "sandbox-account",
                **owner(api),
                "operation": "single",
                "object": {
                    "uuid": made["uuid"],
                    "id": made["id"],
                    "host_id": made["host_id"],
                    "topic": "Demo",
                    "type": 2,
                    "start_time": "2031-12-01T18:24:00Z",
                    "duration": 30,
                    "timezone": "UTC",
                    "join_url": made["join_url"],
                    "password": "abc",
                    "settings": {
                        "use_pmi": False,
                        "alternative_hosts": "",
                        "join_before_host": False,
                        "jbh_time": 0,
                        "meeting_invitees": [],
                    },
                },
            },
            "event_ts": STAMP,
        }
    ]


def test_created_series_tells_its_dates_and_rule(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 2})
    (event,) = told(api, receiver)
    assert event["payload"]["operation"] == "all"
    assert event["payload"]["object"]["occurrences"] == made["occurrences"]
    assert event["payload"]["object"]["recurrence"] == made["recurrence"]


def test_updated_tells_only_what_changed_and_what_was_there_before(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, topic="Old", start_time="2031-12-01T18:24:00Z", duration=30, password="abc")
    told(api, receiver)
    change = {
        "topic": "New", "start_time": "2031-12-02T18:24:00Z", "duration": 30, "password": "xyz",
        "settings": {"mute_upon_entry": True, "host_video": True},
    }  # fmt: skip
    assert api.call("PATCH", f"/meetings/{made['id']}", change).status == 204
    (event,) = told(api, receiver)
    assert event["event"] == "meeting.updated"
    payload = event["payload"]
    assert (payload["scope"], payload["time_stamp"]) == ("all", STAMP)
    assert payload["object"] == {
        "id": made["id"],
        "topic": "New",
        "start_time": "2031-12-02T18:24:00Z",
        "password": "xyz",
        "settings": {"mute_upon_entry": True},
    }
    assert payload["old_object"] == {
        "id": made["id"],
        "topic": "Old",
        "start_time": "2031-12-01T18:24:00Z",
        "password": "abc",
        "settings": {"mute_upon_entry": False},
    }


def test_update_that_changes_nothing_tells_nothing(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, topic="Same")
    told(api, receiver)
    assert api.call("PATCH", f"/meetings/{made['id']}", {"topic": "Same"}).status == 204
    assert told(api, receiver) == []


def test_updated_rule_of_a_series_is_written_as_zoom_writes_it(api: Api, receiver: Receiver) -> None:
    made = api.create(
        HOST, type=8, start_time="2031-12-01T18:24:00Z",
        recurrence={"type": 1, "end_date_time": "2031-12-05T00:00:00Z"},
    )  # fmt: skip
    told(api, receiver)
    api.call("PATCH", f"/meetings/{made['id']}", {"recurrence": {"type": 1, "end_times": 2}})
    (event,) = told(api, receiver)
    assert event["payload"]["old_object"]["recurrence"] == made["recurrence"]
    assert event["payload"]["object"]["recurrence"] == {"type": 1, "end_times": 2, "repeat_interval": 1}


def test_updated_date_of_a_series_is_told_alone(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 2})
    told(api, receiver)
    key = made["occurrences"][0]["occurrence_id"]
    api.call("PATCH", f"/meetings/{made['id']}?occurrence_id={key}", {"duration": 45})
    (event,) = told(api, receiver)
    old = {"occurrence_id": key, "start_time": "2031-12-01T18:24:00Z", "duration": 60}
    assert event["payload"]["scope"] == "single"
    assert event["payload"]["object"] == {"id": made["id"], "occurrences": [old | {"duration": 45}]}
    assert event["payload"]["old_object"] == {"id": made["id"], "occurrences": [old]}


def test_deleted_and_recovered_tell_the_meeting(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, topic="Demo", start_time="2031-12-01T18:24:00Z")
    told(api, receiver)
    api.call("DELETE", f"/meetings/{made['id']}")
    api.call("PUT", f"/meetings/{made['id']}/status", {"action": "recover"})
    deleted, recovered = told(api, receiver)
    assert (deleted["event"], recovered["event"]) == ("meeting.deleted", "meeting.recovered")
    assert deleted["payload"] == recovered["payload"]
    assert deleted["payload"] == {
        "account_id": "sandbox-account",
        **owner(api),
        "operation": "single",
        "object": {
            "uuid": made["uuid"],
            "id": made["id"],
            "host_id": made["host_id"],
            "topic": "Demo",
            "type": 2,
            "start_time": "2031-12-01T18:24:00Z",
            "duration": 60,
            "timezone": "UTC",
        },
    }


def test_deleted_date_of_a_series_is_told_alone(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 3})
    first, second, third = (
        {name: one[name] for name in ("occurrence_id", "start_time")} for one in made["occurrences"]
    )
    told(api, receiver)
    api.call("DELETE", f"/meetings/{made['id']}?occurrence_id={second['occurrence_id']}")
    api.call("DELETE", f"/meetings/{made['id']}")
    found = [(one["payload"]["operation"], one["payload"]["object"]["occurrences"]) for one in told(api, receiver)]
    assert found == [("single", [second]), ("all", [first, third])]


# -- running -----------------------------------------------------------------------------------------------------------


def test_run_of_a_meeting_is_told_with_its_id_as_text(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, topic="Demo", start_time="2031-12-01T18:24:00Z", duration=30)
    told(api, receiver)
    play(api, made, "start")
    api.clock(advance=60)
    play(api, made, "end")
    started, joined, left, ended = told(api, receiver)
    thing = {
        "id": str(made["id"]),
        "uuid": made["uuid"],
        "host_id": made["host_id"],
        "topic": "Demo",
        "type": 2,
        "start_time": NOW,
        "timezone": "UTC",
        "duration": 30,
    }
    assert started == {
        "event": "meeting.started",
        "payload": {"account_id": "sandbox-account", "object": thing},
        "event_ts": STAMP,
    }
    assert ended == {
        "event": "meeting.ended",
        "payload": {"account_id": "sandbox-account", "object": thing | {"end_time": "2031-06-02T10:01:00Z"}},
        "event_ts": STAMP + 60_000,
    }
    assert (joined["event"], left["event"]) == ("meeting.participant_joined", "meeting.participant_left")
    person = joined["payload"]["object"].pop("participant")
    assert joined["payload"]["object"] == thing
    assert person == {
        "user_id": "16778240",
        "user_name": "Host1 Sandbox",
        "id": made["host_id"],
        "participant_uuid": person["participant_uuid"],
        "email": HOST,
        "participant_user_id": made["host_id"],
        "join_time": NOW,
    }
    person = left["payload"]["object"]["participant"]
    assert person["leave_time"] == "2031-06-02T10:01:00Z"
    assert person["leave_reason"] == "Host1 Sandbox left the meeting.<br>Reason: Host ended the meeting."


def test_address_of_somebody_outside_of_the_account_is_not_told(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST)
    play(api, made, "start")
    told(api, receiver)
    play(api, made, "join", name="Ana", email="ana@elsewhere.example", passcode=made["password"])
    play(api, made, "leave", participant="Ana")
    joined, left = (one["payload"]["object"]["participant"] for one in told(api, receiver))
    assert (joined["user_name"], joined["email"], joined["id"]) == ("Ana", "", "")
    assert left["leave_reason"] == "Ana left the meeting."


def test_meeting_that_ends_by_itself_is_told_at_its_instant(start: Any) -> None:
    api = start(users=("h@x.example:basic",))
    with Receiver() as receiver:
        api.send("POST", "/_sandbox/webhooks", json.dumps({"url": receiver.url, "events": ["meeting.ended"]}))
        made = api.create()
        play(api, made, "start")
        api.clock(advance=3 * 3600)
        (event,) = told(api, receiver)
        assert event["event_ts"] == STAMP + 40 * 60_000
        assert event["payload"]["object"]["end_time"] == "2031-06-02T10:40:00Z"


def test_waiting_is_told(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, settings={"waiting_room": True})
    told(api, receiver)
    play(api, made, "join", name="Ana", passcode=made["password"])
    play(api, made, "start")
    play(api, made, "join", name="Bo", passcode=made["password"])
    play(api, made, "admit", participant="Ana")
    play(api, made, "leave", participant="Bo")
    found = [
        (one["event"].partition(".")[2], one["payload"]["object"].get("participant", {}).get("user_name"))
        for one in told(api, receiver)
    ]
    assert found == [
        ("participant_jbh_waiting", "Ana"),
        ("started", None),
        ("participant_joined", "Host1 Sandbox"),
        ("participant_joined_waiting_room", "Ana"),
        ("participant_joined_waiting_room", "Bo"),
        ("participant_admitted", "Ana"),
        ("participant_joined", "Ana"),
        ("participant_left_waiting_room", "Bo"),
    ]


# -- registration ------------------------------------------------------------------------------------------------------


def register(api: Api, meeting: Any, **fields: Any) -> str:
    answer = api.call("POST", f"/meetings/{meeting['id']}/registrants", {"first_name": "Ana", **fields})
    assert answer.status == 201, answer.body
    return str(answer.json["registrant_id"])


def decide(api: Api, meeting: Any, action: str, registrant_id: str) -> None:
    body = {"action": action, "registrants": [{"id": registrant_id}]}
    assert api.call("PUT", f"/meetings/{meeting['id']}/registrants/status", body).status == 204


def test_registration_and_what_becomes_of_it_is_told(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, settings={"approval_type": 1})
    told(api, receiver)
    ana = register(api, made, email="ana@x.example", org="Org")
    for action in ("approve", "deny", "cancel"):
        decide(api, made, action, ana)
    events = told(api, receiver)
    assert [one["event"] for one in events] == [
        f"meeting.registration_{what}" for what in ("created", "approved", "denied", "cancelled")
    ]
    assert [one["payload"]["object"]["id"] for one in events] == [made["id"]] * 4
    created, approved, denied, cancelled = (one["payload"]["object"]["registrant"] for one in events)
    assert (created["status"], created["join_url"], created["org"]) == ("pending", "", "Org")
    assert approved["join_url"].startswith(f"{api.url}/w/{made['id']}?tk=")
    assert denied == cancelled == {"id": ana, "email": "ana@x.example", "first_name": "Ana", "last_name": ""}
    assert [name in events[0]["payload"] for name in OPERATOR] == [False, False]


def test_registration_that_needs_nobody_is_told_with_its_link(api: Api, receiver: Receiver) -> None:
    made = api.create(HOST, settings={"approval_type": 0})
    told(api, receiver)
    register(api, made, email="ana@x.example")
    (event,) = told(api, receiver)
    person = event["payload"]["object"]["registrant"]
    assert person["status"] == "approved"
    assert person["join_url"].startswith(f"{api.url}/w/")


# -- Zoom's own description --------------------------------------------------------------------------------------------


@cache
def schema_of(event: str) -> Any:
    description = json.loads((Path(os.environ["ZOOM_OPENAPI_DIR"]) / "webhooks-meetings.json").read_text("utf-8"))
    body = description["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
    schema = body["schema"]
    if event == "meeting.updated":
        payload = schema["properties"]["payload"]["properties"]
        # There it is a reference to this very part, by a path that the file does not have
        payload["old_object"] = payload["object"]
    return schema


@pytest.mark.zoom_openapi
def test_every_event_conforms_to_zooms_description(api: Api, receiver: Receiver, sandbox: ThreadedSandbox) -> None:
    registered = api.create(HOST, settings={"approval_type": 1}, agenda="a", start_time="2031-12-01T18:24:00Z")
    ana = register(api, registered, email="ana@x.example", custom_questions=[{"title": "q", "value": "v"}])
    for action in ("approve", "deny", "cancel"):
        decide(api, registered, action, ana)
    series = api.create(
        HOST, type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 2, "weekly_days": "2", "end_times": 3},
        settings={"approval_type": 0, "meeting_invitees": [{"email": "d@example.com"}]},
        tracking_fields=[{"field": "Booking", "value": "1"}],
    )  # fmt: skip
    register(api, series, email="bo@x.example")
    key = series["occurrences"][0]["occurrence_id"]
    api.call("PATCH", f"/meetings/{series['id']}?occurrence_id={key}", {"duration": 45})
    api.call("PATCH", f"/meetings/{series['id']}", {"recurrence": {"type": 1, "end_times": 2}, "agenda": "b"})
    api.call(
        "PATCH", f"/meetings/{registered['id']}",
        {"topic": "t", "duration": 15, "timezone": "Asia/Tokyo", "start_time": "2031-12-03T18:24:00", "password": "p",
         "settings": {"jbh_time": 5, "join_before_host": True, "audio": "both", "auto_recording": "cloud"}},
    )  # fmt: skip
    api.call(
        "DELETE", f"/meetings/{series['id']}?occurrence_id={api.get(series['id'])['occurrences'][0]['occurrence_id']}"
    )
    api.call("DELETE", f"/meetings/{series['id']}")
    api.call("PUT", f"/meetings/{series['id']}/status", {"action": "recover"})
    for kind in (1, 2, 3, 10):
        made = api.create(HOST, type=kind, settings={"waiting_room": True, "use_pmi": kind == 3})
        play(api, made, "join", name="Ana", passcode=made["password"])
        play(api, made, "start")
        play(api, made, "join", name="Bo", email="host2@sandbox.example", passcode=made["password"])
        play(api, made, "admit", participant="Ana")
        play(api, made, "leave", participant="Bo")
        play(api, made, "end")
    settle(api)
    wrong = []
    for one in receiver.events:
        checker = jsonschema.Draft202012Validator(schema_of(one.event))
        wrong += [f"{one.event} {error.json_path}: {error.message}" for error in checker.iter_errors(one.json)]
    assert wrong == []
    assert {one.event for one in receiver.events} == set(NAMES)
