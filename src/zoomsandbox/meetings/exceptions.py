"""Refusals about meetings, letter by letter. Back-quotes in Zoom's documentation are marks, not part of the text."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class MeetingNotFound(ZoomError):
    def __init__(self, meeting_id: object) -> None:
        super().__init__(404, 3001, f"Meeting does not exist: {meeting_id}.")


class InvalidScheduleFor(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            300,
            "The value that you entered in the schedule_for field is invalid. Enter a valid value and try again.",
        )


class InstantForAnother(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            3000,
            "Instant meetings do not support the schedule_for parameter, "
            "and you can't schedule an instant meeting for another user.",
        )


class MayNotScheduleFor(ZoomError):
    def __init__(self, user_id: str) -> None:
        super().__init__(400, 3000, f"You cannot schedule a meeting for {user_id}.")


class InvalidLoginDomains(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Invalid enforce_login_domains. Separate multiple domains with semicolons.")


class InvalidOccurrence(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Invalid parameter: occurrence_id.")


class PersonalMeetingStays(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 3018, "Not allowed to delete PMI.")


class NoPreSchedule(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            3000,
            "Prescheduling is only available for scheduled meetings (type 2) "
            "and recurring meetings with no fixed time (type 3).",
        )
