"""What a host's settings do to a link, read from Zoom's answer. Pure; unknown and missing settings do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Override", "habits", "overrides", "part"]


@dataclass(frozen=True, slots=True)
class Override:
    """A setting of a host that has the last word over what a link asks for."""

    setting: str
    """Where Zoom keeps it."""
    effect: str
    """What it does, as the end of a sentence that begins with the host."""
    cure: str


def overrides(settings: Mapping[str, Any]) -> list[Override]:
    """Return what a host's settings, as Zoom answers them, will override. Unknown or missing ones are no override."""
    schedule, meeting = part(settings, "schedule_meeting"), part(settings, "in_meeting")
    found = []
    if rules := _passcode_rules(part(schedule, "meeting_password_requirement")):
        found.append(
            Override(
                "schedule_meeting.meeting_password_requirement",
                f"a passcode you choose has to have {rules}.",
                "Leave the passcode to Zoom, or choose one that fits.",
            )
        )
    if meeting.get("waiting_room") is True:
        found.append(
            Override(
                "in_meeting.waiting_room",
                "a waiting room holds guests until the host admits them, and nobody can join before the host.",
                "If nobody will be there to admit guests, create links with waiting_room off, or switch it off in the "
                "host's settings (Security → Waiting Room).",
            )
        )
    if schedule.get("embed_password_in_join_link") is False:
        found.append(
            Override(
                "schedule_meeting.embed_password_in_join_link",
                "join links come without the passcode, so guests have to type it.",
                "Send the passcode along with the link, or switch on “Embed passcode in invite link” in the host's "
                "settings.",
            )
        )
    if schedule.get("use_pmi_for_scheduled_meetings") is True:
        found.append(
            Override(
                "schedule_meeting.use_pmi_for_scheduled_meetings",
                "scheduled meetings take place in the personal room, so all of them share one link.",
                "Create links with use_pmi off, or switch off “Use Personal Meeting ID when scheduling”.",
            )
        )
    return found


def habits(settings: Mapping[str, Any]) -> str:
    """Return what happens unless a link says otherwise, in a sentence; empty when the settings do not tell."""
    schedule = part(settings, "schedule_meeting")
    said = []
    if (passcode := schedule.get("require_password_for_scheduling_new_meetings")) is not None:
        said.append("Zoom adds a passcode" if passcode else "there is no passcode")
    if (early := schedule.get("join_before_host")) is not None:
        said.append("guests may come in before the host" if early else "guests wait until the host is there")
    return f"Unless a link says otherwise, {' and '.join(said)}." if said else ""


def _passcode_rules(rules: Mapping[str, Any]) -> str:
    said = []
    length = rules.get("length")
    if isinstance(length, int) and length > 1:
        said.append(f"at least {length} characters")
    if rules.get("only_allow_numeric") is True:
        said.append("digits only")
    for field, words in (
        ("have_letter", "a letter"),
        ("have_number", "a digit"),
        ("have_special_character", "a special character"),
        ("have_upper_and_lower_characters", "both capitals and small letters"),
    ):
        if rules.get(field) is True:
            said.append(words)
    run = rules.get("consecutive_characters_length")
    if isinstance(run, int) and run > 0:
        said.append(f"no run of {run} characters such as abcd")
    return ", ".join(said)


def part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}
