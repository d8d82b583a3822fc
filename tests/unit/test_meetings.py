"""Creating a meeting: which answers are believed. What does not fit the question leaves the outcome open."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import answer, drive, meeting_answer, refusal, token, without

from zoomlink.client.base import create_flow, request_flow
from zoomlink.errors import InvalidInputError, NotFoundError, OutcomeUnknownError, UnexpectedResponseError
from zoomlink.secret import Secret
from zoomlink.zoom import meetings, users
from zoomlink.zoom.meetings import create, is_join_url, read_created
from zoomlink.zoom.retry import RetryPolicy

POLICY = RetryPolicy()
ASKED = {
    "topic": "Piano lesson",
    "type": 2,
    "start_time": "2031-12-01T21:24:00Z",
    "duration": 60,
    "timezone": "America/Sao_Paulo",
}
ALICE = "alice@example.com"
API = "https://api.zoom.us"

NO_IDS: list[Any] = ["81234567890", 81234567890.0, True, 2**63, 0, -1, None, ..., [], 10**400]
NO_LINKS: list[Any] = [
    ..., None, "", 5, "https://evil.example/j/1", "http://us05web.zoom.us/j/1", "javascript:alert(1)//zoom.us",
    "https://us05web.zoom.us@evil.example/j/1", "https://zoom.us.evil.example/j/1", "https://evil.example\\@zoom.us/j/1",
    "https://user:pw@zoom.us/j/1", "https://zoom.us:8443/j/1", "//zoom.us/j/1", "zoom.us/j/1", "https://evil.example/#zoom.us",
    "https://zoom.us/j/1\r\nSet-Cookie: x", "https://zoom.us/j/ 1", "http://127.0.0.1/j/1", "data:text/html,zoom.us",
    "https://zoom.us/" + "x" * 3000,
]  # fmt: skip


def believed(host: str = ALICE, http: int = 201, **changes: Any) -> Any:
    gone = [name for name, value in changes.items() if value is ...]
    return read_created(answer(http, without(meeting_answer(**changes), *gone)), host, ASKED, API)


def test_an_answer_that_fits_is_believed() -> None:
    meeting = believed()
    assert (meeting.id, meeting.host_email, meeting.passcode) == (81234567890, ALICE, "xY12AB")
    assert meeting.join_url == "https://us05web.zoom.us/j/81234567890?pwd=OAexample.1"
    assert meeting.start_url == Secret("https://us05web.zoom.us/s/81234567890?zak=eyJhbGciOiJub25lIn0.canary-zak")
    assert meeting.warnings == ()
    assert "start_url" not in meeting.raw


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "  piano   LESSON "},
        {"topic": ...},
        {"host_email": "ALICE@example.com"},
        {"host_email": ...},
        {"password": ..., "settings": ...},
        {"uuid": ..., "host_id": ..., "created_at": ...},
        {"new_field": {"a": [1]}},
        {"status": "a new status", "type": 99},
        {"id": 2**63 - 1},
        {"join_url": "https://acme.zoom.us/j/81234567890"},
        {"join_url": "https://zoom.us/j/81234567890"},
        {"join_url": "https://us05web.zoomgov.com/j/81234567890"},
    ],
    ids=",".join,
)
def test_an_answer_that_fits_may_bend(changes: dict[str, Any]) -> None:
    assert believed(**changes).warnings == ()


def test_a_host_by_id_or_me_is_whoever_zoom_says() -> None:
    assert believed("me", host_email="owner@example.com").host_email == "owner@example.com"
    assert believed("Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q", host_email="owner@example.com").host_email == "owner@example.com"


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        *[({"id": value}, "Its answer has no meeting id.") for value in NO_IDS],
        *[({"join_url": value}, "The join link in its answer does not lead to Zoom.") for value in NO_LINKS],
        ({"topic": "Another lesson"}, "Its answer speaks of another topic."),
        ({"topic": "Piano lesson 2"}, "Its answer speaks of another topic."),
        ({"host_email": "bob@example.com"}, "Its answer speaks of another host."),
    ],
    ids=lambda value: repr(value)[:50],
)  # fmt: skip
def test_an_answer_that_does_not_fit_leaves_the_outcome_open(changes: dict[str, Any], doubt: str) -> None:
    with pytest.raises(OutcomeUnknownError) as caught:
        believed(**changes)
    assert caught.value.message == f"It is not known whether Zoom did it. {doubt}"


@pytest.mark.parametrize("status", [200, 202, 203, 206])
def test_another_success_than_201_leaves_it_open(status: int) -> None:
    with pytest.raises(OutcomeUnknownError, match=f"It answered HTTP {status} where 201 is due"):
        believed(http=status)


@pytest.mark.parametrize(
    "response",
    [
        answer(204),
        answer(202),
        answer(200),
        answer(201),
        answer(201, b"{"),
        answer(201, [1]),
        answer(200, {"meetings": []}),
    ],
)
def test_a_create_without_a_meeting_in_its_answer_is_open_and_never_sent_again(response: Any) -> None:
    driver = drive()
    with pytest.raises(OutcomeUnknownError):
        driver.run(create(ALICE, ASKED, policy=POLICY), [response])
    assert driver.sent == 1


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"start_time": "2031-12-01T18:24:00Z"}, "18:24"),
        ({"start_time": ...}, "start"),
        ({"start_time": "soon"}, "start"),
        ({"duration": 40}, "40 minutes"),
    ],
)
def test_what_zoom_changed_is_a_warning_as_the_meeting_exists(changes: dict[str, Any], warning: str) -> None:
    meeting = believed(**changes)
    assert meeting.id == 81234567890
    assert len(meeting.warnings) == 1
    assert warning in meeting.warnings[0]


def test_a_create_goes_to_its_host_once() -> None:
    driver = drive()
    meeting = driver.run(create(ALICE, ASKED, policy=POLICY), [answer(201, meeting_answer())])
    assert meeting.id == 81234567890
    assert [(request.method, request.url) for request in driver.requests] == [
        ("POST", "https://api.zoom.us/v2/users/alice@example.com/meetings")
    ]
    assert json.loads(driver.requests[0].body) == ASKED


def test_beside_a_sandbox_links_may_lead_to_loopback() -> None:
    local = meeting_answer(join_url="http://127.0.0.1:8765/j/1")
    driver = drive()
    tokens = [token(api_url="http://127.0.0.1:8765")]
    assert (
        driver.run(create(ALICE, ASKED, policy=POLICY), [answer(201, local)], tokens=tokens).join_url
        == "http://127.0.0.1:8765/j/1"
    )
    with pytest.raises(OutcomeUnknownError):
        believed(join_url="http://127.0.0.1:8765/j/1")


@given(
    st.text(max_size=40) | st.from_regex(r"https?://[a-z.@:\\\\/#?0-9-]{0,30}(zoom\.us)?[a-z./@]{0,10}", fullmatch=True)
)
def test_no_link_is_handed_out_that_a_browser_would_take_elsewhere(url: str) -> None:
    if is_join_url(url, API):
        assert url.startswith("https://")
        assert "@" not in url.partition("?")[0].split("/")[2]
        host = (
            url[8:]
            .split("/", maxsplit=1)[0]
            .split("?", maxsplit=1)[0]
            .split("#", maxsplit=1)[0]
            .split(":", maxsplit=1)[0]
            .lower()
        )
        assert host.endswith((".zoom.us", ".zoomgov.com")) or host in {"zoom.us", "zoomgov.com"}


def test_an_unknown_host_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="no such user"):
        drive().run(create(ALICE, ASKED, policy=POLICY), [refusal(404, 1001, "User does not exist: x.")])


def test_the_clock_of_the_client_says_what_has_passed() -> None:
    asked: dict[str, Any] = {"topic": "Piano", "timezone": None, "default_timezone": None, "policy": POLICY}
    with pytest.raises(InvalidInputError, match="has passed; it is 2031-06-04 18:00"):
        drive().run(create_flow(ALICE, start="2031-06-04T17:00Z", **asked), [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"meetings": None},
        {"meetings": {}},
        {"meetings": "x"},
        {"users": []},
        {"message": "hello"},
        {"meetings": [1], "page_size": 30},
        {"meetings": [None]},
    ],
    ids=json.dumps,
)
def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(body: Any) -> None:
    """Or a lost meeting would be believed not to exist, and made a second time."""
    for flow in (meetings.pages(ALICE, policy=POLICY).rest(), meetings.pages(ALICE, policy=POLICY).fetch()):
        with pytest.raises(UnexpectedResponseError, match="list"):
            drive().run(flow, [answer(200, body)])


@pytest.mark.parametrize(
    "body", [{"meetings": []}, {"page_size": 300, "total_records": 0}, {"meetings": [], "next_page_token": ""}]
)
def test_an_empty_list_is_empty(body: Any) -> None:
    assert drive().run(meetings.pages(ALICE, policy=POLICY).rest(), [answer(200, body)]) == []
    assert drive().run(meetings.pages(ALICE, policy=POLICY).fetch(), [answer(200, body)]) == []


def test_a_list_of_users_that_cannot_be_read_is_not_empty_either() -> None:
    with pytest.raises(UnexpectedResponseError):
        drive().run(users.pages(policy=POLICY).rest(), [answer(200, {})])


# Any other endpoint ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("BREW", "/x", "method"), ("GET\r\nX: 1", "/x", "method"), ("", "/x", "method"), (None, "/x", "method"), (5, "/x", "method"),
        *[("GET", path, "path") for path in ("", "x", "//evil.example", "/a b", "/a?b=1", "/a#b", "/a\\b", "/a\r\nX: 1", "/../oauth/token", "/a/..", "/v2/users", "/é", "https://evil.example/", None, 5, b"/x")],
    ],
)  # fmt: skip
def test_what_is_no_call_is_refused(method: Any, path: Any, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        drive().run(request_flow(method, path, query=None, body=None, policy=POLICY), [])
    assert caught.value.field == field


def test_any_endpoint_can_be_called() -> None:
    driver = drive()
    flow = request_flow("get", "/users/me/settings", query={"option": "meeting_security"}, body=None, policy=POLICY)
    assert driver.run(flow, [answer(200, {"a": 1})]) == {"a": 1}
    assert driver.requests[0].url == "https://api.zoom.us/v2/users/me/settings?option=meeting_security"
    assert driver.requests[0].method == "GET"
