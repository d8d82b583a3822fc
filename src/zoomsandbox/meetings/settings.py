"""A meeting's settings when nobody says otherwise, in the order Zoom answers them. Data and its merging."""

from __future__ import annotations

from typing import Any

TEMPLATE: dict[str, Any] = {
    "host_video": True,
    "participant_video": False,
    "cn_meeting": False,
    "in_meeting": False,
    "join_before_host": False,
    "jbh_time": 0,
    "mute_upon_entry": False,
    "watermark": False,
    "use_pmi": False,
    "approval_type": 2,
    "audio": "voip",
    "auto_recording": "none",
    "auto_add_recording_to_video_management": {"enable": False},
    "enforce_login": False,
    "enforce_login_domains": "",
    "alternative_hosts": "",
    "alternative_host_update_polls": False,
    "alternative_host_manage_meeting_summary": False,
    "alternative_host_manage_cloud_recording": False,
    "close_registration": False,
    "show_share_button": False,
    "allow_multiple_devices": False,
    "registrants_confirmation_email": True,
    "waiting_room": False,
    "request_permission_to_unmute_participants": False,
    "registrants_email_notification": True,
    "meeting_authentication": False,
    "encryption_type": "enhanced_encryption",
    "approved_or_denied_countries_or_regions": {"enable": False},
    "breakout_room": {"enable": False},
    "internal_meeting": False,
    "continuous_meeting_chat": {
        "enable": True,
        "auto_add_invited_external_users": False,
        "auto_add_meeting_participants": False,
    },
    "participant_focused_meeting": False,
    "push_change_to_calendar": False,
    "resources": [],
    "auto_start_meeting_summary": False,
    "auto_start_ai_companion_questions": False,
    "summary_template_id": "1e1356ad",
    "allow_host_control_participant_mute_state": False,
    "alternative_hosts_email_notification": True,
    "show_join_info": False,
    "device_testing": False,
    "focus_mode": False,
    "meeting_invitees": [],
    "private_meeting": False,
    "email_notification": True,
    "host_save_video_order": False,
    "sign_language_interpretation": {"enable": False},
    "email_in_attendee_report": False,
}

# Objects of which a part may be given; the rest keeps its value
_MERGED = ("continuous_meeting_chat", "breakout_room", "approved_or_denied_countries_or_regions")


def base_for(user_settings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The meeting settings of a host who gives none, from that user's own settings."""
    schedule = user_settings["schedule_meeting"]
    return TEMPLATE | {
        "host_video": schedule["host_video"],
        "participant_video": schedule["participants_video"],
        "join_before_host": schedule["join_before_host"],
        "audio": schedule["audio_type"],
        "use_pmi": schedule["use_pmi_for_scheduled_meetings"],
        "waiting_room": user_settings["in_meeting"]["waiting_room"],
        "auto_recording": user_settings["recording"]["auto_recording"],
    }


def difference(base: dict[str, Any], chosen: dict[str, Any], *, may_register: bool) -> dict[str, Any]:
    """What of `chosen` differs from `base` once Zoom's rules are applied; only this is kept per meeting.

    A waiting room switches join-before-host off; a host without licence cannot ask for registration.
    """
    if not chosen and not (base["waiting_room"] and base["join_before_host"]):
        return chosen
    kept = dict(chosen)
    for name in _MERGED:
        if name in kept:
            kept[name] = base[name] | kept[name]
    if kept.get("waiting_room", base["waiting_room"]):
        kept["join_before_host"] = False
    if not may_register:
        kept.pop("approval_type", None)
    return {name: value for name, value in kept.items() if name not in base or base[name] != value}
