"""Reads JSON bodies strictly: what a lenient reader would guess at is refused. Pure.

Refused: an object with a name twice (readers differ on which counts), numbers JSON does not have, numbers longer than
any we use, halves of characters, and nesting deeper than anything we ask for.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

from zoomlink.errors import InvalidInputError, ZoomLinkError, tidy

__all__ = ["MAX_DEPTH", "MalformedError", "is_json", "read_json", "read_moment"]

MAX_DEPTH = 32
# Possessive, and a text without an end is a match too: every byte is looked at once, whatever is sent.
_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_DIGITS = 40


class MalformedError(ZoomLinkError):
    """Raised for a request that cannot be read at all."""

    default_slug = "malformed"


def is_json(content_type: str) -> bool:
    """True for the content type of a body that :func:`read_json` reads: JSON, in UTF-8."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value.strip('"') for name, _, value in (one.partition("=") for one in parameters) if name == "charset"]
    return re.fullmatch(r"application/(?:[!#$&^_.+\w-]+\+)?json", kind, re.ASCII) is not None and charsets in (
        [],
        ["utf-8"],
    )


def read_json(body: bytes) -> Any:
    """Return what a body says. Raises MalformedError, saying where it is wrong."""
    _check_depth(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedError(f"The body is not UTF-8, at byte {error.start}.", hint="Send JSON in UTF-8.") from None
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_number, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedError(f"The body is not JSON, at {where}.", hint="Send one JSON object.") from None
    if "\\u" in text and _broken(found):
        raise MalformedError("The body holds half of a character (a lone surrogate).", hint="Send whole characters.")
    return found


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d(:\d\d(\.\d+)?)?(z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def read_moment(field: str, text: str | None) -> datetime | None:
    """Return the moment that a parameter names, with its offset. Raises InvalidInputError."""
    if text is None:
        return None
    hint = "Write 2031-12-01T00:00:00Z; in an address, a + is %2B."
    if _MOMENT.fullmatch(text) is None:
        raise InvalidInputError(f"{field} is no date and time with an offset.", field=field, hint=hint)
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise InvalidInputError(f"There is no such moment as {tidy(text, 40)}.", field=field, hint=hint) from None


def _check_depth(body: bytes) -> None:
    depth = 0
    for found in _BRACKET.finditer(body):
        mark = found[0]
        if mark in {b"[", b"{"}:
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedError(f"The body is nested more than {MAX_DEPTH} deep.")
        elif mark in {b"]", b"}"}:
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise MalformedError(f"The body says {twice[:60]!r} twice.", hint="Say each field once.")
    return found


def _no_number(text: str) -> Any:
    raise MalformedError(f"{text} is no number in JSON.")


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise MalformedError("The body holds a number of more digits than any that is asked for.")
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise MalformedError("The body holds a number larger than any that is asked for.")
    return found


def _broken(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_broken(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_broken(one) for one in value)
