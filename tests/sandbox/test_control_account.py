"""The control plane over users and apps, its filters, its own description, and who may not use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api


def ask(api: Api, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    return api.send(method, f"/_sandbox{path}", None if body is None else json.dumps(body), headers)


# -- users -------------------------------------------------------------------------------------------------------------


def test_users_are_told(api: Api) -> None:
    users = ask(api, "GET", "/users").json["users"]
    assert [one["email"] for one in users] == [f"{name}@sandbox.example" for name in ("owner", "host1", "host2")]
    assert ask(api, "GET", "/users/me").json == users[0]
    assert ask(api, "GET", f"/users/{users[1]['id']}").json == users[1]


def test_user_is_added(api: Api) -> None:
    wish = {"email": "new@sandbox.example", "type": "basic", "timezone": "Asia/Tokyo", "first_name": "Ana"}
    made = ask(api, "POST", "/users", wish)
    assert made.status == 201
    assert {name: made.json[name] for name in ("email", "type", "timezone", "first_name", "status")} == {
        **wish,
        "type": 1,
        "status": "active",
    }
    assert api.create("new@sandbox.example")["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("wish", "code"), [({"type": 4}, 3161), ({"can_host": False}, 3161), ({"status": "inactive"}, 3161)]
)
def test_user_loses_the_right_to_host_and_gets_it_back(api: Api, wish: dict[str, Any], code: int) -> None:
    path = "/users/host1@sandbox.example"
    assert ask(api, "PATCH", path, wish).status == 200
    refused = api.call("POST", "/users/host1@sandbox.example/meetings", {})
    assert (refused.status, refused.json["code"]) == (400, code)
    assert ask(api, "PATCH", path, {"can_host": True, "status": "active"}).json["type"] == 2
    assert api.create("host1@sandbox.example")


def test_users_settings_are_changed_and_keep_the_others(api: Api) -> None:
    for settings in ({"in_meeting": {"waiting_room": True}}, {"in_meeting": {"chat": False}}):
        assert ask(api, "PATCH", "/users/me", {"settings": settings}).status == 200
    got = api.call("GET", "/users/me/settings").json["in_meeting"]
    assert (got["waiting_room"], got["chat"], got["annotation"]) == (True, False, True)
    assert api.create()["settings"]["waiting_room"] is True


def test_user_may_schedule_for_another(api: Api) -> None:
    ask(api, "PATCH", "/users/me", {"schedules_for": ["host1@sandbox.example"]})
    assert api.create(schedule_for="host1@sandbox.example")["host_email"] == "host1@sandbox.example"
    assert ask(api, "GET", "/users/me").json["schedules_for"] == ["host1@sandbox.example"]


def test_user_goes_with_all_meetings(api: Api) -> None:
    gone, stays = api.create("host1@sandbox.example"), api.create()
    assert ask(api, "DELETE", "/users/host1@sandbox.example").status == 204
    assert api.call("GET", f"/meetings/{gone['id']}").status == 404
    assert api.get(stays["id"])
    assert api.call("GET", "/users/host1@sandbox.example").status == 404
    assert [one["action"] for one in api.ledger()] == ["create", "create", "delete"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/users/nobody", None, 404, "There is no user nobody."),
        ("PATCH", "/users/nobody", {"type": 1}, 404, "There is no user nobody."),
        ("DELETE", "/users/me", None, 400, "The account's owner stays."),
        ("POST", "/users", {"type": 1}, 400, "A new user needs at least"),
        ("POST", "/users", {"email": "x"}, 400, "email: 'x' is not an e-mail address."),
        ("POST", "/users", {"email": "OWNER@sandbox.example"}, 400, "There is a user OWNER@sandbox.example already."),
        ("POST", "/users", {"email": "a@b.example", "status": "x"}, 400, "status is one of active, inactive, pending."),
        ("PATCH", "/users/me", {}, 400, "The body is empty."),
        ("PATCH", "/users/me", {"mail": "x"}, 400, "There is no 'mail' here. Send any of: type,"),
        ("PATCH", "/users/me", {"type": 3}, 400, "type is one of"),
        ("PATCH", "/users/me", {"type": True}, 400, "type is one of"),
        ("PATCH", "/users/me", {"can_host": 1}, 400, "can_host takes true or false."),
        ("PATCH", "/users/me", {"timezone": "Mars"}, 400, "'Mars' is not a time zone"),
        ("PATCH", "/users/me", {"first_name": ""}, 400, "first_name takes a text."),
        ("PATCH", "/users/me", {"schedules_for": ["x@y.example"]}, 400, "there is no user x@y.example."),
        ("PATCH", "/users/me", {"schedules_for": 5}, 400, "schedules_for takes a list"),
        ("PATCH", "/users/me", {"settings": {"x": {}}}, 400, "There is no group 'x' of settings."),
        ("PATCH", "/users/me", {"settings": {"in_meeting": {"x": 1}}}, 400, "There is no setting 'x' in in_meeting."),
        ("PATCH", "/users/me", {"settings": {"in_meeting": {"chat": 1}}}, 400, "in_meeting.chat takes a value like"),
        ("PATCH", "/users/me", {"settings": []}, 400, "settings takes groups"),
    ],
)
def test_senseless_wish_about_users_is_refused_with_a_sentence(
    api: Api, method: str, path: str, body: Any, status: int, words: str
) -> None:
    before = ask(api, "GET", "/users").json
    answer = ask(api, method, path, body)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert words in answer.json["error"]
    assert ask(api, "GET", "/users").json == before


# -- apps --------------------------------------------------------------------------------------------------------------


def test_app_loses_a_scope_and_gets_it_back(api: Api) -> None:
    scope = "user:read:user:admin"
    assert api.call("GET", "/users/me").status == 200
    assert scope not in ask(api, "PATCH", "/apps/sandbox-client", {"remove_scopes": [scope]}).json["scopes"]
    refused = api.call("GET", "/users/me")
    assert (refused.status, refused.json["code"]) == (400, 4711)
    ask(api, "PATCH", "/apps/sandbox-client", {"add_scopes": scope})
    assert api.call("GET", "/users/me").status == 200
    assert api.ask_token().json["scope"].split()[-1] == scope


def test_app_is_deactivated(api: Api) -> None:
    _ = api.token
    ask(api, "PATCH", "/apps/sandbox-client", {"active": False})
    assert (api.call("GET", "/users/me").status, api.ask_token().status) == (401, 400)
    ask(api, "PATCH", "/apps/sandbox-client", {"active": True})
    assert (api.call("GET", "/users/me").status, api.ask_token().status) == (200, 200)


def test_apps_secret_is_replaced_and_never_shown(api: Api) -> None:
    answer = ask(api, "PATCH", "/apps/sandbox-client", {"client_secret": "fresh-secret"})
    assert "fresh-secret" not in answer.body.decode() + ask(api, "GET", "/apps").body.decode()
    assert api.ask_token().json["error"] == "invalid_client"
    assert api.ask_token(client="sandbox-client:fresh-secret").status == 200


def test_apps_tokens_are_revoked(api: Api) -> None:
    _ = api.token
    ask(api, "PATCH", "/apps/sandbox-client", {"revoke_tokens": True})
    assert api.call("GET", "/users/me").json["message"] == "Invalid access token."


def test_second_app_has_tokens_of_its_own(api: Api) -> None:
    made = ask(api, "POST", "/apps", {"client_id": "two", "client_secret": "second", "scopes": ["user:read:user"]})
    assert (made.status, made.json) == (201, {"client_id": "two", "active": True, "scopes": ["user:read:user"]})
    assert api.ask_token(client="two:second").json["scope"] == "user:read:user"
    assert ask(api, "GET", "/apps/two").json == made.json


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/apps/x", None, 404, "There is no app with the client id x."),
        ("PATCH", "/apps/sandbox-client", {"remove_scopes": ["x"]}, 400, "The app does not have the scope x."),
        ("PATCH", "/apps/sandbox-client", {"active": 0}, 400, "active takes true or false."),
        ("POST", "/apps", {"client_id": "x"}, 400, "A new app needs client_id and client_secret."),
        ("POST", "/apps", {"client_id": "sandbox-client", "client_secret": "x"}, 400, "sandbox-client already."),
    ],
)
def test_senseless_wish_about_apps_is_refused_with_a_sentence(
    api: Api, method: str, path: str, body: Any, status: int, words: str
) -> None:
    answer = ask(api, method, path, body)
    assert (answer.status, words in answer.json["error"]) == (status, True)


# -- ledger and requests -----------------------------------------------------------------------------------------------


def test_ledger_is_narrowed(api: Api) -> None:
    first = api.create("host1@sandbox.example", agenda="about zl-abc")
    api.clock(advance=60)
    second = api.create(agenda="zl-def")
    api.call("DELETE", f"/meetings/{second['id']}")

    def found(query: str) -> list[tuple[str, int]]:
        return [(one["action"], one["meeting_id"]) for one in ask(api, "GET", f"/ledger?{query}").json["commits"]]

    assert found("host=HOST1@sandbox.example") == [("create", first["id"])]
    assert found("marker=zl-abc") == [("create", first["id"])]
    assert found("action=delete") == [("delete", second["id"])]
    assert found("since=2031-06-02T10:00:30Z&action=create") == [("create", second["id"])]
    assert found("since=2031-06-02T12:00:30+02:00&action=create") == [("create", second["id"])]
    assert found("host=nobody@sandbox.example") == []


def test_requests_are_narrowed_and_cleared(api: Api) -> None:
    for _ in range(3):
        api.call("GET", "/users/me")
    shown = ask(api, "GET", "/requests?last=2").json
    assert (shown["total"], [one["number"] for one in shown["requests"]]) == (4, [3, 4])
    assert [one["number"] for one in ask(api, "GET", "/requests?since=3").json["requests"]] == [4]
    assert ask(api, "DELETE", "/requests").status == 204
    assert ask(api, "GET", "/requests").json == {"total": 0, "requests": []}
    api.call("GET", "/users/me")
    after = ask(api, "GET", "/requests").json
    assert (after["total"], after["requests"][0]["number"]) == (1, 5)
    assert ask(api, "GET", "/requests?last=x").json == {"error": "last takes a whole number."}


def test_requests_show_headers_and_bodies_without_secrets(api: Api) -> None:
    api.create(password="Pass12", topic="Demo")
    token, create = ask(api, "GET", "/requests").json["requests"]
    assert token["headers"]["authorization"] == "Basic ***"
    assert token["body"] == "grant_type=account_credentials&account_id=sandbox-account"
    assert create["headers"]["authorization"] == "Bearer ***"
    assert create["headers"]["content-type"] == "application/json"
    assert create["body"] == '{"password": "***", "topic": "Demo"}'
    assert (create["ms"], create["faults"]) == (0.0, [])
    assert create["tracking_id"].startswith("v=2.0;clid=us05;rid=WEB_")


def test_secret_at_the_cut_end_of_a_long_body_is_masked(api: Api) -> None:
    api.create(agenda="x" * 2000, topic="y" * 190, tracking_fields=[{"field": "z" * 1000, "value": "v" * 820}])
    body = json.dumps({"agenda": "x" * 4060, "password": "P" * 200})
    api.call("POST", "/users/me/meetings", body.encode())
    assert "PPP" not in ask(api, "GET", "/requests").body.decode()


# -- itself ------------------------------------------------------------------------------------------------------------


def test_control_plane_describes_itself(api: Api) -> None:
    told = ask(api, "GET", "/").json
    assert told["page"] == f"{api.url}/"
    controls = {(one["method"], one["path"]): one["meaning"] for one in told["controls"]}
    assert controls["POST", "/_sandbox/faults"].startswith("a list of rules")
    assert controls["DELETE", "/_sandbox/requests"] == "forget them and count anew; the ledger stays."
    assert all(len(meaning) > 5 for meaning in controls.values())
    assert ask(api, "GET", "").json == told


def test_unknown_control_says_where_the_list_is(api: Api) -> None:
    answer = ask(api, "GET", "/nothing")
    assert (answer.status, answer.json) == (
        404,
        {"error": "The control plane has nothing at /_sandbox/nothing. GET /_sandbox/ lists what it has."},
    )


def test_wrong_method_names_the_right_ones(api: Api) -> None:
    answer = ask(api, "PUT", "/clock")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.json == {"error": "/_sandbox/clock does not take PUT, but GET, POST."}


@pytest.mark.parametrize("path", ["/reset", "/clock", "/users", "/limits"])
def test_client_of_zoom_is_kept_out(api: Api, path: str) -> None:
    api.create()
    answer = ask(api, "POST" if path == "/reset" else "GET", path, Authorization=f"Bearer {api.token}")
    assert answer.status == 400
    assert "takes no bearer token" in answer.json["error"]
    assert len(api.ledger()) == 1


def test_control_plane_is_not_below_zooms_paths(api: Api) -> None:
    for path in ("/_sandbox/reset", "/../_sandbox/reset", "/%2e%2e/_sandbox/reset"):
        assert api.call("POST", path).status in {400, 404, 501}
    api.create()
    assert len(api.ledger()) == 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_page_of_another_site_is_kept_out(api: Api, headers: dict[str, str]) -> None:
    api.create()
    answer = ask(api, "POST", "/reset", **headers)
    assert (answer.status, answer.json) == (403, {"error": "Pages of other sites may not use the control plane."})
    assert len(api.ledger()) == 1
    assert ask(api, "POST", "/reset", Origin=api.url, **{"Sec-Fetch-Site": "same-origin"}).status == 204
