"""The field tables of create and update: names, types and limits (zoom-api: Create). No rule that needs state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from zoomsandbox.core import zones
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.core.validation import INVALID, Choice, Errors, Flag, Integer, Items, Record, Text

_LATEST = 221_845_392_000.0  # the year 9000
_WALL = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?")


class StartTime:
    """``…Z`` (or an offset): an instant, float seconds. Without: wall time, a datetime without zone. Blank: None."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> float | datetime | None:
        if value == "":
            return None
        try:
            if _WALL.fullmatch(value):
                instant = parse_instant(value)
                return zones.wall_of(_in_range(instant), UTC)
            return _in_range(parse_instant(value))
        except (TypeError, ValueError, OverflowError, AttributeError):
            errors.append((path, INVALID))
            return None


def _in_range(instant: float) -> float:
    """Whole seconds; raises ValueError beyond the years that every zone and series can count."""
    if instant >= _LATEST:
        raise ValueError("too late")
    return instant // 1


class Instant:
    """An instant, seconds since the epoch; without zone it is UTC."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> float | None:
        try:
            return parse_instant(value)
        except (TypeError, ValueError, OverflowError, AttributeError):
            errors.append((path, INVALID))
            return None


class Zone:
    """A time zone's name; blank is None."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        if value == "":
            return None
        if isinstance(value, str) and len(value) < 64 and zones.find(value) is not None:
            return value
        errors.append((path, INVALID))
        return None


class Passcode:
    """At most ten visible ASCII characters."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and len(text) <= 10 and (not text or (text.isascii() and text.isprintable())):
            return text
        errors.append((path, INVALID))
        return None


class WeeklyDays:
    """``1,3,5``: days of the week, 1 is Sunday."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str):
            days = [day.strip() for day in text.split(",")]
            if all(day in {"1", "2", "3", "4", "5", "6", "7"} for day in days):
                return ",".join(sorted(set(days)))
        errors.append((path, INVALID))
        return None


_FLAG = Flag()
_TEXT = Text()
_TEXTS = Items(_TEXT)
_PEOPLE = Items(Record({"email": _TEXT, "name": _TEXT}))

RECURRENCE = Record(
    {
        "type": Integer(allowed=(1, 2, 3)),
        "repeat_interval": Integer(0, 99),
        "weekly_days": WeeklyDays(),
        "monthly_day": Integer(1, 31),
        "monthly_week": Integer(allowed=(-1, 1, 2, 3, 4)),
        "monthly_week_day": Integer(1, 7),
        "end_times": Integer(0, 60),
        "end_date_time": Instant(),
    },
    required=("type",),
)

_FLAGS = [
    "allow_multiple_devices",
    "alternative_hosts_email_notification",
    "close_registration",
    "cn_meeting",
    "email_notification",
    "focus_mode",
    "host_video",
    "in_meeting",
    "join_before_host",
    "meeting_authentication",
    "mute_upon_entry",
    "participant_video",
    "private_meeting",
    "registrants_confirmation_email",
    "registrants_email_notification",
    "show_share_button",
    "show_join_info",
    "use_pmi",
    "waiting_room",
    "watermark",
    "host_save_video_order",
    "alternative_host_update_polls",
    "alternative_host_manage_meeting_summary",
    "alternative_host_manage_cloud_recording",
    "internal_meeting",
    "participant_focused_meeting",
    "push_change_to_calendar",
    "auto_start_meeting_summary",
    "auto_start_ai_companion_questions",
    "device_testing",
    "request_permission_to_unmute_participants",
    "allow_host_control_participant_mute_state",
    "disable_participant_video",
    "email_in_attendee_report",
    "enforce_login",
]

_TEXT_FIELDS = [
    "alternative_hosts",
    "authentication_domains",
    "authentication_option",
    "contact_email",
    "contact_name",
    "summary_template_id",
    "enforce_login_domains",
]

SETTINGS = Record(
    dict.fromkeys(_FLAGS, _FLAG)
    | dict.fromkeys(_TEXT_FIELDS, _TEXT)
    | {
        "additional_data_center_regions": _TEXTS,
        "approval_type": Integer(allowed=(0, 1, 2)),
        "approved_or_denied_countries_or_regions": Record(
            {
                "approved_list": _TEXTS,
                "denied_list": _TEXTS,
                "enable": _FLAG,
                "method": Choice("approve", "deny"),
            }
        ),
        "audio": Choice("both", "telephony", "voip", "thirdParty"),
        "audio_conference_info": Text(2048),
        "authentication_exception": _PEOPLE,
        "auto_recording": Choice("local", "cloud", "none"),
        "auto_add_recording_to_video_management": Record(
            {
                "enable": _FLAG,
                "channels": Items(Record({"channel_id": _TEXT, "name": _TEXT}, required=("channel_id",)), 5),
            },
            required=("enable",),
        ),
        "breakout_room": Record(
            {"enable": _FLAG, "rooms": Items(Record({"name": _TEXT, "participants": _TEXTS}))},
        ),
        "calendar_type": Integer(allowed=(1, 2)),
        "continuous_meeting_chat": Record(
            {
                "enable": _FLAG,
                "auto_add_invited_external_users": _FLAG,
                "auto_add_meeting_participants": _FLAG,
            }
        ),
        "custom_keys": Items(Record({"key": Text(64), "value": Text(256)}), 10),
        "encryption_type": Choice("enhanced_encryption", "e2ee"),
        "global_dial_in_countries": _TEXTS,
        "jbh_time": Integer(allowed=(0, 5, 10, 15)),
        "question_and_answer": Record(
            {
                "enable": _FLAG,
                "allow_submit_questions": _FLAG,
                "allow_anonymous_questions": _FLAG,
                "question_visibility": Choice("answered", "all"),
                "attendees_can_comment": _FLAG,
                "attendees_can_upvote": _FLAG,
            }
        ),
        "language_interpretation": Record(
            {
                "enable": _FLAG,
                "interpreters": Items(Record({"email": _TEXT, "languages": _TEXT, "interpreter_languages": _TEXT})),
            }
        ),
        "sign_language_interpretation": Record(
            {"enable": _FLAG, "interpreters": Items(Record({"email": _TEXT, "sign_language": _TEXT}), 20)}
        ),
        "meeting_invitees": Items(Record({"email": _TEXT})),
        "registration_type": Integer(allowed=(1, 2, 3)),
        "waiting_room_options": Record(
            {
                "mode": Choice("follow_setting", "custom"),
                "who_goes_to_waiting_room": Choice(
                    "everyone",
                    "users_not_in_account",
                    "users_not_in_account_or_whitelisted_domains",
                    "users_not_on_invite",
                    "users_not_in_org",
                ),
            },
            required=("mode",),
        ),
        "resources": Items(
            Record(
                {
                    "resource_type": Choice("whiteboard"),
                    "resource_id": _TEXT,
                    "permission_level": Choice("editor", "commenter", "viewer"),
                }
            )
        ),
        "who_will_receive_summary": Integer(allowed=(1, 2, 3, 4)),
        "who_can_ask_questions": Integer(allowed=(1, 2, 3, 4, 5)),
    }
)

MEETING = Record(
    {
        "topic": Text(200),
        "agenda": Text(2000),
        "type": Integer(allowed=(1, 2, 3, 8, 10)),
        "start_time": StartTime(),
        "timezone": Zone(),
        "duration": Integer(1, 1440),
        "password": Passcode(),
        "default_password": _FLAG,
        "schedule_for": _TEXT,
        "template_id": _TEXT,
        "pre_schedule": _FLAG,
        "tracking_fields": Items(Record({"field": _TEXT, "value": _TEXT}, required=("field",))),
        "recurrence": RECURRENCE,
        "settings": SETTINGS,
    }
)

# An update knows neither of these; it ignores them as it ignores any unknown name
_CREATE_ONLY = {"default_password"}
_CREATE_ONLY_SETTINGS = {"additional_data_center_regions", "show_join_info"}

UPDATE = Record(
    {name: rule for name, rule in MEETING.fields.items() if name not in _CREATE_ONLY}
    | {"settings": Record({name: rule for name, rule in SETTINGS.fields.items() if name not in _CREATE_ONLY_SETTINGS})}
)

STATUS = Record({"action": Choice("end", "recover")}, required=("action",))

SIP_DIALING = Record({"passcode": _TEXT})

INVITE_LINKS = Record(
    {
        "attendees": Items(
            Record({"name": Text(64), "disable_video": _FLAG, "disable_audio": _FLAG}, required=("name",)), 500
        ),
        "ttl": Integer(0, 7_776_000),
    },
    required=("attendees",),
)
