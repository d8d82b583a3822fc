"""Reading what is sent to the control plane: JSON, its members and their types, with words for what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.control.exceptions import BadRequestError
from zoomsandbox.core.exceptions import NotJSONError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomsandbox.core.http import Exchange


def read_object(exchange: Exchange, known: Iterable[str]) -> dict[str, Any]:
    """The body, an object of `known` members, of which each may be missing; raises BadRequestError."""
    names = list(known)
    body = read_optional(exchange, names)
    if not body:
        raise BadRequestError(f"The body is empty. Send any of: {', '.join(names)}.")
    return body


def read_optional(exchange: Exchange, known: Iterable[str]) -> dict[str, Any]:
    """As `read_object`, where nothing need be sent."""
    if not exchange.body.strip():
        return {}
    try:
        body = exchange.json()
    except NotJSONError:
        raise BadRequestError("The body is not a JSON object.") from None
    names = list(known)
    for name in body:
        if name not in names:
            takes = f"Send any of: {', '.join(names)}." if names else "It takes nothing."
            raise BadRequestError(f"There is no {name!r} here. {takes}")
    return body


def text(body: dict[str, Any], name: str) -> str:
    """A text of one line that is not empty; raises BadRequestError."""
    value = body[name]
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise BadRequestError(f"{name} takes a text.")
    return value.strip()


def flag(body: dict[str, Any], name: str) -> bool:
    """true or false; raises BadRequestError."""
    value = body[name]
    if not isinstance(value, bool):
        raise BadRequestError(f"{name} takes true or false.")
    return value


def texts(body: dict[str, Any], name: str) -> list[str]:
    """A list of texts, also given as one text with blanks between them; raises BadRequestError."""
    value = body[name]
    found = value.split() if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise BadRequestError(f"{name} takes a list of texts.")
    return [one.strip() for one in found]


def number(exchange: Exchange, name: str, default: int) -> int:
    """A whole number in the query; raises BadRequestError."""
    given = exchange.query.get(name, "")
    if not given:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) < 16):
        raise BadRequestError(f"{name} takes a whole number.")
    return int(given)
