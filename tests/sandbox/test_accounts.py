"""The account's settings, locks and tracking fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox

LOCK = "require_password_for_scheduling_new_meetings"


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


@pytest.mark.parametrize("account", ["me", "sandbox-account"])
def test_account_tells_its_settings(api: Api, account: str) -> None:
    answer = api.call("GET", f"/accounts/{account}/settings")
    assert answer.status == 200
    assert answer.json["schedule_meeting"][LOCK] is True
    assert answer.json["feature"] == {"meeting_capacity": 100}


def test_account_settings_may_be_narrowed(api: Api) -> None:
    found = api.call("GET", "/accounts/me/settings?custom_query_fields=participant_video,tsp").json
    assert found == {
        "schedule_meeting": {"participant_video": False},
        "tsp": {"call_out": False, "show_international_numbers_link": False},
    }
    assert "waiting_room" in api.call("GET", "/accounts/me/settings?option=meeting_security").json["meeting_security"]
    assert api.call("GET", "/accounts/me/settings?option=meeting_authentication").json == {
        "meeting_authentication": False,
        "authentication_options": [],
    }
    assert set(api.call("GET", "/accounts/me/settings?option=security").json) == {"security"}
    assert api.call("GET", "/accounts/me/settings?option=x").json["errors"][0]["field"] == "option"


def test_another_account_is_unknown(start: Callable[..., Api]) -> None:
    api = start(scopes="classic")
    assert refusal(api.call("GET", "/accounts/other/settings")) == (404, 2001, "Account does not exist: other")
    assert refusal(api.call("GET", "/accounts/other/lock_settings")) == (400, 2001, "Account does not exist: other.")


def test_account_settings_need_a_paid_account(start: Callable[..., Api]) -> None:
    answer = start(plan="free").call("GET", "/accounts/me/settings")
    assert refusal(answer) == (400, 200, "Only available for paid account: sandbox-account.")


@pytest.mark.parametrize(("plan", "locked"), [("free", True), ("pro", False)])
def test_passcode_is_locked_on_a_free_account(start: Callable[..., Api], plan: str, locked: bool) -> None:
    api = start(plan=plan, scopes="classic")
    assert api.call("GET", "/accounts/me/lock_settings").json["schedule_meeting"][LOCK] is locked
    narrowed = api.call("GET", f"/accounts/me/lock_settings?custom_query_fields={LOCK}").json
    assert narrowed == {"schedule_meeting": {LOCK: locked}}
    security = api.call("GET", "/accounts/me/lock_settings?option=meeting_security").json
    assert security == {"meeting_security": {"meeting_password": locked}}
    assert ("password" in api.create(default_password=False)) is locked


def test_locked_passcode_is_made_and_cannot_be_taken_away(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.locked.add(LOCK)
    made = api.create(default_password=False)
    assert len(made["password"]) == 6
    api.call("PATCH", f"/meetings/{made['id']}", {"password": ""})
    assert api.get(made["id"])["password"] == made["password"]


def test_locks_need_a_scope_that_only_a_master_account_has(api: Api) -> None:
    assert refusal(api.call("GET", "/accounts/me/lock_settings")) == (
        400,
        4711,
        "Invalid access token, does not contain scopes:[account:read:lock_settings:master].",
    )


def test_tracking_fields_are_listed(api: Api, sandbox: ThreadedSandbox) -> None:
    assert api.call("GET", "/tracking_fields").json == {"total_records": 0, "tracking_fields": []}
    field = {"id": "a", "field": "Booking", "recommended_values": [], "required": False, "visible": True}
    sandbox.world.users.tracking_fields.append(field)
    assert api.call("GET", "/tracking_fields").json == {"total_records": 1, "tracking_fields": [field]}
