"""The two other faces of settings: `option=meeting_security` and authentication. Shape only, no state."""

from __future__ import annotations

from typing import Any

AUTHENTICATION = frozenset({"meeting_authentication", "recording_authentication"})


def security(settings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The security of meetings, out of settings by group."""
    schedule = settings["schedule_meeting"]
    return {
        "auto_security": True,
        "block_user_domain": False,
        "embed_password_in_join_link": schedule["embed_password_in_join_link"],
        "encryption_type": "enhanced_encryption",
        "end_to_end_encrypted_meetings": settings["in_meeting"]["e2e_encryption"],
        "meeting_password": schedule["require_password_for_scheduling_new_meetings"],
        "meeting_password_requirement": schedule["meeting_password_requirement"],
        "only_authenticated_can_join_from_webclient": False,
        "phone_password": schedule["pstn_password_protected"],
        "pmi_password": schedule["require_password_for_pmi_meetings"] in {"all", "jbh_only"},
        "require_password_for_scheduled_meeting": schedule["require_password_for_scheduled_meetings"],
        "waiting_room": settings["in_meeting"]["waiting_room"],
    }


def authentication(option: str) -> dict[str, Any]:
    """Who must sign in for meetings or recordings: nobody; the sandbox has no sign-in."""
    return {option: False, "authentication_options": []}
