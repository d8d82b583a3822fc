"""Getting one meeting and listing a host's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api

    from zoomsandbox.server import ThreadedSandbox


LISTED = (
    "uuid", "id", "host_id", "topic", "type", "start_time", "duration", "timezone", "agenda", "created_at", "join_url"
)  # fmt: skip


def test_get_answers_what_create_did_but_a_fresh_start_url(api: Api) -> None:
    made = api.create(topic="Demo", agenda="a" * 300, start_time="2031-12-01T18:24:00Z", settings={"focus_mode": True})
    got = api.get(made["id"])
    assert list(got) == list(made)
    assert got.pop("start_url") != made.pop("start_url")
    assert got == made


@pytest.mark.parametrize("meeting_id", ["12345678901", "0", "abc", "-1", "9" * 40, "%20", "1%2F2"])
def test_get_of_an_unknown_meeting_is_refused(api: Api, meeting_id: str) -> None:
    answer = api.call("GET", f"/meetings/{meeting_id}")
    assert (answer.status, answer.json["code"]) == (404, 3001)


def test_unknown_meeting_is_named(api: Api) -> None:
    answer = api.call("GET", "/meetings/12345678901")
    assert answer.json == {"code": 3001, "message": "Meeting does not exist: 12345678901."}


def test_get_of_a_host_who_lost_the_right_is_refused(api: Api, sandbox: ThreadedSandbox) -> None:
    meeting = api.create("host1@sandbox.example")
    sandbox.world.users.get("host1@sandbox.example").type = 4
    answer = api.call("GET", f"/meetings/{meeting['id']}")
    message = "Your user account is not allowed meeting hosting and scheduling capabilities."
    assert (answer.status, answer.json) == (400, {"code": 3161, "message": message})


# -- lists -------------------------------------------------------------------------------------------------------------


def test_list_shows_little_of_each_meeting(api: Api) -> None:
    made = api.create(topic="Demo", agenda="a" * 300, start_time="2031-12-01T18:24:00Z")
    page = api.listed()
    assert list(page) == ["next_page_token", "page_count", "page_number", "page_size", "total_records", "meetings"]
    expected = {name: made[name] for name in LISTED}
    assert page["meetings"] == [expected | {"agenda": "a" * 250}]


def test_list_of_nothing_is_empty(api: Api) -> None:
    assert api.listed() == {
        "next_page_token": "",
        "page_count": 0,
        "page_number": 1,
        "page_size": 30,
        "total_records": 0,
        "meetings": [],
    }


def test_list_shows_only_the_hosts_own(api: Api) -> None:
    mine = api.create("host1@sandbox.example")
    api.create("host2@sandbox.example")
    assert [one["id"] for one in api.listed(user="HOST1@sandbox.example")["meetings"]] == [mine["id"]]


@pytest.mark.parametrize("kind", [1, 10])
def test_list_hides_instant_meetings(api: Api, kind: int) -> None:
    api.create(type=kind)
    assert api.listed()["total_records"] == 0


def ids(page: Any) -> list[int]:
    return [one["id"] for one in page["meetings"]]


def walk(api: Api, query: str) -> list[list[int]]:
    pages, token = [], ""
    while True:
        page = api.listed(f"?{query}&next_page_token={token}")
        pages.append(ids(page))
        token = page["next_page_token"]
        if not token:
            return pages


def test_pages_hold_each_meeting_once(api: Api) -> None:
    made = {api.create(start_time=f"2031-07-{day:02}T10:00:00Z")["id"] for day in range(1, 8)}
    pages = walk(api, "page_size=3")
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {one for page in pages for one in page} == made


def test_pages_hold_each_meeting_once_though_others_come_and_go(api: Api) -> None:
    made = [api.create(start_time=f"2031-07-{day:02}T10:00:00Z")["id"] for day in range(2, 8)]
    first = api.listed("?page_size=3")
    api.create(start_time="2031-07-01T10:00:00Z")
    api.call("DELETE", f"/meetings/{made[0]}")
    second = api.listed(f"?page_size=3&next_page_token={first['next_page_token']}")
    assert ids(first) + ids(second) == made


def test_pages_may_be_numbered(api: Api) -> None:
    made = [api.create(start_time=f"2031-07-{day:02}T10:00:00Z")["id"] for day in range(1, 6)]
    page = api.listed("?page_size=2&page_number=2")
    assert ids(page) == made[2:4]
    assert (page["page_number"], page["page_count"], page["total_records"]) == (2, 3, 5)
    assert ids(api.listed("?page_size=2&page_number=9")) == []


@pytest.mark.parametrize(("given", "used"), [("", 30), ("0", 30), ("-5", 30), ("300", 300), ("5000", 300)])
def test_page_size_has_its_limits(api: Api, given: str, used: int) -> None:
    assert api.listed(f"?page_size={given}")["page_size"] == used


def test_page_token_dies_after_fifteen_minutes(api: Api) -> None:
    for _ in range(2):
        api.create()
    token = api.listed("?page_size=1")["next_page_token"]
    api.clock(advance=899)
    assert len(ids(api.listed(f"?page_size=1&next_page_token={token}"))) == 1
    api.clock(advance=1)
    answer = api.call("GET", f"/users/me/meetings?page_size=1&next_page_token={token}")
    assert answer.status == 400
    assert answer.json == {"code": 300, "message": "The next page token is invalid or expired."}


@pytest.mark.parametrize("token", ["nonsense", "%00", "a" * 500, "é"])
def test_page_token_that_was_never_given_is_refused(api: Api, token: str) -> None:
    quoted = token.encode().hex() if not token.isascii() else token
    answer = api.call("GET", f"/users/me/meetings?next_page_token={quoted}")
    assert (answer.status, answer.json["message"]) == (400, "The next page token is invalid or expired.")


def test_page_token_of_another_list_is_refused(api: Api) -> None:
    for _ in range(2):
        api.create()
    token = api.listed("?page_size=1")["next_page_token"]
    for path in (f"/users/host1@sandbox.example/meetings?next_page_token={token}", f"/users?next_page_token={token}"):
        assert api.call("GET", path).status == 400


def test_kinds_of_lists(api: Api, sandbox: ThreadedSandbox) -> None:
    early = api.create(start_time="2031-06-02T10:00:00Z", duration=30)["id"]
    later = api.create(start_time="2031-06-02T18:00:00Z")["id"]
    open_end = api.create(type=3)["id"]
    far = api.create(start_time="2032-06-02T18:00:00Z")["id"]
    api.clock(advance=3000)
    sandbox.world.meetings.by_number(later).started = True
    sandbox.world.meetings._shelves[sandbox.world.users.owner.id].live.add(later)
    assert ids(api.listed("?type=scheduled")) == [early, later, far, open_end]
    assert ids(api.listed("?type=upcoming")) == [later, open_end]
    assert ids(api.listed("?type=upcoming_meetings")) == [later, open_end]
    assert ids(api.listed("?type=previous_meetings")) == [early]
    assert ids(api.listed("?type=live")) == [later]


def test_running_meeting_is_upcoming_until_it_ends(api: Api) -> None:
    meeting = api.create(duration=30)["id"]
    api.clock(advance=1800)
    assert ids(api.listed("?type=upcoming")) == [meeting]
    api.clock(advance=1)
    assert ids(api.listed("?type=upcoming")) == []


def test_lists_of_two_stretches_have_pages_too(api: Api) -> None:
    near = [api.create(start_time=f"2031-07-{day:02}T10:00:00Z")["id"] for day in range(1, 4)]
    far = api.create(start_time="2033-07-01T10:00:00Z")["id"]
    timeless = sorted(api.create(type=3)["id"] for _ in range(2))
    pages = walk(api, "type=upcoming&page_size=2")
    assert [one for page in pages for one in page] == near + timeless
    assert far not in pages[-1]


def test_list_may_be_narrowed_to_days_of_a_zone(api: Api) -> None:
    api.create(start_time="2031-07-01T02:00:00Z")
    inside = api.create(start_time="2031-07-02T02:00:00Z")["id"]
    api.create(start_time="2031-07-02T04:30:00Z")
    api.create(type=3)
    query = "?from=2031-07-01&to=2031-07-01&timezone=America/New_York"
    assert ids(api.listed(query)) == [inside]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("type=all", "type", "Invalid parameter: type."),
        ("page_size=many", "page_size", "Invalid field."),
        ("page_number=x", "page_number", "Invalid field."),
        ("from=01.07.2031", "from", "Invalid field."),
        ("to=2031-02-30", "to", "Invalid field."),
        ("to=9999-12-31", "to", "Invalid field."),
        ("timezone=Mars/Base", "timezone", "Invalid field."),
    ],
)
def test_list_query_that_makes_no_sense_is_refused(api: Api, query: str, field: str, message: str) -> None:
    answer = api.call("GET", f"/users/me/meetings?{query}")
    assert answer.status == 400
    assert answer.json == {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [{"field": field, "message": message}],
    }


def test_list_of_an_unknown_user_is_refused(api: Api) -> None:
    answer = api.call("GET", "/users/nobody@sandbox.example/meetings")
    assert (answer.status, answer.json["message"]) == (404, "User does not exist: nobody@sandbox.example.")


def test_list_of_a_user_without_the_right_is_refused(start: Callable[..., Api]) -> None:
    api = start(users=("o@sandbox.example", "x@sandbox.example:unassigned"))
    answer = api.call("GET", "/users/x@sandbox.example/meetings")
    message = "Meeting hosting and scheduling capabilities are not allowed for your user account."
    assert (answer.status, answer.json) == (400, {"code": 3161, "message": message})


# -- expiry ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "life"),
    [
        ({"type": 1}, 86_400),
        ({"type": 2, "duration": 60}, 3600 + 30 * 86_400),
        ({"type": 3}, 365 * 86_400),
        ({"type": 8, "duration": 60, "recurrence": {"type": 1, "end_times": 2}}, 86_400 + 3600 + 365 * 86_400),
    ],
)
def test_meeting_expires(api: Api, fields: dict[str, Any], life: int) -> None:
    meeting = api.create(**fields)["id"]
    api.clock(advance=life - 1)
    api._token = ""
    assert api.get(meeting)["id"] == meeting
    api.clock(advance=1)
    assert api.call("GET", f"/meetings/{meeting}").status == 404
    assert api.listed()["total_records"] == 0
