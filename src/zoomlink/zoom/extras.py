"""What a meeting's request may carry beside topic and time: people, tracking fields, a template; checked. No settings
but the few that have an argument of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.checks import check_choice, check_email, check_flag, check_list, check_names, check_text
from zoomlink.zoom.paths import host_segment

__all__ = ["TrackingFields", "own_arguments", "top_level"]

TrackingFields = Mapping[str, str] | Iterable[Mapping[str, str]]
"""``{"Department": "Sales"}``, or Zoom's own list of ``{"field", "value"}``."""

_REGISTRATION = {"automatic": 0, "manual": 1, "off": 2}


def top_level(
    *,
    instant: bool,
    may_pre_schedule: bool,
    tracking_fields: TrackingFields | None,
    template_id: str | None,
    schedule_for: str | None,
    pre_schedule: bool | None,
) -> dict[str, Any]:
    """Return the fields of the body that these arguments fill. Raises InvalidInputError."""
    body: dict[str, Any] = {}
    if schedule_for is not None:
        host_segment(schedule_for)
        if instant:
            raise InvalidInputError(
                "An instant meeting cannot be scheduled for somebody else.",
                field="schedule_for",
                hint="Leave schedule_for out.",
            )
        body["schedule_for"] = schedule_for.strip()
    if template_id is not None:
        body["template_id"] = check_text(template_id, "template_id", 200, required="The template's id is empty.")
    if pre_schedule is not None:
        if check_flag(pre_schedule, "pre_schedule") and not may_pre_schedule:
            raise InvalidInputError(
                "Only single meetings and those without fixed time can be pre-scheduled.",
                field="pre_schedule",
                hint="Leave pre_schedule out.",
            )
        body["pre_schedule"] = pre_schedule
    if tracking_fields is not None:
        body["tracking_fields"] = _tracking_fields(tracking_fields)
    return body


def own_arguments(
    alternative_hosts: str | Iterable[str] | None, invitees: Iterable[str] | None, registration: str | None
) -> dict[str, tuple[str, Any]]:
    """Return the settings that have arguments of their own: setting → argument and value. Raises InvalidInputError."""
    found: dict[str, tuple[str, Any]] = {}
    if alternative_hosts is not None:
        found["alternative_hosts"] = ("alternative_hosts", _alternative_hosts(alternative_hosts))
    if invitees is not None:
        people = [check_email(one, "invitees") for one in check_list(invitees, "invitees", "e-mail addresses")]
        found["meeting_invitees"] = ("invitees", [{"email": one} for one in people])
    if registration is not None:
        chosen = _REGISTRATION[check_choice(registration, "registration", _REGISTRATION)]
        found["approval_type"] = ("registration", chosen)
    return found


def _tracking_fields(given: TrackingFields) -> list[dict[str, str]]:
    entries: list[Any]
    if isinstance(given, Mapping):
        entries = [{"field": name, "value": value} for name, value in given.items()]
    else:
        entries = check_list(given, "tracking_fields", "fields")
    return [_tracking_field(entry) for entry in entries]


def _tracking_field(entry: object) -> dict[str, str]:
    where = "tracking_fields"
    if not isinstance(entry, Mapping):
        raise InvalidInputError(
            f"A tracking field is a {type(entry).__name__}.", field=where, hint='Give {"Department": "Sales"}.'
        )
    check_names(entry, ("field", "value"), where, "A tracking field")
    name = entry.get("field", "")
    return {
        "field": check_text(name, where, 255, required="A tracking field needs a name.", name="tracking field's name"),
        "value": check_text(entry.get("value", ""), where, 255, name="tracking field's value"),
    }


def _alternative_hosts(given: str | Iterable[str]) -> str:
    names = given.split(";") if isinstance(given, str) else check_list(given, "alternative_hosts", "users")
    hosts = []
    for name in names:
        if isinstance(given, str) and not name.strip():
            continue
        try:
            host_segment(name)
        except InvalidInputError as error:
            raise InvalidInputError(error.message, field="alternative_hosts", hint=error.hint) from None
        hosts.append(name.strip())
    return ";".join(hosts)
