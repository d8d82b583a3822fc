"""What the control plane reads and changes of the limits. Checks a wish whole before it changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.clock import zulu

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.limits.models import Label, Limits
    from zoomsandbox.users.models import Users
    from zoomsandbox.world import World

_DAY = 86400
_MOST = 10**9
_WORDS = (
    'send any part of what GET answers, such as {"on": false}, {"labels": {"Light": {"limit": 2, "remaining": 0}}}, '
    '{"hosts": {"limit": 3, "used": {"host1@sandbox.example": 99}}} '
    'or {"locks": {"host1@sandbox.example": 5}} (seconds)'
)

Changes = list["Callable[[], None]"]


def state(world: World) -> dict[str, Any]:
    """The figures in force, and what has been counted today."""
    limits = world.limits
    limits.new_day()
    now = world.clock.now()
    emails = {user.id: user.email for user in world.users.all()}
    return {
        "on": limits.on,
        "plan": world.options.plan,
        "day": zulu(limits.today() * _DAY)[:10],
        "resumes": limits.resumes,
        "labels": {
            name: {
                "limit": label.bucket.size,
                "seconds": label.bucket.seconds,
                "remaining": round(label.bucket.left(now), 3),
                "daily": label.daily,
                "spent": limits.spent.get(label.purse, 0),
            }
            for name, label in limits.labels.items()
        },
        "hosts": {
            "limit": limits.writes_per_host,
            "used": {emails.get(host_id, host_id): used for host_id, used in limits.writes.items()},
        },
        "registrants": {
            "adds": limits.adds_per_registrant,
            "added": dict(limits.adds),
            "status_changes": limits.status_changes_per_registrant,
            "changed": dict(limits.status_changes),
        },
        "locks": {emails.get(host_id, host_id): round(left, 3) for host_id, left in limits.locks().items()},
    }


def change(world: World, wish: dict[str, Any]) -> None:
    """Carry out a wish in the form of `state`; raises BadRequestError and then changes nothing."""
    limits = world.limits
    limits.new_day()
    changes: Changes = []
    for name, value in wish.items():
        if name == "on" and isinstance(value, bool):
            changes.append(_setter(limits, "on", value))
        elif name == "labels":
            _labels(world, _object(value, "labels"), changes)
        elif name == "hosts":
            _hosts(world, _object(value, "hosts"), changes)
        elif name == "registrants":
            _registrants(limits, _object(value, "registrants"), changes)
        elif name == "locks":
            for email, seconds in _object(value, "locks").items():
                changes.append(_locker(limits, _host(world.users, email), _number(seconds, f"locks.{email}")))
        else:
            raise BadRequestError(f"Nothing to change in the limits by {name!r}: {_WORDS}.")
    if not changes:
        raise BadRequestError(f"Nothing to change in the limits: {_WORDS}.")
    for carry_out in changes:
        carry_out()


def _labels(world: World, wish: dict[str, Any], changes: Changes) -> None:
    limits, now = world.limits, world.clock.now()
    for name, figures in wish.items():
        label = limits.labels.get(name)
        if label is None:
            raise BadRequestError(f"{name!r} is no label: Zoom has {', '.join(limits.labels)}.")
        # The size first, so that what remains is cut to the new one
        for key, value in sorted(_object(figures, name).items()):
            path = f"labels.{name}.{key}"
            if key == "limit":
                changes.append(_resize(label, max(_whole(value, path), 1), now))
            elif key == "remaining":
                changes.append(_fill(label, _number(value, path), now))
            elif key == "daily":
                changes.append(_setter(label, "daily", None if value is None else _whole(value, path)))
            elif key == "spent":
                changes.append(_entry(limits.spent, label.purse, _whole(value, path)))
            else:
                raise BadRequestError(f"{path} is not to be changed; limit, remaining, daily and spent are.")


def _hosts(world: World, wish: dict[str, Any], changes: Changes) -> None:
    for key, value in wish.items():
        if key == "limit":
            changes.append(_setter(world.limits, "writes_per_host", _whole(value, "hosts.limit")))
        elif key == "used":
            for email, used in _object(value, "hosts.used").items():
                host_id = _host(world.users, email)
                changes.append(_entry(world.limits.writes, host_id, _whole(used, f"hosts.used.{email}")))
        else:
            raise BadRequestError(f"hosts.{key} is not to be changed; limit and used are.")


def _registrants(limits: Limits, wish: dict[str, Any], changes: Changes) -> None:
    figures = {"adds": "adds_per_registrant", "status_changes": "status_changes_per_registrant"}
    counts = {"added": limits.adds, "changed": limits.status_changes}
    for key, value in wish.items():
        path = f"registrants.{key}"
        if key in figures:
            changes.append(_setter(limits, figures[key], _whole(value, path)))
        elif key in counts:
            for who, used in _object(value, path).items():
                changes.append(_entry(counts[key], who.lower(), _whole(used, f"{path}.{who}")))
        else:
            raise BadRequestError(f"{path} is not to be changed; {', '.join([*figures, *counts])} are.")


def _host(users: Users, email: str) -> str:
    user = users.find(email)
    if user is None:
        raise BadRequestError(f"The account has no user {email!r}.")
    return user.id


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequestError(f"{path} takes an object: {_WORDS}.")
    return value


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise BadRequestError(f"{path} takes a whole number from 0 to {_MOST}.")
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        raise BadRequestError(f"{path} takes a number from 0 to {_MOST}.")
    return float(value)


def _setter(owner: object, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)


def _entry(counts: dict[str, int], key: str, value: int) -> Callable[[], None]:
    return lambda: counts.__setitem__(key, value)


def _locker(limits: Limits, host_id: str, seconds: float) -> Callable[[], None]:
    return lambda: limits.lock(host_id, seconds)


def _resize(label: Label, size: int, now: float) -> Callable[[], None]:
    def carry_out() -> None:
        left = label.bucket.left(now)
        # A full bucket stays full, whichever way its size changes
        full = left >= label.bucket.size
        label.bucket.size = size
        label.bucket.put(size if full else left, now)

    return carry_out


def _fill(label: Label, left: float, now: float) -> Callable[[], None]:
    return lambda: label.bucket.put(left, now)
