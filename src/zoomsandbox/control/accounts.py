"""Users and apps on the control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.control import account
from zoomsandbox.control.bodies import read_object
from zoomsandbox.control.exceptions import NoSuchAppError, NoSuchUserError
from zoomsandbox.core.http import json_response, no_content

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.oauth.models import App
    from zoomsandbox.users.models import User
    from zoomsandbox.world import World


def list_users(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/users``: all users, whatever their state."""
    return json_response(200, {"users": [account.user_state(world.users, one) for one in world.users.all()]})


def add_user(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/users``: a new user: email, and type, status, can_host, timezone, names, settings."""
    user = account.add_user(world, read_object(exchange, ("email", *account.USER_FIELDS)))
    return json_response(201, account.user_state(world.users, user))


def show_user(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/users/{userId}``: one user, by id, address or me."""
    return json_response(200, account.user_state(world.users, _user(world, exchange)))


def change_user(world: World, exchange: Exchange) -> Response:
    """``PATCH /_sandbox/users/{userId}``: type, status, can_host, timezone, names, schedules_for, settings."""
    user = _user(world, exchange)
    account.change_user(world, user, read_object(exchange, account.USER_FIELDS))
    return json_response(200, account.user_state(world.users, user))


def remove_user(world: World, exchange: Exchange) -> Response:
    """``DELETE /_sandbox/users/{userId}``: the user and all their meetings."""
    account.remove_user(world, _user(world, exchange), exchange.cause)
    return no_content()


def list_apps(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /_sandbox/apps``: the account's apps and their scopes."""
    return json_response(200, {"apps": [account.app_state(one) for one in world.oauth.apps.values()]})


def add_app(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/apps``: another app: client_id, client_secret and, if you like, scopes."""
    app = account.add_app(world.oauth, read_object(exchange, ("client_id", "client_secret", "scopes")))
    return json_response(201, account.app_state(app))


def show_app(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/apps/{clientId}``: one app."""
    return json_response(200, account.app_state(_app(world, exchange)))


def change_app(world: World, exchange: Exchange) -> Response:
    """``PATCH /_sandbox/apps/{clientId}``: scopes, add_scopes, remove_scopes, active, client_secret, revoke_tokens."""
    app = _app(world, exchange)
    account.change_app(world.oauth, app, read_object(exchange, account.APP_FIELDS))
    return json_response(200, account.app_state(app))


def _user(world: World, exchange: Exchange) -> User:
    user = world.users.find(exchange.params[0])
    if user is None:
        raise NoSuchUserError(exchange.params[0])
    return user


def _app(world: World, exchange: Exchange) -> App:
    app = world.oauth.apps.get(exchange.params[0])
    if app is None:
        raise NoSuchAppError(exchange.params[0])
    return app
