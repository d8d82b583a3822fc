"""Zoom's rate limits: what is refused, in which words, with which headers, and when it ends."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox.conftest import NOW, Api

from zoomsandbox.__main__ import options_of, parser
from zoomsandbox.core.clock import Clock, parse_instant
from zoomsandbox.limits.exceptions import RegistrantDayError
from zoomsandbox.limits.models import Bucket, Limits
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import Answer

HOST = "host1@sandbox.example"
PER_SECOND = {
    "code": 429,
    "message": "You have reached the maximum per-second rate limit for this API. Try again later.",
}
PER_DAY = {
    "code": 429,
    "message": "You have reached the maximum daily rate limit for this API. "
    "Refer to the response header for details on when you can make another request.",
}
PER_HOST = {
    "code": 429,
    "message": "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
    "particular user. You may resume these requests at GMT 00:00:00.",
}
CONCURRENT = {
    "code": 429,
    "message": "Too many concurrent requests. A request to disassociate this user has already been made.",
}
NAMES = ("X-RateLimit-Category", "X-RateLimit-Type", "X-RateLimit-Limit", "X-RateLimit-Remaining", "Retry-After")


def headers(answer: Answer) -> dict[str, str]:
    return {name: answer.headers[name] for name in NAMES if name in answer.headers}


def statuses(api: Api, count: int, path: str = "/users/me") -> list[int]:
    return [api.call("GET", path).status for _ in range(count)]


def patch(api: Api, **wish: Any) -> Any:
    answer = api.send("PATCH", "/_sandbox/limits", json.dumps(wish))
    assert answer.status == 200, answer.body
    return answer.json


def limits(api: Api) -> Any:
    return api.send("GET", "/_sandbox/limits").json


@pytest.fixture(scope="module")
def limited() -> Iterator[ThreadedSandbox]:
    """A sandbox on plan Pro with its limits on and its clock standing still."""
    with ThreadedSandbox(Options(clock=parse_instant(NOW), token_ttl=10**6)) as sandbox:
        yield sandbox


@pytest.fixture
def api(limited: ThreadedSandbox) -> Iterator[Api]:
    """A client of it, as at the start."""
    limited.reset()
    client = Api(limited.url)
    yield client
    client.close()


# -- a second ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "path", "size"),
    [
        ("free", "/users/me", 4),
        ("free", "/users", 2),
        ("pro", "/users/me", 30),
        ("pro", "/users", 20),
        ("business", "/users/me", 80),
        ("business", "/users", 60),
    ],
)
def test_a_second_holds_as_many_calls_as_label_and_plan_allow(
    start: Callable[..., Api], plan: str, path: str, size: int
) -> None:
    api = start(limits=True, plan=plan)
    assert statuses(api, size + 2, path) == [200] * size + [429] * 2


def test_call_too_many_in_a_second_is_refused_in_zooms_words_and_headers(api: Api) -> None:
    statuses(api, 30)
    answer = api.call("GET", "/users/me")
    assert (answer.status, answer.json) == (429, PER_SECOND)
    assert headers(answer) == {
        "X-RateLimit-Category": "Light",
        "X-RateLimit-Type": "QPS",
        "X-RateLimit-Limit": "30",
        "X-RateLimit-Remaining": "0",
    }


def test_every_counted_answer_says_what_remains(api: Api) -> None:
    assert [headers(api.call("GET", path)) for path in ("/users/me", "/users", "/users/nobody@x.example")] == [
        {
            "X-RateLimit-Category": label,
            "X-RateLimit-Type": "QPS",
            "X-RateLimit-Limit": limit,
            "X-RateLimit-Remaining": left,
        }
        for label, limit, left in [("Light", "30", "29"), ("Medium", "20", "19"), ("Light", "30", "28")]
    ]


def test_labels_are_counted_apart(api: Api) -> None:
    assert statuses(api, 31)[-1] == 429
    assert statuses(api, 1, "/users") == [200]


def test_create_is_light(api: Api) -> None:
    assert headers(api.call("POST", "/users/me/meetings", {}))["X-RateLimit-Category"] == "Light"


def test_update_too_fast_says_4001(api: Api) -> None:
    meeting = api.create()
    patch(api, labels={"Light": {"remaining": 0}})
    answer = api.call("PATCH", f"/meetings/{meeting['id']}", {"topic": "New"})
    assert (answer.status, answer.json) == (429, PER_SECOND | {"code": 4001})


def test_frozen_clock_gives_nothing_back_until_it_is_advanced(api: Api) -> None:
    assert statuses(api, 31)[-1] == 429
    assert statuses(api, 3) == [429] * 3
    api.clock(advance=0.1)
    assert statuses(api, 4) == [200, 200, 200, 429]
    api.clock(advance=3600)
    assert statuses(api, 31) == [200] * 30 + [429]


def test_clock_set_back_gives_nothing_and_takes_nothing(api: Api) -> None:
    statuses(api, 29)
    api.clock(advance=-3600)
    assert statuses(api, 2) == [200, 429]


def test_refused_call_does_nothing(api: Api) -> None:
    statuses(api, 30)
    assert api.call("POST", "/users/me/meetings", {}).status == 429
    assert api.ledger() == []


def test_call_that_was_not_let_in_is_not_counted(api: Api) -> None:
    answer = api.send("GET", "/v2/users/me", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status, headers(answer)) == (401, {})
    assert limits(api)["labels"]["Light"]["remaining"] == 30


def test_token_endpoint_and_control_plane_are_not_counted(api: Api) -> None:
    assert headers(api.ask_token()) == {}
    assert headers(api.send("GET", "/_sandbox/limits")) == {}


def test_nothing_is_counted_with_limits_off(start: Callable[..., Api]) -> None:
    api = start(limits=False)
    assert statuses(api, 100) == [200] * 100
    assert headers(api.call("GET", "/users/me")) == {}
    assert limits(api)["on"] is False


def test_limits_are_on_unless_told_otherwise() -> None:
    assert Options().limits is True
    assert [options_of(parser().parse_args(given)).limits for given in ([], ["--limits", "off"])] == [True, False]


def test_bucket_fills_evenly_and_never_beyond_its_size() -> None:
    bucket = Bucket(10, 60)
    assert [bucket.take(1000.0) for _ in range(11)] == [True] * 10 + [False]
    assert [bucket.take(1006.0), bucket.take(1006.0)] == [True, False]
    assert bucket.left(10_000.0) == 10


# -- an account's day --------------------------------------------------------------------------------------------------


def test_account_day_is_refused_with_an_iso_instant_to_come_back(start: Callable[..., Api]) -> None:
    api = start(limits=True, plan="free", token_ttl=10**6)
    patch(api, labels={"Light": {"spent": 5999}})
    first, second = api.call("GET", "/users/me"), api.call("GET", "/users/me")
    assert (first.status, headers(first)) == (
        200,
        {
            "X-RateLimit-Category": "Light",
            "X-RateLimit-Type": "Daily-limit",
            "X-RateLimit-Limit": "6000",
            "X-RateLimit-Remaining": "0",
        },
    )
    assert (second.status, second.json) == (429, PER_DAY)
    assert headers(second) == headers(first) | {"Retry-After": "2031-06-03T00:00:00Z"}


def test_account_day_ends_at_midnight_utc(start: Callable[..., Api]) -> None:
    api = start(limits=True, plan="free", token_ttl=10**6)
    patch(api, labels={"Medium": {"spent": 2000}})
    assert statuses(api, 1, "/users") == [429]
    api.clock(set="2031-06-02T23:59:59Z")
    assert statuses(api, 1, "/users") == [429]
    api.clock(set="2031-06-03T00:00:00Z")
    assert statuses(api, 1, "/users") == [200]


@pytest.mark.parametrize(("plan", "daily"), [("pro", 30_000), ("business", 60_000)])
def test_heavy_and_resource_intensive_spend_the_same_day(start: Callable[..., Api], plan: str, daily: int) -> None:
    labels = patch(start(limits=True, plan=plan), labels={"Heavy": {"spent": 7}})["labels"]
    assert [labels[name]["spent"] for name in labels] == [0, 0, 7, 7]
    assert [labels[name]["daily"] for name in labels] == [None, None, daily, daily]


# -- a host's day ------------------------------------------------------------------------------------------------------


def test_host_gets_a_hundred_creates_and_updates_a_day_together(start: Callable[..., Api]) -> None:
    api = start(limits=True, plan="business")
    meeting = api.create(HOST)
    for at in range(99):
        api.clock(advance=1)
        path, method = (f"/users/{HOST}/meetings", "POST") if at % 2 else (f"/meetings/{meeting['id']}", "PATCH")
        assert api.call(method, path, {"topic": f"No. {at}"}).status in {201, 204}
    answers = [
        api.call("POST", f"/users/{HOST}/meetings", {}),
        api.call("PATCH", f"/meetings/{meeting['id']}", {"topic": "Once more"}),
    ]
    assert [(answer.status, answer.json) for answer in answers] == [(429, PER_HOST)] * 2
    assert api.get(meeting["id"])["topic"] == "No. 98"


def test_host_day_names_neither_its_kind_nor_when_to_come_back(api: Api) -> None:
    patch(api, hosts={"used": {HOST: 100}})
    answer = api.call("POST", f"/users/{HOST}/meetings", {})
    assert headers(answer) == {
        "X-RateLimit-Category": "Light",
        "X-RateLimit-Limit": "30",
        "X-RateLimit-Remaining": "29",
    }


def test_host_day_is_each_hosts_own_and_the_same_by_id_and_address(api: Api) -> None:
    patch(api, hosts={"used": {HOST: 99}})
    host_id = api.call("GET", f"/users/{HOST}").json["id"]
    assert api.call("POST", f"/users/{host_id}/meetings", {}).status == 201
    assert api.call("POST", f"/users/{HOST.upper()}/meetings", {}).status == 429
    assert api.call("POST", "/users/host2@sandbox.example/meetings", {}).status == 201


def test_host_day_ends_at_midnight_utc(api: Api) -> None:
    patch(api, hosts={"used": {HOST: 100}})
    api.clock(set="2031-06-03T00:00:00Z")
    assert api.call("POST", f"/users/{HOST}/meetings", {}).status == 201


def test_reading_and_deleting_are_not_counted_for_the_host(api: Api) -> None:
    meeting = api.create(HOST)
    patch(api, hosts={"used": {HOST: 100}})
    assert api.call("GET", f"/meetings/{meeting['id']}").status == 200
    assert api.call("DELETE", f"/meetings/{meeting['id']}").status == 204


def test_failed_create_counts_for_the_host(api: Api) -> None:
    assert api.call("POST", f"/users/{HOST}/meetings", {"type": 77}).status == 400
    assert limits(api)["hosts"]["used"] == {HOST: 1}


# -- registrants -------------------------------------------------------------------------------------------------------


def counters() -> Limits:
    return Limits(Options(), Clock(parse_instant(NOW)))


def test_person_is_registered_three_times_a_day() -> None:
    limits = counters()
    for _ in range(3):
        limits.add_registrant("ana@x.example")
    with pytest.raises(RegistrantDayError) as refused:
        limits.add_registrant("Ana@x.example")
    assert refused.value.body() == {
        "code": 429,
        "message": "You have exceeded the daily rate limit of (3) for Add a meeting registrant API requests for the "
        "registrant (Ana@x.example). You can resume these API requests at GMT 00:00:00.",
    }
    limits.add_registrant("bo@x.example")
    assert limits.adds == {"ana@x.example": 3, "bo@x.example": 1}


def test_registrants_status_changes_ten_times_a_day_and_none_if_one_is_over() -> None:
    limits = counters()
    for _ in range(10):
        limits.change_status(["r1"])
    with pytest.raises(RegistrantDayError, match=r"limit of \(10\) for .* the registrant \(r1\)"):
        limits.change_status(["r2", "r1"])
    assert limits.status_changes == {"r1": 10}


def test_person_registers_over_the_api_three_times_a_day_for_whatever_meeting(api: Api) -> None:
    paths = [f"/meetings/{api.create(type=3, settings={'approval_type': 0})['id']}/registrants" for _ in range(2)]
    body = {"email": "ana@x.example", "first_name": "Ana"}
    assert [api.call("POST", paths[at % 2], body).status for at in range(4)] == [201, 201, 201, 429]
    assert limits(api)["registrants"]["added"] == {"ana@x.example": 3}
    api.clock(set="2031-06-03T00:00:00Z")
    assert api.call("POST", paths[0], body).status == 201


def test_registrants_status_is_refused_over_the_api_once_it_was_changed_too_often(api: Api) -> None:
    path = f"/meetings/{api.create(settings={'approval_type': 1})['id']}/registrants"
    one = api.call("POST", path, {"email": "ana@x.example", "first_name": "Ana"}).json["registrant_id"]
    patch(api, registrants={"status_changes": 1})
    answers = [
        api.call("PUT", f"{path}/status", {"action": action, "registrants": [{"id": one}]}).status
        for action in ("approve", "deny")
    ]
    assert answers == [204, 429]


# -- one delete at a time ----------------------------------------------------------------------------------------------


def test_second_delete_on_a_host_is_refused_while_the_first_takes_its_time() -> None:
    with ThreadedSandbox(Options(limits=True, latency=300)) as sandbox:
        clients = [Api(sandbox.url) for _ in range(3)]
        owner = clients[0]
        meetings = [owner.create("me")["id"], owner.create("me")["id"], owner.create(HOST)["id"]]
        for client in clients:
            assert client.token
        answers: list[Answer] = []
        together = threading.Barrier(len(clients))

        def delete(client: Api, meeting: int) -> None:
            together.wait()
            answers.append(client.call("DELETE", f"/meetings/{meeting}"))

        threads = [threading.Thread(target=delete, args=pair) for pair in zip(clients, meetings, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answer.status for answer in answers) == [204, 204, 429]
        assert [answer.json for answer in answers if answer.status == 429] == [CONCURRENT]
        for client in clients:
            client.close()


def test_locked_host_refuses_deletes_until_the_lock_ends(api: Api) -> None:
    meeting = api.create(HOST)["id"]
    assert patch(api, locks={HOST: 5})["locks"] == {HOST: 5.0}
    answer = api.call("DELETE", f"/meetings/{meeting}")
    assert (answer.status, answer.json) == (429, CONCURRENT)
    api.clock(advance=5)
    assert api.call("DELETE", f"/meetings/{meeting}").status == 204


# -- the control plane -------------------------------------------------------------------------------------------------


def test_limit_can_be_lowered_while_it_runs(api: Api) -> None:
    patch(api, labels={"Light": {"limit": 2}})
    assert statuses(api, 3) == [200, 200, 429]


def test_limits_can_be_switched_off_and_on(api: Api) -> None:
    patch(api, on=False)
    assert statuses(api, 40) == [200] * 40
    patch(api, on=True)
    assert statuses(api, 31)[-1] == 429


def test_state_of_the_limits_says_what_is_in_force(api: Api) -> None:
    assert limits(api) == {
        "on": True,
        "plan": "pro",
        "day": "2031-06-02",
        "resumes": "2031-06-03T00:00:00Z",
        "labels": {
            "Light": {"limit": 30, "seconds": 1, "remaining": 30.0, "daily": None, "spent": 0},
            "Medium": {"limit": 20, "seconds": 1, "remaining": 20.0, "daily": None, "spent": 0},
            "Heavy": {"limit": 10, "seconds": 1, "remaining": 10.0, "daily": 30000, "spent": 0},
            "Resource-intensive": {"limit": 10, "seconds": 60, "remaining": 10.0, "daily": 30000, "spent": 0},
        },
        "hosts": {"limit": 100, "used": {}},
        "registrants": {"adds": 3, "added": {}, "status_changes": 10, "changed": {}},
        "locks": {},
    }


@pytest.mark.parametrize("way", ["DELETE /_sandbox/limits", "POST /_sandbox/reset"])
def test_limits_go_back_to_zooms(api: Api, way: str) -> None:
    fresh = limits(api)
    patch(api, on=False, hosts={"limit": 1, "used": {HOST: 1}}, labels={"Heavy": {"limit": 1, "spent": 9}})
    method, _, path = way.partition(" ")
    api.send(method, path)
    assert limits(api) == fresh


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, "Nothing to change"),
        ({"of": True}, "'of'"),
        ({"on": 1}, "'on'"),
        ({"labels": {"Feather": {}}}, "'Feather' is no label"),
        ({"labels": {"Light": {"seconds": 5}}}, "labels.Light.seconds is not to be changed"),
        ({"labels": {"Light": {"limit": -1}}}, "labels.Light.limit takes a whole number"),
        ({"labels": {"Light": {"remaining": "1"}}}, "labels.Light.remaining takes a number"),
        ({"labels": []}, "labels takes an object"),
        ({"hosts": {"used": {"nobody@x.example": 1}}}, "no user 'nobody@x.example'"),
        ({"hosts": {"used": {HOST: True}}}, f"hosts.used.{HOST} takes a whole number"),
        ({"hosts": {"most": 1}}, "hosts.most is not to be changed"),
        ({"registrants": {"most": 1}}, "registrants.most is not to be changed"),
        ({"locks": {HOST: None}}, f"locks.{HOST} takes a number"),
    ],
)
def test_wish_that_makes_no_sense_changes_nothing_and_says_why(api: Api, wish: Any, words: str) -> None:
    before = limits(api)
    answer = api.send("PATCH", "/_sandbox/limits", json.dumps({"hosts": {"limit": 7}} | wish if wish else wish))
    assert answer.status == 400
    assert words in answer.json["error"]
    assert limits(api) == before
