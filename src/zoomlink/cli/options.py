"""Options that many commands share, said once. The parser reads them from the commands' signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from zoomlink.errors import InvalidInputError

if TYPE_CHECKING:
    from zoomlink.times import When
    from zoomlink.zoom.recurrence import Recurrence

__all__ = [
    "AlternativeHosts",
    "Invitees",
    "Ref",
    "Registration",
    "Repeat",
    "Sandbox",
    "Settings",
    "TrackingFields",
    "Yes",
    "given_fields",
    "pairs",
    "series_of",
]

Ref = Annotated[
    str,
    Parameter(
        help="The link's id, lnk_…, its key, or its meeting's number, as in 812 3456 7890. Digits alone are a number."
    ),
]
Sandbox = Annotated[
    bool,
    Parameter(
        name="--sandbox",
        help="Use a local Zoom instead of the real one: no account, no network. Also: ZOOMLINK_SANDBOX=1.",
    ),
]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], help="Do not ask.")]

Repeat = Annotated[
    str | None,
    Parameter(
        name="--repeat",
        help='Make it a series: "every tuesday and thursday until 20 june 2032", "toda terça por 10 vezes", or an RFC 5545 rule such as "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10".',
    ),
]
Registration = Annotated[
    str | None,
    Parameter(
        name="--registration",
        help="Guests register first: automatic (everybody gets in) or manual (the host decides); off: they do not.",
    ),
]
AlternativeHosts = Annotated[
    list[str] | None,
    Parameter(
        name="--alternative-host", help="E-mail address of a user who may start it too; may be given several times."
    ),
]
Invitees = Annotated[
    list[str] | None,
    Parameter(name="--invitee", help="E-mail address of an invited person; may be given several times."),
]
TrackingFields = Annotated[
    list[str] | None,
    Parameter(
        name="--tracking-field", help="NAME=VALUE of a tracking field of the account; may be given several times."
    ),
]
Settings = Annotated[
    list[str] | None,
    Parameter(
        name=["--setting", "-S"],
        help="NAME=VALUE of any of Zoom's meeting settings, by Zoom's own names: waiting_room=true; may be given several times.",
    ),
]


def given_fields(
    *,
    registration: str | None,
    alternative_host: list[str] | None,
    invitee: list[str] | None,
    tracking_field: list[str] | None,
    setting: list[str] | None,
) -> dict[str, Any]:
    """What these options ask for, as the arguments of ``meetings.create`` and ``update``; what is not given is left out.

    Raises InvalidInputError for an entry that is not NAME=VALUE.
    """
    found = {
        "registration": registration,
        "alternative_hosts": alternative_host,
        "invitees": invitee,
        "tracking_fields": dict(pairs(tracking_field, "--tracking-field")) or None,
        "settings": {name: _value(value) for name, value in pairs(setting, "--setting")} or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def pairs(entries: list[str] | None, option: str) -> list[tuple[str, str]]:
    """Split NAME=VALUE entries. Raises InvalidInputError for one without a name."""
    found = []
    for entry in entries or []:
        name, equals, value = entry.partition("=")
        if not name.strip() or not equals:
            raise InvalidInputError(f"{entry!r} is not NAME=VALUE.", field=option, hint=f"Write {option} name=value.")
        found.append((name.strip(), value))
    return found


def series_of(repeat: str, when: When | None) -> Recurrence:
    """Read --repeat. Raises InvalidInputError naming the word that was not understood."""
    from zoomlink.zoom.recurrence import Recurrence

    return Recurrence.parse(repeat, when)


def _value(text: str) -> Any:
    """A setting's value: true, 15, ["a"] as JSON has them, anything else as it stands."""
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
