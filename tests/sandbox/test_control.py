"""The control plane: reset, clock, ledger, requests; and that equal calls give equal answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zoomsandbox.core.clock import zulu

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api


def test_reset_forgets_everything(api: Api) -> None:
    meeting = api.create()
    api.clock(advance=5)
    assert api.send("POST", "/_sandbox/reset").status == 204
    assert api.call("GET", "/users/me").json["message"] == "Invalid access token."
    api._token = ""
    assert api.call("GET", f"/meetings/{meeting['id']}").status == 404
    assert api.ledger() == []
    assert api.send("GET", "/_sandbox/clock").json["now"] == "2031-06-02T10:00:00Z"


# -- clock -------------------------------------------------------------------------------------------------------------


def test_clock_stands_where_it_was_told_to(api: Api) -> None:
    expected = {"now": "2031-06-02T10:00:00Z", "epoch": 1938160800.0, "frozen": True}
    assert api.send("GET", "/_sandbox/clock").json == expected


def test_clock_is_set_and_advanced(api: Api) -> None:
    assert api.clock(set="2031-12-01T00:00:00Z")["now"] == "2031-12-01T00:00:00Z"
    assert api.clock(set="2031-12-01T02:00:00+02:00")["now"] == "2031-12-01T00:00:00Z"
    assert api.clock(advance=90)["now"] == "2031-12-01T00:01:30Z"
    assert api.clock(advance=-30)["now"] == "2031-12-01T00:01:00Z"
    assert api.create()["created_at"] == "2031-12-01T00:01:00Z" if api.ask_token().status == 200 else False


def test_clock_runs_and_freezes(api: Api) -> None:
    running = api.clock(run=True)
    assert running["frozen"] is False
    assert api.send("GET", "/_sandbox/clock").json["epoch"] > running["epoch"]
    frozen = api.clock(set="2031-12-01T00:00:00Z", freeze=True)
    assert frozen["frozen"] is True
    assert api.send("GET", "/_sandbox/clock").json == frozen


def test_clock_runs_with_the_machines_unless_told_otherwise(start: Callable[..., Api]) -> None:
    assert start(clock=None).send("GET", "/_sandbox/clock").json["frozen"] is False


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"set": "soon"},
        {"set": None},
        {"set": 1e30},
        {"set": "1931-01-01T00:00:00Z"},
        {"advance": "5"},
        {"advance": True},
        {"advance": 1e300},
        {"freeze": False},
        {"freeze": True, "run": True},
        {"rewind": 5},
    ],
)
def test_clock_refuses_nonsense_and_stays(api: Api, wish: dict[str, Any]) -> None:
    import json

    answer = api.send("POST", "/_sandbox/clock", json.dumps(wish))
    assert answer.status == 400
    assert list(answer.json) == ["error"]
    assert api.send("GET", "/_sandbox/clock").json["now"] == "2031-06-02T10:00:00Z"


def test_clock_refuses_what_is_no_json(api: Api) -> None:
    assert api.send("POST", "/_sandbox/clock", "x").json == {"error": "The body is not a JSON object."}


def test_date_header_follows_the_clock(api: Api) -> None:
    assert api.call("GET", "/users/me").headers["date"] == "Mon, 02 Jun 2031 10:00:00 GMT"


# -- ledger ------------------------------------------------------------------------------------------------------------


def test_ledger_holds_every_commit(api: Api) -> None:
    meeting = api.create("host1@sandbox.example", topic="Demo", agenda="zl-mark")
    api.clock(advance=10)
    api.call("PATCH", f"/meetings/{meeting['id']}", {"topic": "New"})
    api.call("DELETE", f"/meetings/{meeting['id']}")
    shared = {"host": "host1@sandbox.example", "meeting_id": meeting["id"], "agenda": "zl-mark", "attempt": 1}
    assert api.ledger() == [
        shared | {"number": 1, "time": "2031-06-02T10:00:00Z", "action": "create", "topic": "Demo", "request": 2},
        shared | {"number": 2, "time": "2031-06-02T10:00:10Z", "action": "update", "topic": "New", "request": 3},
        shared | {"number": 3, "time": "2031-06-02T10:00:10Z", "action": "delete", "topic": "New", "request": 4},
    ]


def test_ledger_counts_the_attempts_of_the_same_write(api: Api) -> None:
    for topic in ("A", "A", "B", "A"):
        api.create(topic=topic)
    assert [(one["topic"], one["attempt"]) for one in api.ledger()] == [("A", 1), ("A", 2), ("B", 1), ("A", 3)]


def test_ledger_may_be_read_from_a_point_on(api: Api) -> None:
    for _ in range(3):
        api.create()
    answer = api.send("GET", "/_sandbox/ledger?since=2").json
    assert (answer["total"], [one["number"] for one in answer["commits"]]) == (3, [3])
    assert api.send("GET", "/_sandbox/ledger?since=x").status == 400


def test_refused_call_commits_nothing(api: Api) -> None:
    api.call("POST", "/users/me/meetings", {"duration": 0})
    api.call("POST", "/users/nobody/meetings", {})
    assert api.ledger() == []


# -- requests ----------------------------------------------------------------------------------------------------------


def test_requests_are_kept_with_what_was_answered(api: Api) -> None:
    api.create(topic="Demo")
    api.call("GET", "/meetings/1?occurrence_id=2")
    token, create, get = api.send("GET", "/_sandbox/requests").json["requests"]
    assert (token["operation"], token["status"]) == ("oauth.token", 200)
    assert (create["number"], create["method"], create["path"]) == (2, "POST", "/v2/users/me/meetings")
    assert (create["operation"], create["status"], create["committed"]) == ("meetings.create", 201, 1)
    assert (create["body"], create["attempt"]) == ('{"topic": "Demo"}', 1)
    assert (get["query"], get["status"], get["committed"]) == ("occurrence_id=2", 404, 0)


def test_requests_hold_no_secret(api: Api) -> None:
    api.ask_token(f"token={api.token}", path="/oauth/revoke")
    api.send("GET", f"/v2/users/me?access_token={api.token}&a=1")
    kept = api.send("GET", "/_sandbox/requests")
    assert api.token not in kept.body.decode()
    assert "sandbox-secret" not in kept.body.decode()
    assert kept.json["requests"][-1]["query"] == "access_token=***&a=1"


def test_watching_is_not_recorded(api: Api) -> None:
    for path in ("/", "/_sandbox/ledger", "/_sandbox/requests", "/j/1", "/favicon.ico"):
        api.send("GET", path)
    assert api.send("GET", "/_sandbox/requests").json == {"total": 0, "requests": []}


# -- equal calls, equal answers ----------------------------------------------------------------------------------------


def play(api: Api, *, watch: bool) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    seen = []
    for method, path, body in (
        ("POST", "/users/me/meetings", {"topic": "One", "start_time": "2031-12-01T18:24:00Z"}),
        ("POST", "/users/host1@sandbox.example/meetings", {"type": 8, "recurrence": {"type": 1, "end_times": 3}}),
        ("GET", "/users/me/meetings", None),
        ("POST", "/users/me/meetings", {"duration": 0}),
        ("GET", "/users?page_size=1", None),
        ("GET", "/nonsense", None),
    ):
        if watch:
            api.send("GET", "/")
        answer = api.call(method, path, body)
        seen.append((answer.status, sorted(answer.headers.items()), answer.body))
    return seen


def test_same_seed_and_frozen_clock_give_the_same_bytes(start: Callable[..., Api]) -> None:
    own = {"seed": 7, "zoom_urls": True}
    first, second, other = start(**own), start(**own), start(seed=8, zoom_urls=True)
    played = play(first, watch=False)
    assert play(second, watch=True) == played
    assert play(other, watch=False) != played
    first.send("POST", "/_sandbox/reset")
    first._token = ""
    assert play(first, watch=True) == played


def test_without_a_seed_ids_differ(start: Callable[..., Api]) -> None:
    assert start().create()["id"] != start().create()["id"]


def test_zulu_cuts_fractions_of_a_second() -> None:
    assert zulu(1938160800.999) == "2031-06-02T10:00:00Z"
