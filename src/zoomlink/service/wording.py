"""What callers over HTTP are told: the framework's remarks as sentences, hints in the API's own terms. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from zoomlink.errors import NoHostError, ZoomLinkError
from zoomlink.service.models import LinkRequestBody

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hint_for", "remark"]

_FIELDS = tuple(LinkRequestBody.model_fields)
_MEANT = {"start_time": "start", "date": "start", "time": "start", "password": "passcode", "name": "topic"}
_MEANT |= {"title": "topic", "time_zone": "timezone", "tz": "timezone", "description": "agenda", "email": "host"}
_NUMBER = "is no whole number"
_WORDS = {
    "missing": "is missing.",
    "int_type": f"{_NUMBER}.",
    "int_from_float": f"{_NUMBER}.",
    "int_parsing": f"{_NUMBER}.",
    "int_parsing_size": "is too large.",
    "string_type": "is no text.",
    "bool_type": "is neither true nor false.",
    "dict_type": "is no object.",
    "list_type": "is no list.",
}
_FORMS = {
    "passcode": "takes 1 to 10 letters, digits and @ * _ ! # $ % & . + = ? ^ -.",
    "Idempotency-Key": "takes 1 to 255 visible ASCII characters without blanks, such as booking-4711.",
    "callback": "takes an https address.",
}


def remark(one: Mapping[str, Any]) -> str:
    """What the framework found wrong with a field, as the rest of a sentence that begins with the field's name."""
    kind, field = one["type"], str(one["loc"][-1])
    context: Mapping[str, Any] = one.get("ctx") or {}
    if kind == "extra_forbidden":
        near = _MEANT.get(field.lower()) or next(iter(get_close_matches(field.lower(), _FIELDS, 1, 0.7)), None)
        return f"there is no such field.{f' Did you mean {near}?' if near else ''}"
    if kind == "int_type" and isinstance(one.get("input"), str) and one["input"].strip().isdigit():
        return f"{_NUMBER}: write it without quotes."
    if kind == "string_pattern_mismatch":
        return _FORMS.get(field, "does not have the form it must have.")
    if kind == "string_too_short":
        return "is empty." if context.get("min_length") == 1 else f"has fewer than {context['min_length']} characters."
    if kind == "string_too_long":
        return f"has more than {context['max_length']} characters."
    if kind in {"greater_than_equal", "less_than_equal"}:
        least, most = context.get("ge"), context.get("le")
        return f"is less than {least}." if least is not None else f"is more than {most}."
    if kind == "enum":
        return f"is none of {str(context.get('expected', '')).replace(' or ', ', ')}."
    if kind.startswith("datetime"):
        return "is no date and time, such as 2031-12-01T00:00:00Z."
    said = _WORDS.get(kind)
    if said is not None:
        return said
    words = str(one["msg"])
    return words[:1].lower() + words[1:] + "."


def hint_for(error: ZoomLinkError) -> str | None:
    """The hint of an error in the API's terms; it was written for the library and the command."""
    if error.slug == "key-reused":
        return "Use another key, or ask for the same again; to change the link, PATCH it."
    if isinstance(error, NoHostError) and "--allow-overlap" in (error.hint or ""):
        return 'Choose another time or host, or allow the overlap: "allow_overlap": true.'
    if "ZOOMLINK_TIMEZONE" in (error.hint or "") and "timezone=" in (error.hint or ""):
        return 'Say which zone it is in: "timezone": "America/Sao_Paulo".'
    return error.hint
