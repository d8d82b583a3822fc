"""Users: list, get, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api

    from zoomsandbox.server import ThreadedSandbox


def test_list_shows_the_account(api: Api) -> None:
    page = api.call("GET", "/users").json
    assert (page["total_records"], page["page_size"], page["next_page_token"]) == (3, 30, "")
    assert [(user["email"], user["type"], user["status"], user["role_id"]) for user in page["users"]] == [
        ("owner@sandbox.example", 2, "active", "0"),
        ("host1@sandbox.example", 2, "active", "2"),
        ("host2@sandbox.example", 2, "active", "2"),
    ]


def test_list_has_pages(api: Api) -> None:
    first = api.call("GET", "/users?page_size=2").json
    assert (len(first["users"]), first["page_count"]) == (2, 2)
    second = api.call("GET", f"/users?page_size=2&next_page_token={first['next_page_token']}").json
    assert [user["email"] for user in second["users"]] == ["host2@sandbox.example"]
    assert (second["page_number"], second["next_page_token"]) == (2, "")


def test_list_page_size_goes_to_two_thousand(api: Api) -> None:
    assert api.call("GET", "/users?page_size=9999").json["page_size"] == 2000


def test_list_page_token_dies_after_fifteen_minutes(api: Api) -> None:
    token = api.call("GET", "/users?page_size=1").json["next_page_token"]
    api.clock(advance=900)
    answer = api.call("GET", f"/users?page_size=1&next_page_token={token}")
    assert answer.json == {"code": 300, "message": "The next page token is invalid or expired."}


def test_list_may_be_narrowed(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.get("host1@sandbox.example").status = "inactive"
    sandbox.world.users.get("host2@sandbox.example").status = "pending"
    emails = {
        query: [user["email"] for user in api.call("GET", f"/users?{query}").json["users"]]
        for query in ("status=active", "status=inactive", "status=pending", "role_id=0", "role_id=9")
    }
    assert emails == {
        "status=active": ["owner@sandbox.example"],
        "status=inactive": ["host1@sandbox.example"],
        "status=pending": ["host2@sandbox.example"],
        "role_id=0": ["owner@sandbox.example"],
        "role_id=9": [],
    }
    assert "id" not in api.call("GET", "/users?status=pending").json["users"][0]
    assert api.call("GET", "/users?status=lost").json["errors"][0]["field"] == "status"


@pytest.mark.parametrize("name", ["me", "owner@sandbox.example", "OWNER@SANDBOX.EXAMPLE"])
def test_get_finds_the_owner(api: Api, name: str) -> None:
    user = api.call("GET", f"/users/{name}").json
    assert (user["email"], user["type"], user["role_name"]) == ("owner@sandbox.example", 2, "Owner")
    assert (user["account_id"], user["cluster"], user["status"]) == ("sandbox-account", "us05", "active")


def test_get_of_an_unknown_user_is_refused(api: Api) -> None:
    answer = api.call("GET", "/users/nobody")
    assert (answer.status, answer.json) == (404, {"code": 1001, "message": "User does not exist: nobody."})


def test_get_of_an_invited_user_is_refused(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.get("host1@sandbox.example").status = "pending"
    for method, path in (("GET", ""), ("POST", "/meetings")):
        answer = api.call(method, f"/users/host1@sandbox.example{path}", {} if method == "POST" else None)
        assert answer.status == 400
        assert answer.json == {
            "code": 1120,
            "message": "A valid invitation to join the Zoom account was not found for this user.",
        }


def test_inactive_user_may_not_host(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.get("host1@sandbox.example").status = "inactive"
    assert api.call("POST", "/users/host1@sandbox.example/meetings", {}).json["code"] == 3161
    assert api.call("GET", "/users/host1@sandbox.example").json["status"] == "inactive"


def test_users_are_as_configured(start: Callable[..., Api]) -> None:
    api = start(users=("Boss@corp.example", "free@corp.example:basic"))
    assert [(user["email"], user["type"]) for user in api.call("GET", "/users").json["users"]] == [
        ("Boss@corp.example", 2),
        ("free@corp.example", 1),
    ]


def test_settings_tell_what_a_scheduler_needs(api: Api) -> None:
    settings = api.call("GET", "/users/me/settings").json
    assert settings["feature"]["meeting_capacity"] == 100
    assert settings["feature"]["concurrent_meeting"] == "None"
    assert settings["schedule_meeting"]["embed_password_in_join_link"] is True
    assert settings["schedule_meeting"]["meeting_password_requirement"]["length"] == 0


def test_settings_show_the_users_own(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.owner.overrides = {"in_meeting": {"waiting_room": True}}
    assert api.call("GET", "/users/me/settings").json["in_meeting"]["waiting_room"] is True
    assert api.call("GET", "/users/host1@sandbox.example/settings").json["in_meeting"]["waiting_room"] is False


def test_settings_may_be_narrowed(api: Api) -> None:
    found = api.call("GET", "/users/me/settings?custom_query_fields=host_video,waiting_room").json
    assert found == {"schedule_meeting": {"host_video": True}, "in_meeting": {"waiting_room": False}}
    security = api.call("GET", "/users/me/settings?option=meeting_security").json["meeting_security"]
    assert security["embed_password_in_join_link"] is True
    assert api.call("GET", "/users/me/settings?option=x").json["errors"][0]["field"] == "option"
    assert api.call("GET", "/users/nobody/settings").status == 404
