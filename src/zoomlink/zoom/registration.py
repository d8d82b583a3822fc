"""Registrants and registration questions as values: what is asked, checked, and what Zoom answers. No flows.

Facts: https://developers.zoom.us/docs/api/meetings/ (registrants).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoomlink.errors import InvalidInputError
from zoomlink.times import parse_instant
from zoomlink.zoom.checks import check_choice, check_email, check_flag, check_list, check_names, check_text
from zoomlink.zoom.reading import flag, items, mapping, number, text

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.errors import ZoomLinkError

__all__ = [
    "AddedRegistrant",
    "CustomQuestion",
    "Registrant",
    "RegistrationQuestions",
    "questions_body",
    "registrant_body",
    "status_entry",
]

QUESTIONS = (
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
"""The questions Zoom has ready; e-mail and first name are always asked."""

_LANGUAGES = (
    "en-US",
    "de-DE",
    "es-ES",
    "fr-FR",
    "jp-JP",
    "pt-PT",
    "ru-RU",
    "zh-CN",
    "zh-TW",
    "ko-KO",
    "it-IT",
    "vi-VN",
    "pl-PL",
    "Tr-TR",
)
_CHOICES = {
    "purchasing_time_frame": ("", "Within a month", "1-3 months", "4-6 months", "More than 6 months", "No timeframe"),
    "role_in_purchase_process": ("", "Decision Maker", "Evaluator/Recommender", "Influencer", "Not involved"),
}
_FIELDS = ("email", "first_name", "language", "auto_approve", "custom_questions", "answers", *QUESTIONS)
MAX_NAME = 64
MAX_ANSWER = 128
_MAX_FIELD = 2000


@dataclass(frozen=True, slots=True)
class Registrant:
    """A person registered for a meeting."""

    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    status: str | None
    """``approved``, ``pending`` or ``denied``."""
    join_url: str | None = field(repr=False)
    """This person's own link; None until they are approved."""
    created_at: datetime | None
    """Aware, UTC."""
    pin_code: int | None = field(default=None, repr=False)
    """For joining by telephone."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any], asked: Mapping[str, Any] | None = None) -> Self:
        """Read Zoom's JSON object; never raises. `asked` fills in what the answer to an adding leaves out."""
        body, asked = mapping(body), mapping(asked)
        join_url = text(body.get("join_url"))
        status = text(body.get("status")) or (None if not asked else "approved" if join_url else "pending")
        # The answer to an adding names the *meeting* `id`, and the person `registrant_id`.
        key = body.get("registrant_id") if asked else body.get("id", body.get("registrant_id"))
        return cls(
            id=text(key),
            email=text(body.get("email")) or text(asked.get("email")),
            first_name=text(body.get("first_name")) or text(asked.get("first_name")),
            last_name=text(body.get("last_name")) or text(asked.get("last_name")),
            status=status,
            join_url=join_url,
            created_at=parse_instant(body.get("create_time")),
            pin_code=number(body.get("participant_pin_code")),
            raw=dict(body),
        )


@dataclass(frozen=True, slots=True)
class AddedRegistrant:
    """What became of one of many registrants: `registrant` when added, else `error`."""

    email: str
    registrant: Registrant | None
    error: ZoomLinkError | None = None
    """Why not. An OutcomeUnknownError means that this person may be registered all the same."""

    @property
    def added(self) -> bool:
        """True when Zoom confirmed it."""
        return self.registrant is not None

    @property
    def registrant_id(self) -> str | None:
        """The registrant's id, when added."""
        return self.registrant.id if self.registrant else None

    @property
    def join_url(self) -> str | None:
        """The person's own link, when added and approved."""
        return self.registrant.join_url if self.registrant else None


@dataclass(frozen=True, slots=True)
class CustomQuestion:
    """A question of one's own."""

    title: str
    required: bool = False
    answers: tuple[str, ...] = ()
    """The answers to choose from; empty for a free answer."""


@dataclass(frozen=True, slots=True)
class RegistrationQuestions:
    """What people are asked who register."""

    standard: Mapping[str, bool]
    """Zoom's ready questions that are asked → whether an answer is required."""
    custom: tuple[CustomQuestion, ...]
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_api(cls, body: Mapping[str, Any]) -> Self:
        """Read Zoom's JSON object; never raises."""
        body = mapping(body)
        standard = {
            name: flag(entry.get("required")) or False
            for entry in items(body.get("questions"))
            if (name := text(entry.get("field_name"))) is not None
        }
        custom = []
        for entry in items(body.get("custom_questions")):
            answers = entry.get("answers")
            chosen = tuple(one for one in answers if isinstance(one, str)) if isinstance(answers, list) else ()
            custom.append(CustomQuestion(text(entry.get("title")) or "", flag(entry.get("required")) or False, chosen))
        return cls(standard, tuple(custom), dict(body))


def registrant_body(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check one registrant and return Zoom's body for it.

    `values`: ``email`` and ``first_name``, and what else Zoom asks. Under ``answers`` stand answers by question: those
    to Zoom's own questions by their names (``city``), all others by the question's title. Raises InvalidInputError.
    """
    if not isinstance(values, Mapping):
        raise InvalidInputError(
            f"A registrant is a {type(values).__name__}.",
            field="registrants",
            hint='Give {"email": "ana@example.com", "first_name": "Ana"}.',
        )
    check_names(values, _FIELDS, "registrant", "A registrant")
    given = {name: value for name, value in values.items() if value is not None}
    if not given.get("email"):
        raise InvalidInputError("A registrant needs an e-mail address.", field="email")
    body: dict[str, Any] = {
        "email": check_email(given.pop("email"), "email"),
        "first_name": check_text(
            given.pop("first_name", ""),
            "first_name",
            MAX_NAME,
            required="A registrant needs a first name.",
            name="first name",
        ),
    }
    if "auto_approve" in given:
        body["auto_approve"] = check_flag(given.pop("auto_approve"), "auto_approve")
    if "language" in given:
        body["language"] = check_choice(given.pop("language"), "language", _LANGUAGES)
    custom = [_answer(one) for one in check_list(given.pop("custom_questions", ()), "custom_questions", "answers")]
    answers = given.pop("answers", {})
    if not isinstance(answers, Mapping):
        raise InvalidInputError("answers is not a mapping of question to answer.", field="answers")
    for name, value in {**answers, **given}.items():
        if name in QUESTIONS:
            limit = MAX_NAME if name == "last_name" else _MAX_FIELD
            body[name] = check_text(value, name, limit, name=name.replace("_", " "))
            if name in _CHOICES:
                check_choice(body[name], name, _CHOICES[name])
        else:
            custom.append(_answer({"title": name, "value": value}))
    if custom:
        body["custom_questions"] = custom
    return body


def status_entry(registrant: Registrant | Mapping[str, Any] | str) -> dict[str, str]:
    """Name a registrant as Zoom wants it, from a Registrant, an id, an e-mail address or ``{"id", "email"}``."""
    if isinstance(registrant, Registrant):
        given: Mapping[str, Any] = {"id": registrant.id, "email": registrant.email}
    elif isinstance(registrant, str):
        given = {"email" if "@" in registrant else "id": registrant}
    elif isinstance(registrant, Mapping):
        check_names(registrant, ("id", "email"), "registrants", "A registrant here")
        given = registrant
    else:
        raise InvalidInputError(
            f"A registrant is a {type(registrant).__name__}.",
            field="registrants",
            hint="Give a registrant's id, an e-mail address, or what registrants.list returned.",
        )
    entry = {}
    if given.get("id"):
        entry["id"] = check_text(given["id"], "registrants", 200, name="registrant's id")
    if given.get("email"):
        entry["email"] = check_email(given["email"], "registrants")
    if not entry:
        raise InvalidInputError("A registrant needs an id or an e-mail address.", field="registrants")
    return entry


def questions_body(
    standard: Mapping[str, bool] | Iterable[str], custom: Iterable[CustomQuestion | Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the body that sets the questions. Raises InvalidInputError for one that Zoom does not have."""
    if not isinstance(standard, Mapping):
        standard = dict.fromkeys(check_list(standard, "standard", "questions"), False)
    ready = [
        {"field_name": check_choice(name, "question", QUESTIONS), "required": check_flag(required, "required")}
        for name, required in standard.items()
    ]
    own = [_custom_question(one) for one in check_list(custom, "custom", "questions")]
    return {"questions": ready, "custom_questions": own}


def _custom_question(given: object) -> dict[str, Any]:
    if isinstance(given, CustomQuestion):
        given = {"title": given.title, "required": given.required, "answers": given.answers}
    if not isinstance(given, Mapping):
        raise InvalidInputError(
            f"A question is a {type(given).__name__}.", field="custom", hint='Give {"title": "Which level?"}.'
        )
    check_names(given, ("title", "type", "required", "answers"), "custom", "A question")
    answers: Sequence[Any] = check_list(given.get("answers") or (), "custom.answers", "answers")
    kind = given.get("type") or ("single" if answers else "short")
    check_choice(kind, "custom.type", ("short", "single"))
    if (kind == "single") != bool(answers):
        raise InvalidInputError(
            "A question with answers to choose from is of the type single, one without is short.",
            field="custom.answers",
            hint="Give answers, or leave the type out.",
        )
    title = check_text(given.get("title", ""), "custom.title", 2000, required="A question needs a title.", name="title")
    body: dict[str, Any] = {
        "title": title,
        "type": kind,
        "required": check_flag(given.get("required", False), "required"),
    }
    if answers:
        body["answers"] = [check_text(one, "custom.answers", MAX_ANSWER, name="answer") for one in answers]
    return body


def _answer(given: object) -> dict[str, str]:
    entry = mapping(given)
    check_names(entry, ("title", "value"), "custom_questions", "An answer")
    title = entry.get("title", "")
    return {
        "title": check_text(title, "answers", 2000, required="An answer needs its question's title.", name="question"),
        "value": check_text(entry.get("value", ""), "answers", MAX_ANSWER, name="answer"),
    }
