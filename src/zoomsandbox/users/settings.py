"""The settings every user has unless told otherwise, as data: those a scheduling client reads (zoom-api: Settings)."""

from __future__ import annotations

from typing import Any

LOCKED = "require_password_for_scheduling_new_meetings"


def defaults(plan: str) -> dict[str, dict[str, Any]]:
    """The shared settings by group, for an account on `plan`."""
    return {
        "schedule_meeting": {
            "host_video": True,
            "participants_video": False,
            "audio_type": "voip",
            "join_before_host": False,
            "personal_meeting": True,
            "use_pmi_for_scheduled_meetings": False,
            "use_pmi_for_instant_meetings": False,
            LOCKED: True,
            "require_password_for_scheduled_meetings": True,
            "require_password_for_instant_meetings": True,
            "require_password_for_pmi_meetings": "all",
            "default_password_for_scheduled_meetings": "",
            "embed_password_in_join_link": True,
            "pstn_password_protected": True,
            "force_pmi_jbh_password": False,
            "meeting_password_requirement": {
                "length": 0,
                "consecutive_characters_length": 0,
                "have_letter": False,
                "have_number": False,
                "have_upper_and_lower_characters": False,
                "have_special_character": False,
                "only_allow_numeric": False,
                "weak_enhance_detection": False,
            },
        },
        "in_meeting": {
            "e2e_encryption": False,
            "chat": True,
            "private_chat": True,
            "auto_saving_chat": False,
            "entry_exit_chime": "none",
            "record_play_voice": False,
            "file_transfer": False,
            "feedback": False,
            "co_host": plan != "free",
            "polling": plan != "free",
            "attendee_on_hold": False,
            "annotation": True,
            "remote_control": True,
            "non_verbal_feedback": False,
            "breakout_room": True,
            "remote_support": False,
            "closed_caption": False,
            "group_hd": False,
            "virtual_background": True,
            "far_end_camera_control": False,
            "waiting_room": False,
            "screen_sharing": True,
        },
        "email_notification": {
            "jbh_reminder": True,
            "cancel_meeting_reminder": True,
            "alternative_host_reminder": True,
            "schedule_for_reminder": True,
        },
        "recording": {
            "local_recording": True,
            "cloud_recording": plan != "free",
            "auto_recording": "none",
            "auto_delete_cmr": False,
        },
        "telephony": {"third_party_audio": False, "show_international_numbers_link": True},
        "feature": {
            "meeting_capacity": 300 if plan == "business" else 100,
            "large_meeting": False,
            "webinar": False,
            "cn_meeting": False,
            "in_meeting": False,
            "concurrent_meeting": "None",
            "zoom_phone": False,
        },
        "tsp": {"call_out": False, "call_out_countries": [], "show_international_numbers_link": False},
    }
