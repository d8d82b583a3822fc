"""What each kind of fault does to a client over real HTTP, and whether the meeting was made all the same."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from zoomsandbox.faults.kinds import KINDS
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api


def create(api: Api, **fields: Any) -> Answer:
    return api.call("POST", "/users/me/meetings", {"topic": "Demo", **fields})


def raw(api: Api, seconds: float = 5.0) -> bytes:
    """Everything that comes back for a create, up to the end of the connection."""
    host, port = urlsplit(api.url).netloc.split(":")
    body = b'{"topic":"Demo"}'
    head = (
        f"POST /v2/users/me/meetings HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {api.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(head.encode() + body)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


# -- no answer ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset-before-commit", ConnectionResetError),
        ("reset-after-commit", ConnectionResetError),
        ("close-before-commit", http.client.RemoteDisconnected),
        ("close-after-commit", http.client.RemoteDisconnected),
        ("hang-before-commit", http.client.RemoteDisconnected),
        ("hang-after-commit", http.client.RemoteDisconnected),
    ],
)
def test_unanswered_create_is_made_or_not_as_its_name_says(
    api: Api, sandbox: ThreadedSandbox, kind: str, error: type[Exception]
) -> None:
    api.ask_token()
    token = api.token
    seconds: dict[str, Any] = {"seconds": 0.05} if kind.startswith("hang") else {}
    sandbox.fail(kind, route="meetings.create", times=1, **seconds)
    with pytest.raises(error) as caught:
        create(api)
    assert type(caught.value) is error
    assert len(sandbox.ledger) == kind.endswith("after-commit")
    last = sandbox.requests[-1]
    assert (last["status"], last["faults"]) == (0, [kind])
    api.close()
    assert api.token == token
    assert create(api).status == 201


def test_hanging_answer_ends_when_the_sandbox_stops() -> None:
    sandbox = ThreadedSandbox().start()
    sandbox.fail("hang-before-commit", route="token")
    host, port = urlsplit(sandbox.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode())
        while not sandbox.world.wire.held:
            assert len(sandbox.requests) <= 1  # asks the sandbox's own thread, which so gets on
        began = time.monotonic()
        sandbox.stop()
        assert connection.recv(1) == b""
    assert time.monotonic() - began < 1


def test_refused_connection_is_refused_until_its_time_is_over(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("refuse-connection", seconds=600, now=True)
    host, port = urlsplit(api.url).netloc.split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
    sandbox.reset()
    assert api.ask_token().status == 200


def test_refused_connection_ends_idle_ones_and_comes_back_by_itself(api: Api, sandbox: ThreadedSandbox) -> None:
    api.ask_token()
    sandbox.fail("refuse-connection", seconds=0.1, now=True)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        api.ask_token()
    deadline = time.monotonic() + 5
    status = 0
    while status != 200:
        assert time.monotonic() < deadline
        api.close()
        with contextlib.suppress(ConnectionRefusedError):
            status = api.ask_token().status


def test_refusing_fault_breaks_off_the_request_that_struck_it(api: Api, sandbox: ThreadedSandbox) -> None:
    api.ask_token()
    sandbox.fail("refuse-connection", route="meetings.create", nth=1, seconds=600)
    _ = api.token
    with pytest.raises(ConnectionResetError):
        create(api)
    api.close()
    with pytest.raises(ConnectionRefusedError):
        create(api)
    sandbox.reset()
    assert sandbox.ledger == []


def test_new_connection_is_closed_on_accept(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("close-on-accept", seconds=600, now=True)
    host, port = urlsplit(api.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        assert connection.recv(1) == b""
    sandbox.reset()
    assert api.ask_token().status == 200


# -- late --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["500", "502", "503", "504"])
def test_late_commit_comes_when_the_clock_gets_there(api: Api, sandbox: ThreadedSandbox, answer: str) -> None:
    sandbox.fail("late-commit", route="meetings.create", nth=1, delay=60, answer=answer)
    assert create(api).status == int(answer)
    sandbox.advance(59)
    assert sandbox.ledger == []
    assert api.listed()["total_records"] == 0
    sandbox.advance(3600)
    assert [(one["action"], one["time"]) for one in sandbox.ledger] == [("create", "2031-06-02T10:01:00Z")]
    assert api.ask_token().status == 200


def test_late_commit_without_an_answer(api: Api, sandbox: ThreadedSandbox) -> None:
    _ = api.token
    sandbox.fail("late-commit", route="meetings.create", nth=1, delay=60, answer="reset")
    with pytest.raises(ConnectionResetError):
        create(api)
    sandbox.advance(60)
    assert len(sandbox.ledger) == 1


def test_late_commit_in_real_time_needs_no_moved_clock(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("late-commit", route="meetings.create", nth=1, delay=0.05, clock="real")
    assert create(api).status == 504
    deadline = time.monotonic() + 5
    while not sandbox.ledger:
        assert time.monotonic() < deadline


def test_late_commit_is_forgotten_by_a_reset(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("late-commit", route="meetings.create", delay=60)
    create(api)
    sandbox.reset()
    sandbox.advance(3600)
    assert sandbox.ledger == []


def test_commit_twice_makes_two_and_answers_one(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("commit-twice", route="meetings.create")
    made = create(api).json
    assert [one["action"] for one in sandbox.ledger] == ["create", "create"]
    assert sandbox.ledger[0]["meeting_id"] == made["id"]


# -- the bytes of the answer -------------------------------------------------------------------------------------------


def test_cut_body_ends_after_so_many_bytes(api: Api, sandbox: ThreadedSandbox) -> None:
    for at in (0, 1, 100):
        sandbox.mend()
        sandbox.fail("cut-body", route="meetings.create", at=at)
        head, _, body = raw(api).partition(b"\r\n\r\n")
        promised = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        assert head.startswith(b"HTTP/1.1 201 Created\r\n")
        assert (len(body), promised > 1000) == (at, True)
    assert len(sandbox.ledger) == 3


def test_cut_body_may_end_with_a_reset(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("cut-body", route="meetings.create", at=5, end="reset")
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        create(api)
    assert len(sandbox.ledger) == 1


def test_cut_head_ends_within_it(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("cut-head", route="meetings.create", at=15)
    assert raw(api) == b"HTTP/1.1 201 Cr"
    assert len(sandbox.ledger) == 1


def test_cut_chunked_lacks_the_last_chunk(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("cut-chunked", route="meetings.create", at=8)
    head, _, body = raw(api).partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    assert (body[:3], body[-2:], len(body)) == (b"8\r\n", b"\r\n", 13)


@pytest.mark.parametrize(
    ("kind", "by", "wrong"),
    [("content-length-too-large", 7, [7]), ("content-length-too-small", 7, [-7]), ("content-length-twice", 7, [0, 7])],
)
def test_content_length_is_wrong(api: Api, sandbox: ThreadedSandbox, kind: str, by: int, wrong: list[int]) -> None:
    sandbox.fail(kind, route="meetings.create", by=by)
    head, _, body = raw(api).partition(b"\r\n\r\n")
    given = [int(line.split(b": ")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")]
    assert given == [len(body) + one for one in wrong]
    assert json.loads(body)["topic"] == "Demo"


def test_dripped_answer_comes_slowly_and_ends_unfinished(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("drip", route="meetings.create", bytes_per_second=100, seconds=0.2)
    began = time.monotonic()
    got = raw(api)
    assert 0.15 < time.monotonic() - began < 3
    assert got.startswith(b"HTTP/1.1 2")
    assert len(got) <= 30


def test_dripped_answer_is_whole_when_there_is_time(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("drip", route="meetings.create", bytes_per_second=1_000_000)
    assert create(api).json["topic"] == "Demo"


def test_header_is_huge(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("huge-header", route="meetings.create", kilobytes=200)
    head, _, body = raw(api).partition(b"\r\n\r\n")
    assert len(head) > 200 * 1024
    assert json.loads(body)["topic"] == "Demo"


def test_body_is_huge(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("huge-body", route="meetings.create", megabytes=3)
    answer = create(api)
    assert len(answer.body) > 3 << 20
    assert answer.json["topic"] == "Demo"


def test_gzip_bomb_is_small_on_the_way(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("gzip-bomb", route="meetings.create", megabytes=2)
    answer = create(api)
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 20_000
    plain = gzip.decompress(answer.body)
    assert len(plain) > 2 << 20
    assert json.loads(plain)["topic"] == "Demo"


@pytest.mark.parametrize(
    ("encoding", "begins"),
    [("utf-16", b"\xff\xfe{"), ("bom", b"\xef\xbb\xbf{"), ("gzip-unsaid", b"\x1f\x8b"), ("text-plain", b"{")],
)
def test_encoding_is_odd(api: Api, sandbox: ThreadedSandbox, encoding: str, begins: bytes) -> None:
    sandbox.fail("odd-encoding", route="meetings.create", encoding=encoding)
    assert create(api).body.startswith(begins)


def test_encoding_may_be_none_at_all(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("odd-encoding", route="meetings.create", encoding="invalid-utf-8")
    with pytest.raises(UnicodeDecodeError):
        create(api).body.decode()
    sandbox.mend()
    sandbox.fail("odd-encoding", route="meetings.create", encoding="unknown-charset")
    assert create(api).headers["content-type"] == "application/json;charset=no-such-charset"


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ("nan", b'"score":NaN}'),
        ("huge-number", b'"score":1e999}'),
        ("duplicate-keys", b'"id":1,"join_url":"https://elsewhere.example/j/1"}'),
        ("trailing", b"-->"),
        ("deep", b"]" * 1000),
        ("list", b"}]"),
        ("null", b"null"),
        ("text", b'"ok"'),
        ("empty", b""),
    ],
)
def test_json_is_odd(api: Api, sandbox: ThreadedSandbox, change: str, ends: bytes) -> None:
    sandbox.fail("odd-json", route="meetings.create", change=change)
    answer = create(api)
    assert (answer.status, answer.body[-len(ends) or 0 :][: len(ends)]) == (201, ends)
    assert len(sandbox.ledger) == 1


def test_json_is_truncated(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("odd-json", route="meetings.create", change="truncated")
    with pytest.raises(json.JSONDecodeError):
        _ = create(api).json


def test_answer_is_garbage(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("garbage", route="meetings.create")
    with pytest.raises(http.client.BadStatusLine):
        create(api)
    assert len(sandbox.ledger) == 1


@pytest.mark.parametrize("status", [100, 103])
def test_informational_answer_comes_first(api: Api, sandbox: ThreadedSandbox, status: int) -> None:
    sandbox.fail("informational-first", route="meetings.create", status=status)
    first, _, rest = raw(api).partition(b"\r\n\r\n")
    assert first == f"HTTP/1.1 {status} Wait".encode()
    assert rest.startswith(b"HTTP/1.1 201 Created")


def test_connection_is_closed_after_the_answer(api: Api, sandbox: ThreadedSandbox) -> None:
    _ = api.token
    sandbox.fail("close-after-answer", route="meetings.create", times=1)
    answer = create(api)
    assert (answer.status, "connection" in answer.headers) == (201, False)
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        create(api)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("when", ["before", "after"])
def test_server_error_stands_before_or_after_the_commit(
    api: Api, sandbox: ThreadedSandbox, status: int, when: str
) -> None:
    sandbox.fail(f"{status}-{when}-commit", route="meetings.create", nth=1)
    assert create(api).status == status
    assert len(sandbox.ledger) == (when == "after")
    assert create(api).status == 201


@pytest.mark.parametrize(
    ("body", "begins", "kind"),
    [
        ("json", b'{"code":500', "application/json;charset=UTF-8"),
        ("html", b"<html>", "text/html"),
        ("xml", b"<?xml", "application/xml"),
    ],
)
def test_server_error_has_the_body_chosen(
    api: Api, sandbox: ThreadedSandbox, body: str, begins: bytes, kind: str
) -> None:
    sandbox.fail("500-before-commit", body=body)
    answer = api.ask_token()
    assert (answer.status, answer.headers["content-type"]) == (500, kind)
    assert answer.body.startswith(begins)


@pytest.mark.parametrize(("kind", "begins"), [("html-page", b"<html>"), ("xml-page", b"<?xml")])
def test_page_with_any_status(api: Api, sandbox: ThreadedSandbox, kind: str, begins: bytes) -> None:
    sandbox.fail(kind, route="meetings.create", status=200, when="after")
    answer = create(api)
    assert (answer.status, answer.body[: len(begins)]) == (200, begins)
    assert len(sandbox.ledger) == 1


def test_redirect_leads_elsewhere(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("redirect", route="meetings.create", status=307, to="https://elsewhere.example/x")
    answer = create(api)
    assert (answer.status, answer.headers["location"]) == (307, "https://elsewhere.example/x")
    assert sandbox.ledger == []


@pytest.mark.parametrize(
    ("kind", "words", "headers"),
    [
        (
            "429-per-second",
            "You have reached the maximum per-second rate limit for this API. Try again later.",
            {"x-ratelimit-type": "QPS", "x-ratelimit-remaining": "0", "x-ratelimit-category": "Light"},
        ),
        (
            "429-daily",
            (
                "You have reached the maximum daily rate limit for this API. "
                "Refer to the response header for details on when you can make another request."
            ),
            {"x-ratelimit-type": "Daily-limit", "retry-after": "2031-06-03T00:00:00Z"},
        ),
        (
            "429-host-daily",
            (
                "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
                "particular user. You may resume these requests at GMT 00:00:00."
            ),
            {"x-ratelimit-type": None, "retry-after": None},
        ),
        (
            "429-concurrent",
            "Too many concurrent requests. A request to disassociate this user has already been made.",
            {"retry-after": None},
        ),
    ],
)
def test_limit_refuses_in_zooms_words(
    api: Api, sandbox: ThreadedSandbox, kind: str, words: str, headers: dict[str, str | None]
) -> None:
    sandbox.fail(kind, route="meetings.create")
    answer = create(api)
    assert (answer.status, answer.json) == (429, {"code": 429, "message": words})
    assert {name: answer.headers[name] for name in headers} == headers
    assert sandbox.ledger == []


def test_limit_may_come_without_headers_or_with_odd_ones(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("429-daily", route="meetings.create", nth=1, headers=False)
    sandbox.fail("429-per-second", route="meetings.create", nth=2, retry_after="soon", status=200, code=4001)
    bare, odd = create(api), create(api)
    assert not [name for name in bare.headers if name.lower().startswith(("x-ratelimit", "retry"))]
    assert (odd.status, odd.json["code"], odd.headers["retry-after"]) == (200, 4001, "soon")


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_token_is_refused_once(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("401-once")
    refused = create(api)
    assert (refused.status, refused.json) == (401, {"code": 124, "message": "Access token is expired."})
    assert create(api).status == 201


def test_token_may_be_refused_more_often(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("401-once", times=2, message="invalid")
    assert [create(api).status for _ in range(3)] == [401, 401, 201]
    assert sandbox.faults[0]["hits"] == 2


def test_token_endpoint_refuses_in_its_own_form(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("token-refused", error="invalid_request", reason="Bad Request")
    answer = api.ask_token()
    assert (answer.status, answer.json) == (400, {"reason": "Bad Request", "error": "invalid_request"})


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ("no-expires-in", "expires_in", None),
        ("expires-in-text", "expires_in", "3600"),
        ("expires-in-zero", "expires_in", 0),
        ("expires-in-negative", "expires_in", -1),
        ("expires-in-huge", "expires_in", 10**12),
        ("no-token", "access_token", None),
        ("no-api-url", "api_url", None),
        ("foreign-api-url", "api_url", "https://api.zoom.us.elsewhere.example"),
        ("http-api-url", "api_url", "http://api.zoom.us"),
        ("fewer-scopes", "scope", "user:read:user:admin"),
    ],
)
def test_token_answer_is_odd(api: Api, sandbox: ThreadedSandbox, change: str, name: str, value: object) -> None:
    sandbox.fail("altered-token", change=change)
    assert api.ask_token().json.get(name) == value


def test_token_itself_is_odd(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("altered-token", change="token-with-newline", nth=1)
    sandbox.fail("altered-token", change="token-too-long", nth=2)
    assert "\r\n" in api.ask_token().json["access_token"]
    assert len(api.ask_token().json["access_token"]) > 65536


def test_token_takes_its_time(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("slow-token", seconds=0.1)
    began = time.monotonic()
    assert api.ask_token().status == 200
    assert time.monotonic() - began >= 0.1


# -- lists -------------------------------------------------------------------------------------------------------------


def test_new_meeting_is_not_listed_yet(api: Api, sandbox: ThreadedSandbox) -> None:
    old = create(api).json["id"]
    sandbox.advance(60)
    sandbox.fail("list-lag", seconds=30)
    new = create(api).json["id"]
    assert ([one["id"] for one in api.listed()["meetings"]], api.listed()["total_records"]) == ([old], 1)
    assert api.get(new)["id"] == new
    sandbox.advance(30)
    assert api.listed()["total_records"] == 2


def test_later_page_fails(api: Api, sandbox: ThreadedSandbox) -> None:
    for _ in range(3):
        create(api)
    sandbox.fail("page-fails", status=502, nth=1)
    page = api.listed("?page_size=1")
    query = f"?page_size=1&next_page_token={page['next_page_token']}"
    assert api.call("GET", f"/users/me/meetings{query}").status == 502
    assert api.call("GET", f"/users/me/meetings{query}").status == 200


def test_page_token_is_expired(api: Api, sandbox: ThreadedSandbox) -> None:
    for _ in range(2):
        create(api)
    sandbox.fail("page-token-expired")
    token = api.listed("?page_size=1")["next_page_token"]
    answer = api.call("GET", f"/users/me/meetings?page_size=1&next_page_token={token}")
    assert (answer.status, answer.json["message"]) == (400, "The next page token is invalid or expired.")
    assert api.call("GET", "/users/me/meetings?page_size=1&page_number=2").status == 400


def test_page_token_leads_in_a_circle(api: Api, sandbox: ThreadedSandbox) -> None:
    for _ in range(3):
        create(api)
    sandbox.fail("page-token-forever")
    first = api.listed("?page_size=2")
    again = api.listed(f"?page_size=2&next_page_token={first['next_page_token']}")
    assert first["next_page_token"]
    assert again == first


# -- content -----------------------------------------------------------------------------------------------------------


def test_agenda_is_stripped_in_lists_only(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("agenda-stripped")
    made = create(api, agenda="zl-mark").json
    assert made["agenda"] == "zl-mark"
    assert api.get(made["id"])["agenda"] == "zl-mark"
    assert [one["agenda"] for one in api.listed()["meetings"]] == [""]


def test_agenda_is_edited_everywhere(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("agenda-edited", where="everywhere", to="{agenda} and more")
    made = create(api, agenda="zl-mark").json
    assert made["agenda"] == "zl-mark and more"
    assert api.get(made["id"])["agenda"] == "zl-mark and more"
    assert [one["agenda"] for one in api.listed()["meetings"]] == ["zl-mark and more"]
    assert sandbox.ledger[0]["agenda"] == "zl-mark"


def test_agenda_is_not_even_stored(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("agenda-stripped", where="stored")
    create(api, agenda="zl-mark")
    assert sandbox.ledger[0]["agenda"] == ""
    assert '"agenda": "zl-mark"' in sandbox.requests[-1]["body"]


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ("id-missing", "id", None),
        ("id-null", "id", None),
        ("id-too-large", "id", 2**63),
        ("script-join-url", "join_url", "javascript:alert(1)"),
        ("no-join-url", "join_url", None),
        ("other-topic", "topic", "Somebody else's meeting"),
        ("other-host", "host_email", "somebody@elsewhere.example"),
        ("moved-start", "start_time", "2031-12-01T19:24:00Z"),
        ("no-start", "start_time", None),
    ],
)
def test_create_answer_is_altered(api: Api, sandbox: ThreadedSandbox, change: str, name: str, value: object) -> None:
    sandbox.fail("altered-answer", change=change)
    assert create(api, start_time="2031-12-01T18:24:00Z").json.get(name) == value
    assert (sandbox.ledger[0]["topic"], sandbox.ledger[0]["host"]) == ("Demo", "owner@sandbox.example")


def test_create_answer_has_another_kind_of_id(api: Api, sandbox: ThreadedSandbox) -> None:
    for change, make in (("id-as-string", str), ("id-as-float", float), ("id-negative", int.__neg__)):
        sandbox.mend()
        sandbox.fail("altered-answer", change=change)
        got = create(api).json["id"]
        right = make(sandbox.ledger[-1]["meeting_id"])
        assert (got, type(got)) == (right, type(right))


@pytest.mark.parametrize("change", ["foreign-join-url", "userinfo-join-url"])
def test_join_url_leads_elsewhere(api: Api, sandbox: ThreadedSandbox, change: str) -> None:
    sandbox.fail("altered-answer", change=change)
    url = urlsplit(create(api).json["join_url"])
    assert (url.scheme, (url.hostname or "").endswith("elsewhere.example"), url.path[:3]) == ("https", True, "/j/")


def test_create_answer_is_altered_at_will(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("altered-answer", set={"status": "odd"}, remove=["uuid"])
    made = create(api).json
    assert (made["status"], "uuid" in made) == ("odd", False)


def test_refusal_is_not_altered(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("altered-answer", change="id-missing")
    assert create(api, duration=0).json["code"] == 300


# -- time --------------------------------------------------------------------------------------------------------------


def test_latency_delays_the_route_it_names(api: Api, sandbox: ThreadedSandbox) -> None:
    _ = api.token
    sandbox.fail("latency", route="meetings.create", ms=80)
    began = time.monotonic()
    create(api)
    slow = time.monotonic() - began
    api.call("GET", "/users/me")
    assert slow >= 0.08
    assert time.monotonic() - began - slow < slow


def test_latency_joins_in_with_what_ends_the_answer(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("latency", route="meetings.create", ms=1, most_ms=5)
    sandbox.fail("503-before-commit", route="meetings.create", times=1)
    assert [create(api).status for _ in range(2)] == [503, 201]
    assert sandbox.requests[-2]["faults"] == ["latency", "503-before-commit"]


def test_fault_after_the_commit_also_strikes_a_refusal(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("502-after-commit", route="meetings.create")
    assert create(api, duration=0).status == 502
    assert api.send("POST", "/v2/users/me/meetings", b"{}", {"Authorization": "Bearer wrong"}).status == 502


def test_every_kind_is_told_in_words() -> None:
    for kind in KINDS.values():
        assert kind.says.endswith(".")
        assert all(argument.says for argument in kind.arguments)
