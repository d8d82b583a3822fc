"""One registrant, and one meeting's roll of them with its questions. What follows from these alone; asks no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from zoomsandbox.core.validation import INVALID, MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Status = Literal["approved", "pending", "denied", "cancelled"]


class Registrant:
    """One person's registration for one meeting.

    `number` counts registrations of the account from 1, for the order of lists. `dates` are the occurrence ids
    registered for, None: the whole meeting. `by_date` holds what was decided for single dates.
    """

    __slots__ = ("by_date", "created_at", "dates", "fields", "id", "meeting_id", "number", "pin", "status")

    def __init__(self, registrant_id: str, number: int, meeting_id: int, pin: int, created_at: int) -> None:
        self.id = registrant_id
        self.number = number
        self.meeting_id = meeting_id
        self.pin = pin
        self.created_at = created_at
        self.fields: dict[str, Any] = {}
        self.status: Status = "approved"
        self.dates: frozenset[str] | None = None
        self.by_date: dict[str, Status] = {}

    @property
    def email(self) -> str:
        return str(self.fields["email"])

    def status_on(self, key: str) -> Status | None:
        """What was decided for one date; None when that is not registered for."""
        if self.dates is not None and key not in self.dates:
            return None
        return self.by_date.get(key, self.status)


class Roll:
    """All registrants of one meeting, and the questions they are asked."""

    __slots__ = ("_by_email", "_by_id", "custom_questions", "questions")

    def __init__(self) -> None:
        self._by_id: dict[str, Registrant] = {}
        self._by_email: dict[str, Registrant] = {}
        self.questions: list[dict[str, Any]] = [{"field_name": "last_name", "required": False}]
        self.custom_questions: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[Registrant]:
        return iter(self._by_id.values())

    def add(self, registrant: Registrant) -> None:
        self._by_id[registrant.id] = self._by_email[registrant.email.lower()] = registrant

    def remove(self, registrant: Registrant) -> None:
        del self._by_id[registrant.id]
        del self._by_email[registrant.email.lower()]

    def find(self, registrant_id: str = "", email: str = "") -> Registrant | None:
        """The registrant with this id, or else this address."""
        return self._by_id.get(registrant_id) or self._by_email.get(email.strip().lower())

    @property
    def coming(self) -> int:
        """How many take up a place: all but those refused or gone."""
        return sum(1 for one in self if one.status in {"approved", "pending"})

    def listed(self, status: str, key: str) -> list[Registrant]:
        """Those with this status, on the date `key` when one is given; in the order in which they came."""
        return [one for one in self if (one.status_on(key) if key else one.status) == status]

    def unanswered(self, fields: dict[str, Any]) -> list[tuple[str, str]]:
        """What `fields` leave out of the required questions, or answer with none of the choices."""
        wrong = [
            (one.get("field_name", "questions"), MISSING)
            for one in self.questions
            if one.get("required") and not fields.get(one.get("field_name", ""))
        ]
        answers = {one.get("title"): one.get("value") for one in fields.get("custom_questions", ())}
        for question in self.custom_questions:
            answer = answers.get(question.get("title"))
            if not answer and question.get("required"):
                wrong.append(("custom_questions", MISSING))
            elif answer and question.get("answers") and question.get("type") == "single":
                wrong += [("custom_questions", INVALID)] if answer not in question["answers"] else []
        return wrong


def keys_in(text: str) -> Iterable[str]:
    """The ids in a comma list."""
    return [part.strip() for part in text.split(",") if part.strip()]
