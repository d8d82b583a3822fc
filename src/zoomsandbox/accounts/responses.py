"""The account: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.accounts import settings
from zoomsandbox.accounts.exceptions import AccountNotFoundError
from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.http import json_response
from zoomsandbox.past.exceptions import PaidAccountOnlyError
from zoomsandbox.users.responses import wanted_fields
from zoomsandbox.users.security import AUTHENTICATION, authentication, security

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World


def get_settings(world: World, exchange: Exchange) -> Response:
    """``GET /accounts/{accountId}/settings``: of the own account, and only on a paid plan."""
    if not _is_own(world, exchange.params[0]):
        raise AccountNotFoundError(exchange.params[0])
    if world.options.plan == "free":
        raise PaidAccountOnlyError(world.options.account_id)
    option = exchange.query.get("option", "")
    if option == "meeting_security":
        return json_response(200, {"meeting_security": security(world.users.defaults)})
    if option in AUTHENTICATION:
        return json_response(200, authentication(option))
    if option and option != "security":
        raise ValidationFailedError([("option", "Invalid parameter: option.")])
    body: dict[str, Any] = settings.of_account(world.users.defaults)
    if option == "security":
        body = {"security": {"hide_billing_info": False, "sign_in_with_two_factor_auth": "none"}}
    elif wanted := wanted_fields(exchange):
        body = settings.chosen(body, wanted)
    return json_response(200, body)


def get_locks(world: World, exchange: Exchange) -> Response:
    """``GET /accounts/{accountId}/lock_settings``: of the own account."""
    if not _is_own(world, exchange.params[0]):
        raise AccountNotFoundError(exchange.params[0], status=400, stop=".")
    body = settings.locks(frozenset(world.users.locked))
    if exchange.query.get("option", "") == "meeting_security":
        passcode = body["schedule_meeting"]["require_password_for_scheduling_new_meetings"]
        return json_response(200, {"meeting_security": {"meeting_password": passcode}})
    if wanted := wanted_fields(exchange):
        body = settings.chosen(body, wanted)
    return json_response(200, body)


def list_tracking_fields(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /tracking_fields``; an account has none until a test gives it some."""
    fields = world.users.tracking_fields
    return json_response(200, {"total_records": len(fields), "tracking_fields": fields})


def _is_own(world: World, account_id: str) -> bool:
    return account_id in {"me", world.options.account_id}
