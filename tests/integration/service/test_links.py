"""The routes of links: what they answer, with which status and headers, and that a key has one link for ever."""

from __future__ import annotations

import itertools
import json
import random
import re
import time
from functools import partial
from typing import Any

import pytest
from tests.integration.service.ground import LESSON, Service, Services, at, lesson, problem


def states(service: Service) -> dict[str, int]:
    return dict(service.portal.call(service.desks[0].counts))


def test_a_link_is_created(service: Service, zoom_sandbox: Any) -> None:
    answer = service.create()
    link = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/links/{link['id']}"
    assert re.fullmatch(r"lnk_[0-9a-z]{26}", link["id"])
    assert "idempotent-replayed" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert {name: link[name] for name in ("key", "state", "topic", "start_time", "timezone", "duration")} == {
        "key": "booking-1",
        "state": "ready",
        "topic": "Guitar lesson",
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
    }
    assert link["join_url"].startswith(zoom_sandbox.url)
    assert list(link) == [
        *("id", "key", "state", "topic", "start_time", "timezone", "duration", "join_url", "passcode", "meeting_id"),
        *("host", "created_at", "updated_at", "next_try_at", "warnings", "problem"),
    ]
    assert len(zoom_sandbox.ledger) == 1


def test_the_same_request_gives_the_same_answer_byte_for_byte(service: Service, zoom_sandbox: Any) -> None:
    first = service.create()
    again = [service.create() for _ in range(20)]
    assert {(one.status_code, one.content) for one in again} == {(201, first.content)}
    assert {(one.headers["idempotent-replayed"], one.headers["location"]) for one in again} == {
        ("true", first.headers["location"])
    }
    assert {one.headers["etag"] for one in again} == {first.headers["etag"]}
    assert len(zoom_sandbox.ledger) == 1


def test_the_same_request_written_in_another_way_is_the_same(service: Service, zoom_sandbox: Any) -> None:
    asked = lesson(duration=45, agenda="Chords — ré, mi", allow_overlap=False, settings={"waiting_room": True})
    first = service.create(asked)
    assert first.status_code == 201
    orders = list(itertools.islice(itertools.permutations(asked.items()), 0, 5040, 10))
    bodies = [
        json.dumps(dict(order), ensure_ascii=number % 2 == 0, indent=number % 5) for number, order in enumerate(orders)
    ]
    bodies += [json.dumps({**asked, **dict.fromkeys(("host", "passcode", "recurrence", "callback"))}).replace('"', '"')]
    blanks = random.Random(7)  # noqa: S311 - the same in every run
    bodies += [
        "".join(
            piece + blanks.choice(["", " ", "\n", "\t\r\n "])
            for piece in re.findall(r'"[^"]*"|\w+|\W', json.dumps(asked))
        )
        for _ in range(500)
    ]
    calls = [
        {
            "method": "POST",
            "path": "/v1/links",
            "content": body.encode(),
            "headers": {"Idempotency-Key": "booking-1", "Content-Type": "application/json"},
        }
        for body in bodies
    ]
    answers = [answer for start in range(0, len(calls), 50) for answer in service.together(calls[start : start + 50])]
    assert len(answers) >= 1000
    assert {(one.status_code, one.content, one.headers["idempotent-replayed"]) for one in answers} == {
        (201, first.content, "true")
    }
    assert len(zoom_sandbox.ledger) == 1


def test_another_request_with_the_same_key_is_refused_and_changes_nothing(service: Service, zoom_sandbox: Any) -> None:
    asked = lesson(
        duration=45,
        agenda="Chords",
        passcode="abc123",
        settings={"waiting_room": True},
        callback="https://example.com/told",
    )
    first = service.create(asked)
    assert first.status_code == 201
    changes: list[tuple[str, dict[str, Any]]] = [
        *(("topic", {"topic": f"Guitar lesson {number}"}) for number in range(300)),
        *(("start", {"start": f"2031-12-{day:02}T18:{minute:02}"}) for day in (2, 3, 4, 5) for minute in range(50)),
        *(("duration", {"duration": number}) for number in range(1, 301) if number != 45),
        *(("agenda", {"agenda": f"Chords{'!' * number}"}) for number in range(1, 101)),
        *(("passcode", {"passcode": f"abc{number}"}) for number in range(200, 260)),
        *(("settings", {"settings": {"waiting_room": True, name: True}}) for name in ("mute_upon_entry", "host_video")),
        *(("callback", {"callback": f"https://example.com/{number}"}) for number in range(40)),
        ("callback", {"callback": None}),
        ("timezone", {"timezone": "America/Fortaleza"}),
        ("host", {"host": "host1@sandbox.example"}),
        ("recurrence", {"recurrence": {"type": 1, "end_times": 2}}),
        ("settings", {"settings": None}),
        ("agenda", {"agenda": None}),
        ("passcode", {"passcode": None}),
    ]
    assert len(changes) >= 1000
    calls = [
        {
            "method": "POST",
            "path": "/v1/links",
            "json": {**asked, **change},
            "headers": {"Idempotency-Key": "booking-1"},
        }
        for _, change in changes
    ]
    answers = [answer for start in range(0, len(calls), 50) for answer in service.together(calls[start : start + 50])]
    told = [(one.status_code, one.json()["type"], one.json()["field"]) for one in answers]
    assert told == [(422, "/problems/key-reused", field) for field, _ in changes]
    assert "zoomlink update" not in answers[0].json()["hint"]
    assert service.create(asked).content == first.content
    assert len(zoom_sandbox.ledger) == 1


def test_fifty_copies_of_each_key_at_once_make_one_meeting_each(services: Services, zoom_sandbox: Any) -> None:
    service = services.new(at_once=400)
    keys = range(8)
    calls = [
        {"method": "POST", "path": "/v1/links", "json": at(number), "headers": {"Idempotency-Key": f"b-{number}"}}
        for number in keys
        for _ in range(50)
    ]
    answers = service.together(calls)
    assert {one.status_code for one in answers} <= {201, 202}
    links: dict[str, set[str]] = {}
    for one in answers:
        links.setdefault(one.json()["key"], set()).add(one.json()["id"])
    assert {key: len(ids) for key, ids in links.items()} == {f"b-{number}": 1 for number in keys}
    assert sum("idempotent-replayed" not in one.headers for one in answers) == len(keys)
    assert len(zoom_sandbox.ledger) == len(keys)
    assert states(service) == {"ready": len(keys)}


def test_a_thousand_creates_for_one_host_at_once_break_nothing(services: Services, zoom_sandbox: Any) -> None:
    service = services.new(at_once=64)
    calls = [
        {"method": "POST", "path": "/v1/links", "json": at(number % 40), "headers": {"Idempotency-Key": f"b-{number}"}}
        for number in range(1000)
    ]
    answers = service.together(calls)
    count = {status: sum(one.status_code == status for one in answers) for status in (201, 202, 409, 503)}
    assert sum(count.values()) == 1000
    assert count[503] >= 900
    assert {one.headers.get("retry-after") for one in answers if one.status_code == 503} == {"1"}
    assert {problem(one)["type"] for one in answers if one.status_code == 503} == {"/problems/overloaded"}
    made = [one.json() for one in answers if one.status_code in {201, 202}]
    assert len({one["start_time"] for one in made}) == len(made)
    for one in answers:
        if one.status_code == 409:
            assert {"busy", "next_free"} <= problem(one).keys()
    assert len(zoom_sandbox.ledger) == len(made)
    assert service.call("GET", "/healthz").status_code == 200


# -- an outcome that is not known --------------------------------------------------------------------------------------


def test_a_link_whose_outcome_is_not_known_is_202_and_is_asked_for_until_it_is(
    services: Services, zoom_sandbox: Any
) -> None:
    service = services.new(wait=0.5)
    zoom_sandbox.fail("close-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("hang-before-commit", route="meetings.list", nth=1)
    first = service.create()
    assert first.status_code == 202
    assert (first.json()["state"], first.json()["join_url"]) == ("unknown", None)
    assert 1 <= int(first.headers["retry-after"]) <= 60
    assert first.headers["location"] == f"/v1/links/{first.json()['id']}"
    again = service.create()
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    last = service.call("GET", first.headers["location"], params={"wait": 30})
    assert (last.status_code, last.json()["state"]) == (200, "ready")
    assert len(zoom_sandbox.ledger) == 1


def test_zoom_out_of_reach_leaves_a_planned_link_that_is_made_by_itself(services: Services, zoom_sandbox: Any) -> None:
    service = services.new()
    assert service.create(at(1), "warm").status_code == 201
    zoom_sandbox.fail("429-per-second", route="meetings.create", times=1)
    first = service.create(at(2), "late")
    assert first.status_code in {201, 202}
    last = service.call("GET", first.headers["location"], params={"wait": 20})
    assert last.json()["state"] == "ready"
    again = service.create(at(2), "late")
    assert (again.status_code, again.content) == (201, last.content)
    assert len(zoom_sandbox.ledger) == 2


def test_a_refusal_is_told_and_the_key_may_try_again(service: Service, zoom_sandbox: Any) -> None:
    wrong = service.create(lesson(host="nobody@example.com"))
    told = problem(wrong)
    assert wrong.status_code in {404, 422}
    assert told["zoom_code"] == 1001
    assert told["tracking_id"]
    assert service.create().status_code == 201


def test_bad_input_leaves_the_key_free(service: Service, zoom_sandbox: Any) -> None:
    for wrong in ({"start": "2031-12-01T25:00"}, {"topic": "x" * 201}, {"duration": 0}, {"start": "2020-01-01T00:00Z"}):
        assert service.create(lesson(**wrong)).status_code == 422
    assert service.create(at(3)).status_code == 201
    assert len(zoom_sandbox.ledger) == 1


def test_a_busy_host_is_409_with_what_is_in_the_way(service: Service) -> None:
    first = service.create().json()
    answer = service.create(lesson(topic="Another"), "booking-2")
    told = problem(answer)
    assert (answer.status_code, told["type"], told["next_free"]) == (409, "/problems/no-host", "2031-12-01T22:24:00Z")
    assert told["busy"] == [
        {
            "host": "owner@sandbox.example",
            "start": "2031-12-01T21:24:00Z",
            "end": "2031-12-01T22:24:00Z",
            "link": first["id"],
            "topic": "Guitar lesson",
            "meeting_id": first["meeting_id"],
        }
    ]
    assert service.create(lesson(topic="Another", allow_overlap=True), "booking-2").status_code == 201


# -- reading -----------------------------------------------------------------------------------------------------------


def test_a_link_is_read_with_its_tag(service: Service) -> None:
    made = service.create()
    path = made.headers["location"]
    read = service.call("GET", path)
    assert (read.status_code, read.content, read.headers["etag"]) == (200, made.content, made.headers["etag"])
    for known in (read.headers["etag"], f"W/{read.headers['etag']}", f'"x", {read.headers["etag"]}', "*"):
        same = service.call("GET", path, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", read.headers["etag"])
    assert service.call("GET", path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert service.call("GET", path, params={"wait": 30}).status_code == 200


def test_links_are_listed_in_pages_and_by_what_is_asked_for(service: Service) -> None:
    made = [service.create(at(number), f"b-{number}").json() for number in range(7)]
    service.call("DELETE", f"/v1/links/{made[6]['id']}")
    ids = [one["id"] for one in made]

    def listed(**asked: Any) -> list[str]:
        answer = service.call("GET", "/v1/links", params=asked)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    pages, cursor = [], None
    while True:
        answer = service.call("GET", "/v1/links", params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        pages.append([one["id"] for one in answer["items"]])
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert pages == [ids[0:3], ids[3:6], ids[6:7]]
    assert listed(key="b-4") == [ids[4]]
    assert listed(key="b-99") == []
    assert listed(key="b-4", state="cancelled") == []
    assert listed(state="cancelled") == [ids[6]]
    assert listed(state=["cancelled", "ready"]) == ids
    assert listed(host="owner@sandbox.example") == listed(host="me") == listed(host="OWNER@sandbox.example") == ids
    assert listed(host="host1@sandbox.example") == []
    assert listed(key="b-1", host="me") == [ids[1]]
    assert listed(start_from=made[2]["start_time"]) == ids[2:]
    assert listed(start_to=made[2]["start_time"]) == ids[:2]
    assert listed(start_from="2031-01-01T06:30:00+02:00", start_to="2031-01-01T05:00:00.5Z", state="ready") == [ids[2]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(
            ("limit=0", "limit"),
            ("limit=301", "limit"),
            ("limit=-1", "limit"),
            ("limit=x", "limit"),
            ("limit=1.5", "limit"),
        ),
        *(("limit=%D9%A1", "limit"), ("limit=", "limit"), ("limit=1&limit=2", "limit"), ("limit=1e2", "limit")),
        *(("cursor=x", "cursor"), ("cursor=", "cursor"), ("cursor=%00", "cursor"), ("cursor=1.lnk_A", "cursor")),
        *(
            ("cursor=1.lnk_a'--", "cursor"),
            ("cursor=" + "9" * 40 + ".lnk_a", "cursor"),
            ("cursor=" + "x" * 101, "cursor"),
        ),
        *(("state=done", "state.0"), ("state=", "state.0"), ("state=ready&state=x", "state.1")),
        *(
            ("host=%00", "host"),
            ("host=a%0Ab", "host"),
            ("host=" + "x" * 129, "host"),
            ("key=%00", "key"),
            ("key=", "key"),
        ),
        *(("start_from=2031", "start_from"), ("start_from=2031-01-01", "start_from"), ("start_from=now", "start_from")),
        *(("start_from=2031-01-01T00:00:00", "start_from"), ("start_from=2031-01-01T00:00:00+01:00", "start_from")),
        *(
            ("start_to=2031-02-30T00:00:00Z", "start_to"),
            ("start_to=1700000000", "start_to"),
            ("start_to=nan", "start_to"),
        ),
        *(("start_form=2031-01-01T00:00:00Z", "start_form"), ("foo=1", "foo"), ("__proto__=1", "__proto__")),
    ],
)
def test_a_list_that_cannot_be_is_refused_by_name(quiet: Service, query: str, field: str) -> None:
    told = problem(quiet.call("GET", f"/v1/links?{query}"))
    assert (told["status"], told["type"], told["field"]) == (422, "/problems/invalid-input", field)


@pytest.mark.parametrize(
    "query",
    [
        "cursor=999999999999999.lnk_a",
        "cursor=-1.lnk_" + "a" * 60,
        "start_from=0001-01-01T00:00:00%2B14:00",
        "start_from=9999-12-31T23:59:59-14:00",
        "start_to=9999-12-31t23:59:59.999999999z",
        "start_from=2031-01-02T00:00:00Z&start_to=2031-01-01T00:00:00Z",
        "host=" + "x" * 128,
        "",
    ],
)
def test_a_list_of_nothing_is_empty(quiet: Service, query: str) -> None:
    answer = quiet.call("GET", f"/v1/links?{query}")
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next_cursor": None})


@pytest.mark.parametrize(
    "name",
    [
        *(
            "1",
            "1%20OR%201=1",
            "lnk_",
            "lnk_x",
            "%00",
            "..%2f..%2fetc%2fpasswd",
            "%2e%2e",
            "lnk_" + "0" * 25,
            "lnk_" + "0" * 27,
        ),
        *(
            "LNK_" + "0" * 26,
            "lnk_" + "O" * 26,
            "lnk_" + "0" * 26 + "%0a",
            "lnk_" + "0" * 26 + "%00",
            "81234567890",
            "é",
            "%ff",
        ),
    ],
)
def test_what_is_no_id_is_422_or_nothing_is_there(quiet: Service, name: str) -> None:
    for method, path in (("GET", ""), ("GET", ".ics"), ("GET", "/start-url"), ("DELETE", ""), ("PATCH", "")):
        body: dict[str, Any] = {"json": {"topic": "x"}} if method == "PATCH" else {}
        assert problem(quiet.call(method, f"/v1/links/{name}{path}", **body))["status"] in {404, 422}


def test_what_is_not_there_is_404(quiet: Service) -> None:
    nobody = "/v1/links/lnk_" + "0" * 26
    for method, path in (("GET", ""), ("GET", ".ics"), ("GET", "/start-url"), ("DELETE", ""), ("PATCH", "")):
        body: dict[str, Any] = {"json": {"topic": "x"}} if method == "PATCH" else {}
        told = problem(quiet.call(method, nobody + path, **body))
        assert told == {
            "type": "/problems/not-found",
            "title": "It does not exist",
            "status": 404,
            "detail": "There is no such link.",
        }
    for path in ("/nothing", "/v1", "/v1/", "/v1/links/", "/V1/links", "/v1//links", "/.env"):
        told = problem(quiet.call("GET", path))
        assert (told["status"], told["detail"]) == (404, "There is nothing at this address.")


# -- changing ----------------------------------------------------------------------------------------------------------


def test_a_link_is_changed_if_it_is_as_the_caller_knew_it(service: Service, zoom_sandbox: Any) -> None:
    made = service.create()
    path, tag = made.headers["location"], made.headers["etag"]
    changed = service.call("PATCH", path, json={"topic": "Guitar", "duration": 30}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.json() | {"updated_at": ""} == made.json() | {"topic": "Guitar", "duration": 30, "updated_at": ""}
    assert changed.headers["etag"] != tag
    late = service.call("PATCH", path, json={"topic": "Bass"}, headers={"If-Match": tag})
    assert (late.status_code, problem(late)["type"]) == (412, "/problems/changed-meanwhile")
    assert service.call("DELETE", path, headers={"If-Match": tag}).status_code == 412
    read = service.call("GET", path)
    assert (read.content, read.headers["etag"]) == (changed.content, changed.headers["etag"])
    assert service.call("DELETE", path, headers={"If-Match": "*"}).json()["state"] == "cancelled"


def test_of_many_who_change_the_same_version_at_once_one_does(service: Service) -> None:
    made = service.create()
    path, headers = made.headers["location"], {"If-Match": made.headers["etag"]}
    calls = [
        {"method": "PATCH", "path": path, "json": {"topic": f"Lesson {number}"}, "headers": headers}
        for number in range(10)
    ]
    answers = service.together(calls)
    assert sorted(one.status_code for one in answers) == [200] + [412] * 9
    assert service.call("GET", path).content in {one.content for one in answers}


@pytest.mark.parametrize(
    "wrong",
    [
        *({}, {"topic": None}, {"timezone": "Europe/Lisbon"}, {"allow_overlap": True}, {"settings": {}}, {"topic": ""}),
        *({"state": "ready"}, {"id": "lnk_x"}, {"join_url": "https://zoom.us/j/1"}, {"meeting_id": 1}, {"key": "x"}),
        *({"callback": "https://example.com/"}, {"owner": "x"}, {"duration": 0}, {"duration": "60"}, {"duration": 1.0}),
        *({"start": "2020-01-01T00:00:00Z"}, {"start": "2031-12-01T25:00"}, {"agenda": "\0"}, {"passcode": "x y"}),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(service: Service, wrong: dict[str, Any]) -> None:
    made = service.create()
    told = problem(service.call("PATCH", made.headers["location"], json=wrong))
    assert told["status"] == 422
    assert service.call("GET", made.headers["location"]).content == made.content


def test_a_link_is_taken_back_and_never_made_anew(service: Service, zoom_sandbox: Any) -> None:
    path = service.create().headers["location"]
    first, second = service.call("DELETE", path), service.call("DELETE", path)
    assert (first.status_code, first.json()["state"], first.json()["join_url"]) == (200, "cancelled", None)
    assert (second.status_code, second.content) == (200, first.content)
    again = service.create()
    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (201, first.content, "true")
    assert problem(service.call("PATCH", path, json={"topic": "x"}))["status"] == 409
    assert problem(service.call("GET", f"{path}/start-url"))["status"] == 409
    assert [entry["action"] for entry in zoom_sandbox.ledger] == ["create", "delete"]


# -- calendar, start URL -----------------------------------------------------------------------------------------------


def test_a_calendar_file_is_a_download(service: Service) -> None:
    made = service.create().json()
    answer = service.call("GET", f"/v1/links/{made['id']}.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{made["id"]}.ics"'
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "METHOD:PUBLISH" in answer.text
    service.call("DELETE", f"/v1/links/{made['id']}")
    assert "METHOD:CANCEL" in service.call("GET", f"/v1/links/{made['id']}.ics").text


def test_the_hosts_entrance_is_for_the_scope_host_and_stored_by_nobody(service: Service) -> None:
    made = service.create().json()
    answer = service.call("GET", f"/v1/links/{made['id']}/start-url")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert list(answer.json()) == ["start_url"]
    assert "zak=" in answer.json()["start_url"]
    assert answer.json()["start_url"] not in json.dumps(made)
    for scopes in ("links:read links:write", "batches admin", "links:read"):
        refused = service.call("GET", f"/v1/links/{made['id']}/start-url", key=service.make_key(scopes))
        assert (refused.status_code, "zak=" in refused.text) == (403, False)


def test_hosts_and_who_is_free(service: Service) -> None:
    made = service.create().json()
    found = service.call("GET", "/v1/hosts", params={"start_from": "2031-12-01T00:00:00Z"}).json()
    busy = {
        "host": "owner@sandbox.example",
        "start": "2031-12-01T21:24:00Z",
        "end": "2031-12-01T22:24:00Z",
        "link": made["id"],
        "topic": "Guitar lesson",
        "meeting_id": made["meeting_id"],
    }
    assert found["items"][0]["busy"] == [busy]
    taken = service.call(
        "GET", "/v1/hosts/availability", params={"start": "2031-12-01T18:30", "timezone": "America/Sao_Paulo"}
    )
    assert taken.json() == {"hosts": [], "busy": [busy], "next_free": "2031-12-01T22:24:00Z"}
    free = service.call("GET", "/v1/hosts/availability", params={"start": "2031-12-01T22:24:00Z", "duration": 1440})
    assert free.json() == {"hosts": ["owner@sandbox.example"], "busy": [], "next_free": None}


@pytest.mark.parametrize(
    "query",
    [
        *("start_from=2031", "start_from=2031-01-01T00:00:00", "start_to=2040-01-01T00:00:00Z", "foo=1"),
        *("start_from=9999-12-31T23:59:59Z", "start_from=2031-01-02T00:00:00Z&start_to=2031-01-01T00:00:00Z"),
    ],
)
def test_hosts_of_no_time_are_refused(quiet: Service, query: str) -> None:
    assert problem(quiet.call("GET", f"/v1/hosts?{query}"))["status"] == 422


@pytest.mark.parametrize(
    "query",
    [
        *("", "start=2031-12-01T18:24", "start=2031-03-30T02:30&timezone=Europe/Berlin", "start=x%00y", "start=xx"),
        *(
            "start=2031-12-01T18:24Z&duration=0",
            "start=2031-12-01T18:24Z&duration=x",
            "start=2031-12-01T18:24Z&timezone=%00",
        ),
        "start=2031-10-26T02:30&timezone=Europe/Berlin",
    ],
)
def test_who_is_free_at_no_time_is_refused(quiet: Service, query: str) -> None:
    assert problem(quiet.call("GET", f"/v1/hosts/availability?{query}"))["status"] == 422


def test_lesson_is_what_the_tests_say() -> None:
    assert lesson() == LESSON
    assert len({at(number)["start"] for number in range(4800)}) == 4800


def test_of_changes_that_all_know_the_same_link_one_is_made(service: Service) -> None:
    made = service.create()
    tag = {"If-Match": made.headers["etag"]}
    path = f"/v1/links/{made.json()['id']}"
    answers = service.together(
        {"method": "PATCH", "path": path, "json": {"topic": f"Topic {number}"}, "headers": tag} for number in range(4)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    [kept] = [answer.json()["topic"] for answer in answers if answer.status_code == 200]
    assert service.call("GET", path).json()["topic"] == kept
    assert service.call("DELETE", path, headers=tag).status_code == 412
    assert service.call("DELETE", path).json()["state"] == "cancelled"
    assert service.call("DELETE", path, headers=tag).status_code == 412


def test_nothing_that_was_sent_is_read_before_it_is_known_who_asks(service: Service) -> None:
    for body, kind in ((b"[" * 1000, "application/json"), (b"{}", "text/plain")):
        answer = service.call(
            "POST", "/v1/links?odd=1", key=None, content=body, headers={"Content-Type": kind, "Idempotency-Key": "k"}
        )
        assert answer.status_code == 401


def test_an_unknown_host_is_a_wrong_value_and_no_wrong_address(service: Service) -> None:
    answer = service.create(lesson(host="nobody@example.com"))
    assert (answer.status_code, problem(answer)["field"]) == (422, "host")


def test_what_names_nothing_that_could_be_there_is_missing(service: Service) -> None:
    never = service.call("GET", f"/v1/links/lnk_{'0' * 26}")
    odd = service.call("GET", "/v1/links/booking-4711")
    assert (odd.status_code, odd.content) == (404, never.content)


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"start_time": "2031-12-01T18:24"}, "there is no such field. Did you mean start?"),
        ({"durration": 30}, "there is no such field. Did you mean duration?"),
        ({"colour": "red"}, "there is no such field."),
        ({"duration": "60"}, "is no whole number: write it without quotes."),
        ({"duration": 0}, "is less than 1."),
        ({"topic": ""}, "is empty."),
        ({"topic": "x" * 201}, "has more than 200 characters."),
        ({"passcode": "two words"}, "takes 1 to 10 letters, digits and @ * _ ! # $ % & . + = ? ^ -."),
    ],
)
def test_a_field_at_fault_is_told_in_a_sentence(service: Service, change: dict[str, Any], detail: str) -> None:
    [name] = change
    found = problem(service.create(lesson(**change)))
    assert {one["field"]: one["detail"] for one in found["errors"]} == {name: detail}


def test_hints_are_in_the_api_s_own_terms(service: Service) -> None:
    service.create()
    busy = problem(service.create(lesson(host="owner@sandbox.example"), "booking-2"))
    assert busy["hint"] == 'Choose another time or host, or allow the overlap: "allow_overlap": true.'
    bare = problem(service.create({"topic": "Guitar lesson", "start": "2031-12-01T18:24"}, "booking-3"))
    assert bare["hint"] == 'Say which zone it is in: "timezone": "America/Sao_Paulo".'
    reader = service.make_key("links:read", owner="web site")
    refused = problem(service.create(key=reader, name="booking-4"))
    assert (
        refused["hint"]
        == "Make another one: zoomlink keys create NAME --scopes links:read,links:write --owner 'web site'"
    )


def test_links_that_are_gone_on_with_in_the_background_are_counted(services: Services, zoom_sandbox: Any) -> None:
    service = services.new()
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    service.portal.call(partial(service.desks[0].create, wait=0, key="b-1", **LESSON))
    end = time.monotonic() + 30
    counted = ""
    while 'zoomlink_settled_total{state="ready"} 1.0' not in counted:
        assert time.monotonic() < end, counted
        time.sleep(0.05)
        counted = service.call("GET", "/metrics").text
