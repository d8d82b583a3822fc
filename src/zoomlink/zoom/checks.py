"""Checks of single values before anything is sent; each refusal is a sentence of its own. What a request consists of
does not belong here, nor do a meeting's settings (:mod:`zoomlink.zoom.settings`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "check_agenda",
    "check_choice",
    "check_date",
    "check_email",
    "check_flag",
    "check_integer",
    "check_list",
    "check_names",
    "check_occurrence",
    "check_page_size",
    "check_passcode",
    "check_text",
    "check_topic",
]

MAX_TOPIC = 200
MAX_AGENDA = 2000
MAX_PASSCODE = 10
MAX_PAGE = 300


def check_topic(topic: str) -> str:
    """Return the topic without blanks around it. Raises InvalidInputError when empty, too long or not text."""
    return check_text(topic, "topic", MAX_TOPIC, required="A meeting needs a topic.")


def check_agenda(agenda: str, limit: int = MAX_AGENDA) -> str:
    """Return the agenda; line breaks are fine. Raises InvalidInputError when too long or not text."""
    return check_text(agenda, "agenda", limit, multiline=True)


def check_passcode(passcode: str) -> str:
    """Return the passcode. The account may ask for more than this form. Raises InvalidInputError, not showing it."""
    if isinstance(passcode, str) and len(passcode) > MAX_PASSCODE:
        raise InvalidInputError(
            f"The passcode has {len(passcode)} characters; Zoom takes {MAX_PASSCODE}.",
            field="passcode",
            hint="Shorten it.",
        )
    if not isinstance(passcode, str) or not re.fullmatch(r"[A-Za-z0-9@*_\-!#$%&.+=?^]{1,10}", passcode):
        raise InvalidInputError(
            "The passcode does not have the form Zoom takes.",
            field="passcode",
            hint=f"Up to {MAX_PASSCODE} letters, digits and @ * _ - ! # $ % & . + = ? ^",
        )
    return passcode


def check_text(
    value: object,
    field: str,
    limit: int,
    *,
    required: str | None = None,
    multiline: bool = False,
    name: str | None = None,
) -> str:
    """Return the text, without blanks around it unless it is `multiline`.

    `required` is the sentence for an empty one; `name` is what the sentences call it. Raises InvalidInputError.
    """
    called = name or field
    if not isinstance(value, str):
        raise InvalidInputError(f"The {called} is a {type(value).__name__}, not text.", field=field)
    text = value if multiline else value.strip()
    if required and not text.strip():
        raise InvalidInputError(required, field=field)
    allowed = "\n\r\t" if multiline else ""
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed for char in text):
        raise InvalidInputError(f"The {called} holds a control character.", field=field, hint="Take it out.")
    if len(text) > limit:
        raise InvalidInputError(
            f"The {called} has {len(text)} characters; Zoom takes {limit}.", field=field, hint="Shorten it."
        )
    return text


def check_email(value: object, field: str, limit: int = 128) -> str:
    """Return the e-mail address. Raises InvalidInputError when it is none or too long."""
    email = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"[^\s@<>,;\"\x00-\x1f\x7f]+@[^\s@<>,;\"\x00-\x1f\x7f]+", email):
        raise InvalidInputError(
            f"{tidy(repr(value), 80)} is no e-mail address.", field=field, hint="Write it as name@example.com."
        )
    if len(email) > limit:
        raise InvalidInputError(
            f"The e-mail address has {len(email)} characters; Zoom takes {limit}.", field=field, hint="Shorten it."
        )
    return email


def check_integer(value: object, field: str, least: int, most: int, unit: str = "") -> int:
    """Return the whole number, `least` to `most`. Raises InvalidInputError."""
    words = f" {unit}" if unit else ""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInputError(
            f"{tidy(repr(value), 40)} is no possible {field}.",
            field=field,
            hint=f"Give a whole number from {least} to {most}{words}.",
        )
    return value


def check_page_size(value: object, most: int = MAX_PAGE) -> int:
    """Return the number of entries a page shall have. Raises InvalidInputError."""
    return check_integer(value, "page_size", 1, most)


def check_flag(value: object, field: str) -> bool:
    """Return true or false. Raises InvalidInputError for anything else, digits and words included."""
    if not isinstance(value, bool):
        raise InvalidInputError(f"{field} is a {type(value).__name__}.", field=field, hint="Give True or False.")
    return value


def check_choice(value: object, field: str, choices: Collection[str]) -> str:
    """Return `value` if it is one of `choices`. Raises InvalidInputError with the nearest of them."""
    if isinstance(value, str) and value in choices:
        return value
    raise InvalidInputError(
        f"{tidy(repr(value), 60)} is no {field} Zoom knows.", field=field, hint=_nearest(value, choices)
    )


def check_names(given: Mapping[Any, Any], known: Collection[str], field: str, what: str) -> None:
    """Refuse a field Zoom does not have, naming the nearest one it has. Raises InvalidInputError."""
    for name in given:
        if name not in known:
            shown = tidy(str(name), 60)
            raise InvalidInputError(
                f'{what} has no field "{shown}".', field=f"{field}.{shown}", hint=_nearest(name, known)
            )


def check_list(value: object, field: str, what: str) -> list[Any]:
    """Return the entries of a list (or other iterable, but no text and no mapping). Raises InvalidInputError."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InvalidInputError(f"{field} is a {type(value).__name__}, not a list of {what}.", field=field)
    return list(value)


def check_occurrence(occurrence: str | int) -> str:
    """Return the id of an occurrence: Zoom's milliseconds since 1970, as text. Raises InvalidInputError."""
    text = str(occurrence) if isinstance(occurrence, int) and not isinstance(occurrence, bool) else occurrence
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,19}", text.strip(), re.ASCII):
        raise InvalidInputError(
            f"{tidy(repr(occurrence), 60)} is no occurrence's id.",
            field="occurrence",
            hint="It is a number of 13 digits; the occurrences of a fetched meeting have theirs as `id`.",
        )
    return text.strip()


def check_date(value: date | str, field: str) -> str:
    """Return a day as ``2031-12-01``. Raises InvalidInputError."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            pass
    raise InvalidInputError(f"{tidy(repr(value), 60)} is no day.", field=field, hint="Write it as 2031-12-01.")


def _nearest(value: object, choices: Collection[str]) -> str:
    from difflib import get_close_matches  # only an error pays for it

    near = get_close_matches(str(value)[:60], list(choices), n=2, cutoff=0.6)
    if near:
        return "Did you mean " + " or ".join(near) + "?"
    if len(choices) <= 12:
        return "It takes " + ", ".join(choice or '""' for choice in choices) + "."
    return "Zoom's documentation lists them."
