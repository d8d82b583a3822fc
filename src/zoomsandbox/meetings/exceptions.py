"""Refusals about meetings, letter by letter. Back-quotes in Zoom's documentation are marks, not part of the text."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class MeetingNotFoundError(ZoomError):
    """Some operations write it without the full stop."""

    def __init__(self, meeting_id: object, *, stop: str = ".") -> None:
        super().__init__(404, 3001, f"Meeting does not exist: {meeting_id}{stop}")


class InvalidMeetingIdError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Invalid meeting ID.")


class UserNotThereError(ZoomError):
    """Only the list of upcoming meetings has this number for an unknown user."""

    def __init__(self, user_id: str) -> None:
        super().__init__(404, 3001, f"User does not exist: {user_id}.")


class InvalidScheduleForError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            300,
            "The value that you entered in the schedule_for field is invalid. Enter a valid value and try again.",
        )


class InstantForAnotherError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            3000,
            "Instant meetings do not support the schedule_for parameter, "
            "and you can't schedule an instant meeting for another user.",
        )


class MayNotScheduleForError(ZoomError):
    def __init__(self, user_id: str) -> None:
        super().__init__(400, 3000, f"You cannot schedule a meeting for {user_id}.")


class InvalidLoginDomainsError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Invalid enforce_login_domains. Separate multiple domains with semicolons.")


class InvalidOccurrenceError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Invalid parameter: occurrence_id.")


class PersonalMeetingStaysError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 3018, "Not allowed to delete PMI.")


class MeetingInProgressError(ZoomError):
    """From Zoom's older list of errors; today's names none for this."""

    def __init__(self) -> None:
        super().__init__(400, 3002, "Sorry, you cannot delete this meeting since it's in progress.")


class NoPreScheduleError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            3000,
            "Prescheduling is only available for scheduled meetings (type 2) "
            "and recurring meetings with no fixed time (type 3).",
        )
