"""Who is let in below /v2, what unknown paths answer, and what every answer carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api

INVALID = {"code": 124, "message": "Invalid access token."}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic abc", "nonsense"])
def test_call_without_a_known_token_is_refused(api: Api, header: str) -> None:
    answer = api.send("GET", "/v2/users/me", headers={"Authorization": header})
    assert (answer.status, answer.json) == (401, INVALID)


def test_call_without_authorization_is_refused(api: Api) -> None:
    answer = api.send("POST", "/v2/users/me/meetings", "{}")
    assert (answer.status, answer.json) == (401, INVALID)


def test_call_with_an_expired_token_is_refused(api: Api) -> None:
    assert api.call("GET", "/users/me").status == 200
    api.clock(advance=3599)
    assert api.call("GET", "/users/me").status == 200
    api.clock(advance=1)
    answer = api.call("GET", "/users/me")
    assert (answer.status, answer.json) == (401, {"code": 124, "message": "Access token is expired."})


def test_token_in_the_query_is_refused(api: Api) -> None:
    answer = api.send("GET", f"/v2/users/me?access_token={api.token}")
    assert answer.status == 401
    assert answer.json == {
        "code": 124,
        "message": "Invalid access token, this access token is not supported as query parameter string.",
    }


def test_bearer_word_may_be_written_in_any_case(api: Api) -> None:
    assert api.send("GET", "/v2/users/me", headers={"Authorization": f"bearer {api.token}"}).status == 200


def test_missing_granular_scope_is_named(start: Callable[..., Api]) -> None:
    api = start(scopes="user:read:user:admin")
    assert api.call("GET", "/users/me").status == 200
    answer = api.call("POST", "/users/me/meetings", {})
    assert answer.status == 400
    assert answer.json == {
        "code": 4711,
        "message": "Invalid access token, does not contain scopes:"
        "[meeting:write:meeting, meeting:write:meeting:admin].",
    }
    assert api.ledger() == []


def test_missing_classic_scope_is_named_for_an_app_with_classic_scopes(start: Callable[..., Api]) -> None:
    api = start(scopes="meeting:read:admin")
    message = "Invalid access token, does not contain scopes:[meeting:write:admin, meeting:write]."
    assert api.call("POST", "/users/me/meetings", {}).json == {"code": 4711, "message": message}


def test_classic_scopes_open_everything_they_cover(start: Callable[..., Api]) -> None:
    api = start(scopes="classic")
    meeting = api.create()
    assert api.call("DELETE", f"/meetings/{meeting['id']}").status == 204
    assert api.call("GET", "/users").status == 200


@pytest.mark.parametrize("path", ["/v2/nonsense", "/v2/users/me/nonsense", "/v2", "/v2/"])
def test_path_that_zoom_does_not_have_is_not_recognized(api: Api, path: str) -> None:
    answer = api.send("GET", path)
    expected = (404, 404) if path == "/v2" else (400, 2300)
    assert (answer.status, answer.json["code"]) == expected


def test_method_that_zoom_does_not_have_is_not_recognized(api: Api) -> None:
    answer = api.send("PUT", "/v2/users/me/meetings", "{}")
    assert (answer.status, answer.json) == (400, {"code": 2300, "message": "This API endpoint is not recognized."})


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v2/meetings/1/polls"), ("PATCH", "/v2/webinars/1"), ("GET", "/v2/phone/users"), ("POST", "/v2/users")],
)
def test_operation_of_zoom_that_is_not_imitated_says_so(api: Api, method: str, path: str) -> None:
    answer = api.send(method, path)
    assert answer.status == 501
    assert answer.json["message"].startswith(f"Zoom has {method} {path}, but zoomsandbox does not imitate it.")


def test_path_outside_zoom_says_where_things_are(api: Api) -> None:
    answer = api.send("GET", "/users/me/meetings")
    assert answer.status == 404
    assert "Zoom's API is below /v2" in answer.json["message"]


@pytest.mark.parametrize("path", ["/v2/users/me", "/v2/nonsense", "/", "/_sandbox/clock", "/j/1", "/oauth/token"])
def test_every_answer_carries_a_tracking_id(api: Api, path: str) -> None:
    found = api.send("GET", path).headers["x-zm-trackingid"]
    assert re.fullmatch(r"v=2\.0;clid=us05;rid=WEB_[0-9a-f]{32}", found)


def test_tracking_ids_differ(api: Api) -> None:
    ids = {api.send("GET", "/v2/users/me").headers["x-zm-trackingid"] for _ in range(5)}
    assert len(ids) == 5
