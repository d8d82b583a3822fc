"""Who may schedule for whom, counts, addresses, the entrance token, kinds of users."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from zoomsandbox.users.models import parse_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox

KINDS = (
    "owner@sandbox.example",
    "basic@sandbox.example:basic",
    "none@sandbox.example:unassigned",
    "gone@sandbox.example:inactive",
    "new@sandbox.example:pending",
)


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


def test_scheduling_privilege_is_shown_from_both_sides(api: Api, sandbox: ThreadedSandbox) -> None:
    users = sandbox.world.users
    host = users.get("host1@sandbox.example")
    users.owner.schedules_for.add(host.id)
    schedulers = api.call("GET", "/users/me/schedulers")
    assert (schedulers.status, schedulers.json) == (
        200,
        {"schedulers": [{"email": host.email, "id": host.id, "pmi": host.pmi}]},
    )
    assistants = api.call("GET", f"/users/{host.email}/assistants")
    assert (assistants.status, assistants.json) == (
        200,
        {"assistants": [{"email": users.owner.email, "id": users.owner.id, "can_manage_host_private_event": False}]},
    )
    assert api.call("GET", "/users/me/assistants").json == {"assistants": []}


@pytest.mark.parametrize("below", ["schedulers", "assistants"])
def test_privileges_of_an_unknown_user_are_refused(api: Api, below: str) -> None:
    assert refusal(api.call("GET", f"/users/nobody/{below}")) == (404, 1001, "User does not exist: nobody.")


def test_summary_counts_users_by_kind(start: Callable[..., Api]) -> None:
    answer = start(users=KINDS).call("GET", "/users/summary")
    assert (answer.status, answer.json) == (
        200,
        {
            "licensed_users_count": 1,
            "basic_users_count": 1,
            "on_prem_users_count": 0,
            "room_users_count": 0,
            "pending_users_count": 1,
            "join_only_users_count": 0,
            "total_users_count": 4,
        },
    )


@pytest.mark.parametrize(("email", "known"), [("HOST1@sandbox.example", True), ("x@example.com", False), ("me", False)])
def test_address_is_known_or_not(api: Api, email: str, known: bool) -> None:
    answer = api.call("GET", f"/users/email?email={email}")
    assert (answer.status, answer.json) == (200, {"existed_email": known})


def test_address_must_be_given(api: Api) -> None:
    assert refusal(api.call("GET", "/users/email")) == (400, 300, "Email is required.")


def test_entrance_token_is_the_owners_and_lasts_two_hours(api: Api, sandbox: ThreadedSandbox) -> None:
    token = api.call("GET", "/users/me/zak").json["token"]
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert (claims["uid"], claims["exp"] - claims["iat"]) == (sandbox.world.users.owner.id, 7200)
    assert api.call("GET", "/users/me/zak").json["token"] != token


def test_users_of_every_kind_can_be_configured(start: Callable[..., Api]) -> None:
    api = start(users=KINDS)
    found = {
        (user["email"].partition("@")[0], user["type"], user["status"], "id" in user)
        for status in ("active", "inactive", "pending")
        for user in api.call("GET", f"/users?status={status}").json["users"]
    }
    assert found == {
        ("owner", 2, "active", True),
        ("basic", 1, "active", True),
        ("none", 4, "active", True),
        ("gone", 2, "inactive", True),
        ("new", 2, "pending", False),
    }
    pending = (400, 1120, "A valid invitation to join the Zoom account was not found for this user.")
    may_not = (400, 3161, "Your user account is not allowed meeting hosting and scheduling capabilities.")
    assert refusal(api.call("POST", "/users/new@sandbox.example/meetings", {})) == pending
    assert refusal(api.call("GET", "/users/new@sandbox.example/settings")) == pending
    assert refusal(api.call("POST", "/users/none@sandbox.example/meetings", {})) == may_not
    assert refusal(api.call("POST", "/users/gone@sandbox.example/meetings", {})) == may_not
    assert api.call("POST", "/users/basic@sandbox.example/meetings", {}).status == 201


@pytest.mark.parametrize("spec", ["x", "a@b:owner", "a b@c"])
def test_user_of_no_kind_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        parse_user(spec)


def test_list_of_users_takes_more_fields_and_filters(api: Api) -> None:
    users = api.call("GET", "/users?include_fields=host_key").json["users"]
    assert {len(user["host_key"]) for user in users} == {6}
    assert api.call("GET", "/users?include_fields=custom_attributes").json["users"][0]["custom_attributes"] == []
    assert api.call("GET", "/users?license=zoom_workforce_management").json["users"] == []
    for query in ("include_fields=shoe_size", "license=x", "status=x"):
        answer = api.call("GET", f"/users?{query}")
        assert answer.json["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("option", ["meeting_authentication", "recording_authentication"])
def test_nobody_needs_to_sign_in(api: Api, option: str) -> None:
    assert api.call("GET", f"/users/me/settings?option={option}").json == {
        "authentication_options": {option: {option: False, "authentication_options": []}}
    }
