"""Webhooks: validation, signatures, retries, and what a test may have go wrong. The events' contents are elsewhere."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox.conftest import NOW, Api
from tests.sandbox.receiving import SECRET, Receiver

from zoomsandbox.__main__ import main, options_of, parser
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox
from zoomsandbox.webhooks.signing import encrypted_token, signature
from zoomsandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "host1@sandbox.example"
STAMP = str(int(parse_instant(NOW)))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 200."""
    with Receiver() as server:
        yield server


def control(api: Api, method: str, path: str = "", status: int = 200, **body: Any) -> Any:
    answer = api.send(method, f"/_sandbox/webhooks{path}", json.dumps(body) if body else None)
    assert answer.status == status, answer.body
    return answer.json if answer.body else None


def subscribe(api: Api, receiver: Receiver, **more: Any) -> Any:
    control(api, "POST", status=201, url=receiver.url, **more)
    return settled(api)["subscriptions"][-1]


def settled(api: Api) -> Any:
    """The state once nothing is to be sent now."""
    return control(api, "GET", "?settled=true")


def last(api: Api) -> Any:
    return settled(api)["deliveries"][-1]


def topics(receiver: Receiver) -> list[str]:
    return [one.object["topic"] for one in receiver.events]


# -- validation --------------------------------------------------------------------------------------------------------


def test_url_is_validated_before_anything_else_is_sent(api: Api, receiver: Receiver) -> None:
    control(api, "POST", status=201, url=receiver.url)
    api.create(topic="At once")
    state = settled(api)["subscriptions"][0]
    assert (state["state"], state["validated_at"], state["problem"]) == ("valid", NOW, "")
    (challenge,) = receiver.validations
    assert challenge.json == {
        "event": "endpoint.url_validation",
        "payload": {"plainToken": challenge.json["payload"]["plainToken"]},
        "event_ts": int(STAMP) * 1000,
    }
    assert len(challenge.json["payload"]["plainToken"]) == 22
    assert challenge.signed_with(SECRET)
    assert topics(receiver) == ["At once"]


def test_url_that_fails_its_validation_gets_no_events(api: Api, receiver: Receiver) -> None:
    receiver.secret = "another"
    state = subscribe(api, receiver)
    assert state["state"] == "invalid"
    assert state["problem"].startswith("answered a wrong encryptedToken")
    api.create()
    assert settled(api)["deliveries"] == []
    assert receiver.events == []


def test_event_that_waits_for_a_validation_which_fails_is_dropped() -> None:
    world = World(Options(webhooks=("http://127.0.0.1:9/",)))
    (subscription,) = world.webhooks.all()
    world.webhooks.publish("meeting.started", {}, 5)
    (delivery,) = world.webhooks.deliveries
    assert (delivery.state, list(subscription.queue)) == ("waiting", [delivery])
    world.webhooks.validated(subscription, "token", 500, b"", "")
    assert (subscription.state, delivery.state, list(subscription.queue)) == ("invalid", "dropped", [])


def test_url_where_nobody_listens_fails_and_says_so(api: Api) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        control(api, "POST", status=201, url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
        state = settled(api)["subscriptions"][0]
    assert state["state"] == "invalid"
    assert state["problem"].startswith("no connection:")


def test_failed_url_can_be_validated_again_at_once(api: Api, receiver: Receiver) -> None:
    receiver.secret = "another"
    number = subscribe(api, receiver)["subscription"]
    receiver.secret = SECRET
    assert control(api, "POST", f"/{number}/validate")["state"] == "valid"
    api.create(topic="Now")
    settled(api)
    assert topics(receiver) == ["Now"]


def test_validation_is_repeated_every_72_hours(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    api.clock(advance=72 * 3600 - 1)
    assert len(receiver.validations) == 1
    api.clock(advance=1)
    assert len(receiver.validations) == 2
    api.clock(advance=10 * 72 * 3600)
    assert len(receiver.validations) == 12
    assert len({one.json["payload"]["plainToken"] for one in receiver.validations}) == 12


def test_url_that_fails_a_later_validation_gets_no_more_until_it_passes_one(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.secret = "another"
    api.later(advance=72 * 3600)
    api.create(topic="Lost")
    receiver.secret = SECRET
    api.later(advance=72 * 3600)
    api.create(topic="Found")
    assert settled(api)["subscriptions"][0]["state"] == "valid"
    assert topics(receiver) == ["Found"]


# -- the request -------------------------------------------------------------------------------------------------------


def test_event_is_a_signed_post_of_compact_json(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    api.create(topic="Über, „Kaffee“ ☕")
    settled(api)
    (got,) = receiver.events
    assert got.path == "/zoom?x=1"
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert got.stamp == STAMP
    assert got.signed_with(SECRET)
    assert json.dumps(got.json, separators=(",", ":"), ensure_ascii=False).encode() == got.body
    assert list(got.json) == ["event", "payload", "event_ts"]
    assert got.json["event_ts"] == int(STAMP) * 1000
    assert got.object["topic"] == "Über, „Kaffee“ ☕"


def test_signature_and_token_are_those_of_zooms_formula() -> None:
    assert signature("secret", "1900000000", b'{"a":1}') == (
        "v0=5e7347ea8f529d0daa7ee953bb0c8cd4e0f9c9ca7aacc63f07b7fce6f8e0f8d4"
    )
    assert (
        encrypted_token("secret", "qgg8vlvZRS6UYooatFL8Aw")
        == "72cef096bfd47c0b8664df30d07721641e4abd7e885ba432204260db477a9a3e"
    )


def test_subscription_may_have_a_secret_of_its_own(api: Api) -> None:
    with Receiver("its own") as receiver:
        assert subscribe(api, receiver, secret="its own")["state"] == "valid"
        api.create()
        settled(api)
        assert receiver.events[0].signed_with("its own")


def test_timestamps_may_show_the_machines_time(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, timestamps="machine")
    before = int(time.time())
    api.create()
    settled(api)
    (got,) = receiver.events
    assert before <= int(got.stamp) <= int(time.time())
    assert got.json["event_ts"] == int(STAMP) * 1000


def test_only_events_asked_for_are_sent(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, events=["meeting.deleted"])
    made = api.create()
    api.call("DELETE", f"/meetings/{made['id']}")
    settled(api)
    assert [one.event for one in receiver.events] == ["meeting.deleted"]


def test_every_subscription_is_told(api: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        subscribe(api, receiver)
        subscribe(api, other)
        api.create(topic="Both")
        settled(api)
        assert topics(receiver) == topics(other) == ["Both"]


# -- success, failure, retries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204])
def test_200_and_204_count_as_delivered(api: Api, receiver: Receiver, status: int) -> None:
    subscribe(api, receiver)
    receiver.answers.append(status)
    api.create()
    delivery = last(api)
    assert (delivery["state"], delivery["next_attempt"]) == ("delivered", None)
    assert delivery["attempts"] == [{"time": NOW, "status": status, "problem": ""}]


@pytest.mark.parametrize("status", [201, 301, 307, 400, 404, 500])
def test_any_other_answer_is_a_failure_and_redirects_are_not_followed(
    api: Api, receiver: Receiver, status: int
) -> None:
    subscribe(api, receiver)
    receiver.answers.append(status)
    api.create()
    delivery = last(api)
    assert (delivery["state"], delivery["next_attempt"]) == ("waiting", "2031-06-02T10:05:00Z")
    assert delivery["attempts"][0]["status"] == status
    assert delivery["attempts"][0]["problem"].startswith(f"answered {status}")
    assert len(receiver.events) == 1


def test_failed_event_is_repeated_after_5_20_and_60_minutes_and_then_dropped(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.answers.extend([500] * 4)
    api.create()
    assert last(api)["state"] == "waiting"
    api.clock(advance=24 * 3600)
    delivery = last(api)
    assert delivery["state"] == "dropped"
    assert [one["time"] for one in delivery["attempts"]] == [
        NOW,
        "2031-06-02T10:05:00Z",
        "2031-06-02T10:25:00Z",
        "2031-06-02T11:25:00Z",
    ]
    assert [int(one.stamp) - int(STAMP) for one in receiver.events] == [0, 300, 1500, 5100]
    assert len({one.body for one in receiver.events}) == 1
    assert all(one.signed_with(SECRET) for one in receiver.events)


def test_retry_that_succeeds_is_the_last(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.answers.append(503)
    api.create()
    settled(api)
    api.clock(advance=300)
    api.clock(advance=24 * 3600)
    delivery = last(api)
    assert (delivery["state"], len(delivery["attempts"])) == ("delivered", 2)
    assert len(receiver.events) == 2


def test_frozen_clock_repeats_nothing(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.answers.append(500)
    api.create()
    settled(api)
    api.clock(advance=299)
    assert len(receiver.events) == 1


@pytest.mark.parametrize("raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
def test_answer_that_is_none_is_a_failure(api: Api, receiver: Receiver, raw: bytes) -> None:
    subscribe(api, receiver)
    receiver.raw = raw
    api.create()
    problem = "the answer was cut off, or is not HTTP"
    assert last(api)["attempts"] == [{"time": NOW, "status": 0, "problem": problem}]


def test_receiver_that_takes_too_long_has_failed(api: Api, sandbox: ThreadedSandbox, receiver: Receiver) -> None:
    assert sandbox.world.courier.deadline == 3.0
    subscribe(api, receiver)
    receiver.open.clear()
    sandbox.world.courier.deadline = 0.1
    try:
        api.create()
        delivery = last(api)
    finally:
        sandbox.world.courier.deadline = 3.0
    assert (delivery["state"], delivery["attempts"][0]["problem"]) == ("waiting", "no answer within 0.1 seconds")


def test_slow_receiver_delays_neither_answers_nor_other_receivers(api: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        subscribe(api, receiver)
        subscribe(api, other)
        receiver.open.clear()
        for at in range(20):
            api.create(topic=f"No. {at}")
        control(api, "GET")
        assert receiver.answered == 0
        receiver.open.set()
        settled(api)
        assert topics(receiver) == topics(other) == [f"No. {at}" for at in range(20)]


def test_sandbox_stops_at_once_while_a_receiver_keeps_it_waiting(receiver: Receiver) -> None:
    sandbox = ThreadedSandbox(Options(limits=False, webhooks=(receiver.url,))).start()
    api = Api(sandbox.url)
    settled(api)
    receiver.open.clear()
    api.create()
    api.close()
    began = time.monotonic()
    sandbox.stop()
    assert time.monotonic() - began < 2
    assert receiver.answered == 0


# -- odd on demand -----------------------------------------------------------------------------------------------------


def test_duplicates_on_demand(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, copies=3)
    api.create(topic="Thrice")
    assert [one["state"] for one in settled(api)["deliveries"]] == ["delivered"] * 3
    assert topics(receiver) == ["Thrice"] * 3


def test_wrong_and_missing_signatures_on_demand(api: Api, receiver: Receiver) -> None:
    number = subscribe(api, receiver)["subscription"]
    for kind in ("wrong", "none", "right"):
        control(api, "PATCH", f"/{number}", signature=kind)
        api.create(topic=kind)
        settled(api)
    wrong, none, right = receiver.events
    assert (len(wrong.headers["x-zm-signature"]), wrong.signed_with(SECRET)) == (67, False)
    assert none.headers["x-zm-signature"] is None
    assert right.signed_with(SECRET)


def test_old_timestamp_on_demand_is_signed_rightly(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, age=600)
    api.create()
    settled(api)
    (got,) = receiver.events
    assert int(STAMP) - int(got.stamp) == 600
    assert got.signed_with(SECRET)


def test_delay_on_demand(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, delay=90)
    api.create()
    assert last(api)["next_attempt"] == "2031-06-02T10:01:30Z"
    api.clock(advance=89)
    assert receiver.events == []
    api.clock(advance=1)
    (got,) = receiver.events
    assert int(got.stamp) - int(STAMP) == 90
    assert got.json["event_ts"] == int(STAMP) * 1000


def test_running_clock_sends_what_is_due_by_itself(start: Callable[..., Api], receiver: Receiver) -> None:
    api = start(clock=None)
    subscribe(api, receiver, delay=0.05)
    api.create()
    assert receiver.arrived.wait(5)


def test_held_events_are_sent_in_another_order(api: Api, receiver: Receiver) -> None:
    number = subscribe(api, receiver, hold=True)["subscription"]
    for topic in ("a", "b", "c", "d"):
        api.create(topic=topic)
    assert [one["state"] for one in settled(api)["deliveries"]] == ["held"] * 4
    assert receiver.events == []
    control(api, "POST", "/replay", 202, deliveries=[3, 1])
    control(api, "PATCH", f"/{number}", hold=False)
    assert [one["state"] for one in settled(api)["deliveries"]] == ["delivered"] * 4
    assert topics(receiver) == ["c", "a", "b", "d"]


def test_replay_sends_the_same_bytes_again(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    api.create(topic="a")
    settled(api)
    sent = control(api, "POST", "/replay", 202, deliveries=[1], copies=2, signature="wrong")["deliveries"]
    assert [(one["delivery"], one["replay_of"]) for one in sent] == [(2, 1), (3, 1)]
    settled(api)
    assert len({one.body for one in receiver.events}) == 1
    assert [one.signed_with(SECRET) for one in receiver.events] == [True, False, False]


def test_event_of_ones_own_can_be_delivered(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    control(api, "POST", "/deliver", 202, event="meeting.alert", payload={"object": {"id": "1"}}, event_ts=5)
    settled(api)
    (got,) = receiver.events
    assert got.json == {"event": "meeting.alert", "payload": {"object": {"id": "1"}}, "event_ts": 5}
    assert got.signed_with(SECRET)


# -- the control plane -------------------------------------------------------------------------------------------------


def test_unsubscribing_ends_deliveries_and_drops_what_waits(api: Api, receiver: Receiver) -> None:
    number = subscribe(api, receiver)["subscription"]
    receiver.answers.append(500)
    api.create()
    settled(api)
    control(api, "DELETE", f"/{number}", 204)
    api.create()
    api.clock(advance=24 * 3600)
    state = settled(api)
    assert state["subscriptions"] == []
    assert [one["state"] for one in state["deliveries"]] == ["dropped"]
    assert len(receiver.events) == 1


def test_deliveries_already_seen_are_left_out(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    for _ in range(3):
        api.create()
    settled(api)
    assert [one["delivery"] for one in control(api, "GET", "?since=2")["deliveries"]] == [3]


def test_secrets_are_not_shown(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    assert SECRET not in json.dumps(control(api, "GET"))


def test_reset_ends_subscriptions(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    api.create()
    settled(api)
    api.send("POST", "/_sandbox/reset")
    assert control(api, "GET") == {"subscriptions": [], "deliveries": []}


def test_reset_forgets_what_is_under_way(api: Api, sandbox: ThreadedSandbox, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.open.clear()
    receiver.answers.append(500)
    api.create()
    control(api, "GET")
    sandbox.reset()
    receiver.open.set()
    assert settled(api) == {"subscriptions": [], "deliveries": []}
    api.clock(advance=24 * 3600)
    assert len(receiver.events) <= 1


def test_options_of_the_command_are_taken() -> None:
    given = ["--webhook", "http://127.0.0.1:1/a", "--webhook", "http://localhost:2/b", "--webhook-secret", "s"]
    options = options_of(parser().parse_args(given))
    assert options == Options(webhooks=("http://127.0.0.1:1/a", "http://localhost:2/b"), webhook_secret="s")
    assert options_of(parser().parse_args([])).webhook_secret == SECRET


def test_command_refuses_another_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--port", "0", "--webhook", "http://zoom.example/x"])
    assert ended.value.code == 2
    assert "zoom.example is another machine" in capsys.readouterr().err


def test_other_machines_are_sent_to_when_told_twice() -> None:
    world = World(Options(webhooks=("https://hooks.example/zoom",), webhooks_anywhere=True))
    assert [one.url for one in world.webhooks.all()] == ["https://hooks.example/zoom"]


def test_url_of_the_options_is_validated_at_the_start_and_after_a_reset(receiver: Receiver) -> None:
    with ThreadedSandbox(Options(limits=False, webhooks=(receiver.url,), clock=parse_instant(NOW))) as sandbox:
        api = Api(sandbox.url)
        assert settled(api)["subscriptions"][0]["state"] == "valid"
        api.send("POST", "/_sandbox/reset")
        assert settled(api)["subscriptions"][0]["state"] == "valid"
        assert len(receiver.validations) == 2
        api.close()


@pytest.mark.parametrize("url", ["http://example.com/x", "https://10.0.0.1/", "http://[::ffff:10.0.0.1]/"])
def test_other_machines_are_not_sent_to_unless_told_twice(api: Api, url: str) -> None:
    answer = api.send("POST", "/_sandbox/webhooks", json.dumps({"url": url}))
    assert answer.status == 400
    assert "another machine" in answer.json["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Say where to send"),
        ({"url": "nonsense"}, "no receiver's URL"),
        ({"url": "ftp://127.0.0.1/"}, "no receiver's URL"),
        ({"url": "http://u:p@127.0.0.1/"}, "no receiver's URL"),
        ({"url": "http://127.0.0.1:99999/"}, "is no URL"),
        ({"url": "http://127.0.0.1/a b"}, "characters that no URL has"),
        ({"url": "http://127.0.0.1/", "events": ["meeting.exploded"]}, "sends no event 'meeting.exploded'"),
        ({"url": "http://127.0.0.1/", "events": []}, "events takes"),
        ({"url": "http://127.0.0.1/", "secret": 5}, "secret takes a text"),
        ({"url": "http://127.0.0.1/", "timestamps": "mine"}, "timestamps takes"),
        ({"url": "http://127.0.0.1/", "copies": 0}, "copies takes"),
        ({"url": "http://127.0.0.1/", "delay": -1}, "delay takes"),
        ({"url": "http://127.0.0.1/", "signature": "odd"}, "signature takes"),
        ({"url": "http://127.0.0.1/", "hold": 1}, "hold takes"),
        ({"url": "http://127.0.0.1/", "colour": 1}, "There is no 'colour' here"),
    ],
)
def test_subscription_that_makes_no_sense_is_refused(api: Api, body: Any, words: str) -> None:
    answer = api.send("POST", "/_sandbox/webhooks", json.dumps(body))
    assert answer.status == 400
    assert words in answer.json["error"]
    assert control(api, "GET")["subscriptions"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/7", {"hold": True}, 404),
        ("DELETE", "/x", {}, 404),
        ("POST", "/7/validate", {}, 404),
        ("POST", "/replay", {"deliveries": [1]}, 404),
        ("POST", "/replay", {"deliveries": []}, 400),
        ("POST", "/replay", {"deliveries": [True]}, 400),
        ("POST", "/deliver", {"event": "meeting.started"}, 400),
        ("POST", "/deliver", {"event": "meeting.started", "payload": {}, "subscription": 7}, 404),
        ("GET", "?since=x", {}, 400),
        ("GET", "?settled=1", {}, 400),
    ],
)
def test_request_about_nothing_is_refused(api: Api, method: str, path: str, body: Any, status: int) -> None:
    assert "error" in control(api, method, path, status, **body)
