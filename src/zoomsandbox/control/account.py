"""What the control plane does to users and apps: the rules. Never sees a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.control import bodies
from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core import zones
from zoomsandbox.core.clock import zulu
from zoomsandbox.users.models import KINDS, NONE, UNASSIGNED, User, parse_user, role_of

if TYPE_CHECKING:
    from zoomsandbox.core.ledger import Cause
    from zoomsandbox.oauth.models import App, OAuth
    from zoomsandbox.users.models import Users
    from zoomsandbox.world import World

STATUSES = ("active", "inactive", "pending")
USER_FIELDS = ("type", "status", "can_host", "timezone", "first_name", "last_name", "schedules_for", "settings")
APP_FIELDS = ("scopes", "add_scopes", "remove_scopes", "active", "client_secret", "revoke_tokens")


def user_state(users: Users, user: User) -> dict[str, Any]:
    """A user as the control plane shows one."""
    return {
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "type": user.type,
        "status": user.status,
        "role": role_of(user)[1],
        "pmi": user.pmi,
        "timezone": user.timezone,
        "created_at": zulu(user.created_at),
        "schedules_for": sorted(one.email for one in users.all() if one.id in user.schedules_for),
        "settings": user.overrides,
    }


def add_user(world: World, wish: dict[str, Any]) -> User:
    """A new user of `email` and any of USER_FIELDS; raises BadRequestError and then changes nothing."""
    if "email" not in wish:
        raise BadRequestError('A new user needs at least {"email": "somebody@sandbox.example"}.')
    try:
        email, kind, status = parse_user(bodies.text(wish, "email"))
    except ValueError as error:
        raise BadRequestError(f"email: {error}.") from None
    if world.users.find(email) is not None:
        raise BadRequestError(f"There is a user {email} already.")
    rest = {name: value for name, value in wish.items() if name != "email"}
    changes = _user_changes(world.users, rest)
    user = world.users.add(email, kind)
    user.status = status
    _apply(user, changes)
    return user


def change_user(world: World, user: User, wish: dict[str, Any]) -> None:
    """Change any of USER_FIELDS; raises BadRequestError and then changes nothing."""
    _apply(user, _user_changes(world.users, wish, user))


def remove_user(world: World, user: User, cause: Cause) -> None:
    """Take a user away, with all meetings, as Zoom does when nobody is named to whom they go."""
    if user.owner:
        raise BadRequestError("The account's owner stays.")
    for meeting in [one for one in world.meetings if one.host is user]:
        world.meetings.remove(meeting, cause)
    world.users.remove(user)


def _user_changes(users: Users, wish: dict[str, Any], user: User | None = None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "type" in wish:
        changes["type"] = _kind(wish["type"])
    if "can_host" in wish:
        may = bodies.flag(wish, "can_host")
        kind = changes.get("type", user.type if user else None)
        if not may:
            changes["type"] = UNASSIGNED
        elif kind not in {KINDS["basic"], KINDS["licensed"]}:
            changes["type"] = KINDS["licensed"]
    if "status" in wish:
        changes["status"] = bodies.text(wish, "status")
        if changes["status"] not in STATUSES:
            raise BadRequestError(f"status is one of {', '.join(STATUSES)}.")
    if "timezone" in wish:
        changes["timezone"] = bodies.text(wish, "timezone")
        if zones.find(changes["timezone"]) is None:
            raise BadRequestError(f"{changes['timezone']!r} is not a time zone: use a name like Europe/Lisbon.")
    for name in ("first_name", "last_name"):
        if name in wish:
            changes[name] = bodies.text(wish, name)
    if "schedules_for" in wish:
        found = {address: users.find(address) for address in bodies.texts(wish, "schedules_for")}
        for address, other in found.items():
            if other is None:
                raise BadRequestError(f"schedules_for: there is no user {address}.")
        changes["schedules_for"] = {other.id for other in found.values() if other is not None}
    if "settings" in wish:
        changes["overrides"] = _settings(users, wish["settings"], user.overrides if user else {})
    return changes


def _apply(user: User, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(user, name, value)


def _kind(given: Any) -> int:
    if isinstance(given, str) and given in KINDS:
        return KINDS[given]
    if given in {*KINDS.values(), NONE} and not isinstance(given, bool):
        return int(given)
    names = ", ".join(f"{number} or {name!r}" for name, number in KINDS.items())
    raise BadRequestError(f"type is one of {names}.")


def _settings(users: Users, given: Any, former: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    if not isinstance(given, dict) or not all(isinstance(values, dict) for values in given.values()):
        raise BadRequestError('settings takes groups, such as {"in_meeting": {"waiting_room": true}}.')
    known = users.settings(users.owner)
    merged = dict(former)
    for group, values in given.items():
        if group not in known:
            raise BadRequestError(f"There is no group {group!r} of settings. There are: {', '.join(known)}.")
        for name, value in values.items():
            if name not in known[group]:
                raise BadRequestError(f"There is no setting {name!r} in {group}.")
            if type(value) is not type(known[group][name]):
                raise BadRequestError(f"{group}.{name} takes a value like {known[group][name]!r}.")
        merged[group] = merged.get(group, {}) | values
    return merged


# -- apps --------------------------------------------------------------------------------------------------------------


def app_state(app: App) -> dict[str, Any]:
    """An app as the control plane shows one; its secret stays out."""
    return {"client_id": app.client_id, "active": app.active, "scopes": app.scope.split()}


def add_app(oauth: OAuth, wish: dict[str, Any]) -> App:
    """A second app of the account, with the first one's scopes unless others are named; raises BadRequestError."""
    for name in ("client_id", "client_secret"):
        if name not in wish:
            raise BadRequestError("A new app needs client_id and client_secret.")
    client_id, secret = bodies.text(wish, "client_id"), bodies.text(wish, "client_secret")
    if client_id in oauth.apps:
        raise BadRequestError(f"There is an app {client_id} already.")
    first = next(iter(oauth.apps.values()))
    scopes = bodies.texts(wish, "scopes") if "scopes" in wish else first.scope.split()
    return oauth.add_app(client_id, secret, tuple(scopes))


def change_app(oauth: OAuth, app: App, wish: dict[str, Any]) -> None:
    """Change any of APP_FIELDS; tokens already given out follow the app's scopes. Raises BadRequestError."""
    scopes = bodies.texts(wish, "scopes") if "scopes" in wish else app.scope.split()
    scopes += [one for one in (bodies.texts(wish, "add_scopes") if "add_scopes" in wish else []) if one not in scopes]
    gone = bodies.texts(wish, "remove_scopes") if "remove_scopes" in wish else []
    unknown = [one for one in gone if one not in scopes]
    if unknown:
        raise BadRequestError(f"The app does not have the scope {unknown[0]}.")
    active = bodies.flag(wish, "active") if "active" in wish else app.active
    secret = bodies.text(wish, "client_secret") if "client_secret" in wish else app.client_secret
    revoke = bodies.flag(wish, "revoke_tokens") if "revoke_tokens" in wish else False
    app.grant(tuple(one for one in scopes if one not in gone))
    app.active = active
    app.client_secret = secret
    if revoke:
        oauth.revoke_all(app)
