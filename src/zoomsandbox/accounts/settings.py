"""The account's settings and locks as Zoom groups them, made from what users have by default. Data and its shape."""

from __future__ import annotations

from typing import Any

# What an account's settings have of a user's, under the user's names
_SHARED = {
    "schedule_meeting": (
        "audio_type",
        "force_pmi_jbh_password",
        "host_video",
        "join_before_host",
        "meeting_password_requirement",
        "personal_meeting",
        "require_password_for_instant_meetings",
        "require_password_for_pmi_meetings",
        "require_password_for_scheduled_meetings",
        "require_password_for_scheduling_new_meetings",
        "use_pmi_for_instant_meetings",
        "use_pmi_for_scheduled_meetings",
    ),
    "in_meeting": (
        "annotation",
        "attendee_on_hold",
        "auto_saving_chat",
        "breakout_room",
        "chat",
        "closed_caption",
        "co_host",
        "e2e_encryption",
        "entry_exit_chime",
        "far_end_camera_control",
        "feedback",
        "file_transfer",
        "group_hd",
        "non_verbal_feedback",
        "polling",
        "private_chat",
        "remote_control",
        "remote_support",
        "virtual_background",
    ),
    "email_notification": (
        "alternative_host_reminder",
        "cancel_meeting_reminder",
        "jbh_reminder",
        "schedule_for_reminder",
    ),
    "recording": ("auto_delete_cmr", "auto_recording", "cloud_recording", "local_recording"),
    "feature": ("meeting_capacity",),
    "telephony": ("third_party_audio",),
    "tsp": ("call_out", "show_international_numbers_link"),
}

# What can be locked, by the names of the locks
_LOCKABLE = {
    "schedule_meeting": (
        "audio_type",
        "embed_password_in_join_link",
        "host_video",
        "join_before_host",
        "participant_video",
        "require_password_for_instant_meetings",
        "require_password_for_pmi_meetings",
        "require_password_for_scheduling_new_meetings",
        "use_pmi_for_instant_meetings",
        "use_pmi_for_scheduled_meetings",
    ),
    "in_meeting": ("chat", "co_host", "e2e_encryption", "polling", "private_chat", "screen_sharing"),
    "email_notification": _SHARED["email_notification"],
    "recording": ("auto_recording", "cloud_recording", "local_recording"),
    "telephony": ("third_party_audio",),
    "tsp": ("call_out", "show_international_numbers_link"),
}


def of_account(defaults: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The account's settings by group, out of the defaults of its users."""
    made = {
        group: {name: defaults[group][name] for name in names if name in defaults[group]}
        for group, names in _SHARED.items()
    }
    # The account writes this one in the singular, its users in the plural
    made["schedule_meeting"]["participant_video"] = defaults["schedule_meeting"]["participants_video"]
    return made


def locks(locked: frozenset[str]) -> dict[str, dict[str, bool]]:
    """What of the settings is locked, by group; `locked` are names."""
    return {group: {name: name in locked for name in names} for group, names in _LOCKABLE.items()}


def chosen(settings: dict[str, dict[str, Any]], wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Only the groups and members named in `wanted`."""
    return {
        group: kept
        for group, values in settings.items()
        if (kept := {name: value for name, value in values.items() if name in wanted or group in wanted})
    }
