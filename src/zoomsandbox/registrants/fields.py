"""The field tables of registration: names, types and limits (zoom-api: Registrants). No rule that needs state."""

from __future__ import annotations

from typing import Any

from zoomsandbox.core.validation import INVALID, Choice, Errors, Flag, Items, Record, Text

LONGEST_BATCH = 30

# Text that a registrant may give, in the order in which it is answered
PLAIN = ("address", "city", "comments", "country", "industry", "job_title", "org", "phone", "state", "zip")
# The figures of adding and of reading overlap without being the same; the sandbox takes both
_EMPLOYEES = (
    "",
    "1-20",
    "21-50",
    "51-100",
    "101-250",
    "101-500",
    "251-500",
    "500-1,000",
    "501-1,000",
    "1,001-5,000",
    "5,001-10,000",
    "More than 10,000",
)
_TIME_FRAMES = ("", "Within a month", "1-3 months", "4-6 months", "More than 6 months", "No timeframe")
_ROLES = ("", "Decision Maker", "Evaluator/Recommender", "Influencer", "Not involved")
CHOICES: dict[str, Choice] = {
    "no_of_employees": Choice(*_EMPLOYEES),
    "purchasing_time_frame": Choice(*_TIME_FRAMES),
    "role_in_purchase_process": Choice(*_ROLES),
}
_LANGUAGES = (
    "en-US de-DE es-ES fr-FR jp-JP pt-PT ru-RU zh-CN zh-TW ko-KO it-IT vi-VN pl-PL Tr-TR tr-TR ja-JP id-ID nl-NL sv-SE"
)
QUESTIONS_ASKED = (
    "last_name",
    "address",
    "city",
    "country",
    "zip",
    "state",
    "phone",
    "industry",
    "org",
    "job_title",
    "purchasing_time_frame",
    "role_in_purchase_process",
    "no_of_employees",
    "comments",
)


class Address:
    """An e-mail address of at most 128 characters."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        if isinstance(value, str) and len(value) <= 128:
            name, at, domain = value.strip().rpartition("@")
            if at and name and domain and value.isprintable() and " " not in value.strip():
                return value.strip()
        errors.append((path, INVALID))
        return None


class Given:
    """Text that may not be blank, of at most 64 characters."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        if isinstance(value, str) and value.strip() and len(value) <= 64:
            return value
        errors.append((path, INVALID))
        return None


_FLAG = Flag()
_TEXT = Text()

REGISTRANT = Record(
    dict.fromkeys(PLAIN, _TEXT)
    | CHOICES
    | {
        "email": Address(),
        "first_name": Given(),
        "last_name": Text(64),
        "custom_questions": Items(Record({"title": _TEXT, "value": Text(128)})),
        "language": Choice(*_LANGUAGES.split()),
        "auto_approve": _FLAG,
    },
    required=("email", "first_name"),
)

BATCH = Record(
    {
        "auto_approve": _FLAG,
        "registrants_confirmation_email": _FLAG,
        "registrants": Items(
            Record(
                {"email": Address(), "first_name": Given(), "last_name": Text(64)}, required=("email", "first_name")
            ),
            LONGEST_BATCH,
        ),
    },
    required=("registrants",),
)

STATUS = Record(
    {
        "action": Choice("approve", "cancel", "deny"),
        "registrants": Items(Record({"id": _TEXT, "email": _TEXT}), LONGEST_BATCH),
    },
    required=("action",),
)

QUESTIONS = Record(
    {
        "questions": Items(Record({"field_name": Choice(*QUESTIONS_ASKED), "required": _FLAG})),
        "custom_questions": Items(
            Record(
                {"title": _TEXT, "type": Choice("short", "single"), "required": _FLAG, "answers": Items(_TEXT)},
            )
        ),
    }
)
