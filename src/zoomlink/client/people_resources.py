"""``zoom.registrants``, ``zoom.past``, ``zoom.templates``, ``zoom.users``, for threads. One line per operation.

`async_people_resources.py` is made from this file by ``make twins``: change this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomlink.zoom import past, registrants, templates, users

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.zoom.models import User
    from zoomlink.zoom.past import Participant, PastInstance, PastMeeting
    from zoomlink.zoom.registration import AddedRegistrant, CustomQuestion, Registrant, RegistrationQuestions
    from zoomlink.zoom.templates import Template
    from zoomlink.zoom.user_settings import UserSettings
    from zoomlink.zoom.users import Scheduler, UserSummary

__all__ = ["Past", "Registrants", "Templates", "Users"]


class Registrants:
    """Who registered for a meeting. The meeting needs registration, and a licensed host."""

    def __init__(self, client: ZoomClient) -> None:
        self._client = client

    def add(
        self,
        meeting: int | str,
        *,
        email: str,
        first_name: str,
        last_name: str | None = None,
        answers: Mapping[str, str] | None = None,
        language: str | None = None,
        auto_approve: bool | None = None,
        occurrences: Iterable[str | int] = (),
    ) -> Registrant:
        """Register one person, once. Their `join_url` is None while the host has to approve.

        `answers`: by question; to Zoom's own questions by their names (``city``, ``phone``), to others by their title.
        `language` of Zoom's mail, such as ``pt-PT``. `occurrences`: ids, where they register for some dates of a
        series. Raises ConflictError (registration off, meeting full or over), OutcomeUnknownError.
        """
        values = {
            "email": email,
            "first_name": first_name,
            "last_name": last_name,
            "answers": answers,
            "language": language,
            "auto_approve": auto_approve,
        }
        return self._client.run(registrants.add(meeting, values, occurrences=occurrences, policy=self._client.policy))

    def add_many(
        self,
        meeting: int | str,
        people: Iterable[Mapping[str, Any]],
        *,
        auto_approve: bool | None = None,
        confirmation_email: bool | None = None,
    ) -> builtins.list[AddedRegistrant]:
        """Register any number of people and say of each what became of it, in their order.

        A person is ``{"email": …, "first_name": …}`` with what `add` takes beside. They go out 30 to a call; one who
        is refused costs the others nothing. Raises InvalidInputError before anything is sent, and nothing afterwards.
        """
        return self._client.run(
            registrants.add_many(
                meeting,
                people,
                auto_approve=auto_approve,
                confirmation_email=confirmation_email,
                policy=self._client.policy,
            )
        )

    def list(
        self, meeting: int | str, *, status: str = "approved", occurrence: str | int | None = None
    ) -> builtins.list[Registrant]:
        """Fetch all registrants of a `status`: ``approved``, ``pending`` or ``denied``; all pages."""
        found = registrants.pages(meeting, status=status, occurrence=occurrence, policy=self._client.policy)
        return self._client.run(found.rest())

    def iterate(
        self,
        meeting: int | str,
        *,
        status: str = "approved",
        occurrence: str | int | None = None,
        page_size: int = 300,
    ) -> Iterator[Registrant]:
        """Walk through the registrants as in `list`, fetching a page when it is needed."""
        return self._client.each(
            registrants.pages(
                meeting, status=status, occurrence=occurrence, page_size=page_size, policy=self._client.policy
            )
        )

    def get(self, meeting: int | str, registrant: str) -> Registrant:
        """Fetch one registrant by id."""
        return self._client.run(registrants.get(meeting, registrant, policy=self._client.policy))

    def approve(
        self,
        meeting: int | str,
        people: Iterable[Registrant | Mapping[str, Any] | str] | Registrant | str,
        *,
        occurrence: str | int | None = None,
    ) -> None:
        """Approve registrants (what `list` returned, ids or e-mail addresses), any number. Repeating does no harm."""
        self._client.run(
            registrants.change_status(meeting, "approve", people, occurrence=occurrence, policy=self._client.policy)
        )

    def deny(
        self,
        meeting: int | str,
        people: Iterable[Registrant | Mapping[str, Any] | str] | Registrant | str,
        *,
        occurrence: str | int | None = None,
    ) -> None:
        """Turn registrants down, any number. Repeating does no harm."""
        self._client.run(
            registrants.change_status(meeting, "deny", people, occurrence=occurrence, policy=self._client.policy)
        )

    def cancel(
        self,
        meeting: int | str,
        people: Iterable[Registrant | Mapping[str, Any] | str] | Registrant | str,
        *,
        occurrence: str | int | None = None,
    ) -> None:
        """Cancel the registration of people who were approved, any number. Repeating does no harm."""
        self._client.run(
            registrants.change_status(meeting, "cancel", people, occurrence=occurrence, policy=self._client.policy)
        )

    def delete(self, meeting: int | str, registrant: str, *, occurrence: str | int | None = None) -> bool:
        """Delete a registrant for good. False when there was none any more."""
        return self._client.run(
            registrants.delete(meeting, registrant, occurrence=occurrence, policy=self._client.policy)
        )

    def questions(self, meeting: int | str) -> RegistrationQuestions:
        """Fetch what people are asked who register."""
        return self._client.run(registrants.questions(meeting, policy=self._client.policy))

    def set_questions(
        self,
        meeting: int | str,
        *,
        standard: Mapping[str, bool] | Iterable[str] = (),
        custom: Iterable[CustomQuestion | Mapping[str, Any]] = (),
    ) -> None:
        """Set what people are asked who register, in place of what they were asked before.

        `standard`: Zoom's own questions, ``{"last_name": True, "city": False}`` with whether an answer is required.
        `custom`: one's own, ``{"title": "Which level?", "required": True, "answers": ["A1", "A2"]}``.
        """
        self._client.run(
            registrants.set_questions(meeting, standard=standard, custom=custom, policy=self._client.policy)
        )


class Past:
    """What took place. Paid accounts, one year back at most."""

    def __init__(self, client: ZoomClient) -> None:
        self._client = client

    def get(self, meeting: int | str) -> PastMeeting:
        """Fetch the latest instance of a meeting by its id, or any instance by its uuid."""
        return self._client.run(past.get(meeting, policy=self._client.policy))

    def instances(
        self, meeting: int | str, *, from_date: date | str | None = None, to_date: date | str | None = None
    ) -> builtins.list[PastInstance]:
        """Fetch the times a meeting took place, 15 months back at most; both days (UTC) or neither."""
        return self._client.run(
            past.instances(meeting, from_date=from_date, to_date=to_date, policy=self._client.policy)
        )

    def participants(self, meeting: int | str) -> builtins.list[Participant]:
        """Fetch who was there, by a meeting's id (its latest instance) or an instance's uuid; all pages.

        Zoom names nobody when only one person was there.
        """
        return self._client.run(past.participant_pages(meeting, policy=self._client.policy).rest())

    def iterate_participants(self, meeting: int | str, *, page_size: int = 300) -> Iterator[Participant]:
        """Walk through the participants, fetching a page when it is needed."""
        return self._client.each(past.participant_pages(meeting, page_size=page_size, policy=self._client.policy))


class Templates:
    """Templates to make meetings from, with `template_id`."""

    def __init__(self, client: ZoomClient) -> None:
        self._client = client

    def list(self, user: str) -> builtins.list[Template]:
        """Fetch the templates a user may choose from."""
        return self._client.run(templates.list_all(user, policy=self._client.policy))

    def create(
        self, user: str, meeting: int | str, *, name: str, save_recurrence: bool = False, overwrite: bool = False
    ) -> Template:
        """Make a template from a meeting; a user may have 40. `overwrite` replaces one of the same name."""
        return self._client.run(
            templates.create(
                user,
                meeting,
                name=name,
                save_recurrence=save_recurrence,
                overwrite=overwrite,
                policy=self._client.policy,
            )
        )


class Users:
    """The users of the account."""

    def __init__(self, client: ZoomClient) -> None:
        self._client = client

    def get(self, user: str) -> User:
        """Fetch one user by e-mail address or id; ``me`` is the owner of the account. Raises NotFoundError."""
        return self._client.run(users.get(user, policy=self._client.policy))

    def list(self, *, status: str = "active", role: str | None = None) -> builtins.list[User]:
        """Fetch all users of a status, ``active``, ``inactive`` or ``pending``; all pages. `role`: a role's id."""
        return self._client.run(users.pages(policy=self._client.policy, status=status, role=role).rest())

    def iterate(self, *, status: str = "active", role: str | None = None, page_size: int = 300) -> Iterator[User]:
        """Walk through the users as in `list`, fetching a page (up to 2,000) when it is needed."""
        return self._client.each(users.pages(policy=self._client.policy, status=status, role=role, page_size=page_size))

    def settings(self, user: str) -> UserSettings:
        """Fetch a user's settings, which decide what a meeting gets that does not say otherwise."""
        return self._client.run(users.settings(user, policy=self._client.policy))

    def schedulers(self, user: str) -> builtins.list[Scheduler]:
        """Fetch the users **for whom** this user may schedule."""
        return self._client.run(users.schedulers(user, policy=self._client.policy))

    def assistants(self, user: str) -> builtins.list[Scheduler]:
        """Fetch the users who may schedule **for** this user."""
        return self._client.run(users.assistants(user, policy=self._client.policy))

    def summary(self) -> UserSummary:
        """Count the account's users by kind."""
        return self._client.run(users.summary(policy=self._client.policy))
