"""Starting, joining, leaving and ending on the control plane: HTTP in, HTTP out. No state."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zoomsandbox.control.bodies import read_optional
from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.http import form, json_response
from zoomsandbox.live.exceptions import NoSuchMeetingError, WrongPasscodeError

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.world import World

_LONGEST = 256


def start(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/meetings/{id}/start``: the host opens the start URL. `email` names an alternative host."""
    meeting, given = (
        _meeting(world, exchange),
        read_optional(
            exchange,
            (
                "email",
                "end_other",
            ),
        ),
    )
    instance = world.live.start(meeting, _text(given, "email"), exchange.cause, end_other=_flag(given, "end_other"))
    return json_response(200, instance.as_dict())


def join(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/meetings/{id}/join``: a guest opens the join URL.

    `name` and `email` say who; `passcode`, or `pwd` or the whole `url` as in the join URL, opens.
    """
    meeting, given = (
        _meeting(world, exchange),
        read_optional(
            exchange,
            (
                "name",
                "email",
                "passcode",
                "pwd",
                "url",
            ),
        ),
    )
    name, email = _text(given, "name"), _text(given, "email")
    _check_passcode(world, meeting, given)
    guest = world.live.join(meeting, name or email or "Guest", email, exchange.cause)
    return json_response(200, guest.as_dict())


def admit(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/meetings/{id}/admit``: out of the waiting room; all, unless `participant` names one."""
    meeting, given = _meeting(world, exchange), read_optional(exchange, ("participant",))
    admitted = world.live.admit(meeting, _text(given, "participant"), exchange.cause)
    return json_response(200, {"admitted": [guest.as_dict() for guest in admitted]})


def leave(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/meetings/{id}/leave``: `participant` is a number, address or name."""
    meeting, given = _meeting(world, exchange), read_optional(exchange, ("participant",))
    who = _text(given, "participant")
    if not who:
        raise BadRequestError('Say who leaves: {"participant": a number, address or name}.')
    return json_response(200, world.live.leave(meeting, who, exchange.cause).as_dict())


def end(world: World, exchange: Exchange) -> Response:
    """``POST /_sandbox/meetings/{id}/end``: the host ends it for all."""
    meeting = _meeting(world, exchange)
    read_optional(exchange, ())
    return json_response(200, world.live.end(meeting, exchange.cause).as_dict())


def show(world: World, exchange: Exchange) -> Response:
    """``GET /_sandbox/meetings/{id}/live``: the present run, who waits for it, and the past runs."""
    number = exchange.params[0]
    meeting_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else -1
    running, past = world.live.running(meeting_id), world.live.past(meeting_id)
    if not past and running is None:
        _meeting(world, exchange)
    return json_response(
        200,
        {
            "running": running.as_dict() if running else None,
            "waiting_for_host": [guest.as_dict() for guest in world.live.before_the_door(meeting_id)],
            "past": [one.as_dict() for one in past],
        },
    )


def _meeting(world: World, exchange: Exchange) -> Meeting:
    meeting = world.meetings.meant_by(exchange.params[0])
    if meeting is None:
        raise NoSuchMeetingError(exchange.params[0])
    return meeting


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > _LONGEST:
        raise BadRequestError(f"{name} takes a text of at most {_LONGEST} characters.")
    return str(value)


def _flag(given: dict[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise BadRequestError(f"{name} takes true or false.")
    return value


def _check_passcode(world: World, meeting: Meeting, given: dict[str, Any]) -> None:
    passcode, pwd, url = (_text(given, name) for name in ("passcode", "pwd", "url"))
    if not meeting.passcode:
        return
    if url:
        pwd = form(urlsplit(url).query.encode("utf-8", "replace")).get("pwd", "")
    known = world.ids.encrypted_passcode(meeting.id, meeting.passcode)
    if not (_same(passcode, meeting.passcode) or _same(pwd, known)):
        raise WrongPasscodeError(given=bool(passcode or pwd))


def _same(given: str, known: str) -> bool:
    return compare_digest(given.encode("utf-8", "replace"), known.encode("utf-8", "replace"))
