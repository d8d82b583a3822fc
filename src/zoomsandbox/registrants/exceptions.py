"""Refusals about registration, letter by letter. Zoom says "not enabled" in three ways, by operation."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class MeetingUnknownHereError(ZoomError):
    """Only adding a registrant has this number for an unknown meeting."""

    def __init__(self, meeting_id: str) -> None:
        super().__init__(404, 1001, f"Meeting does not exist: {meeting_id}.")


class PaidUsersOnlyError(ZoomError):
    def __init__(self, user_id: str) -> None:
        super().__init__(400, 200, f"Only available for paid users: {user_id}.")


class NoRegistrationError(ZoomError):
    """Seen on the wire for adding and listing; Zoom's description does not have it."""

    def __init__(self, meeting_id: int) -> None:
        super().__init__(400, 300, f"This meeting has not registration required: {meeting_id}")


class RegistrationNotEnabledError(ZoomError):
    """The batch has the number 404 for it, the other operations 300."""

    def __init__(self, meeting_id: int, code: int = 300) -> None:
        super().__init__(400, code, f"Registration has not been enabled for this meeting: {meeting_id}.")


class BatchForScheduledOnlyError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            303,
            "This API can only be used for scheduled meeting(meeting type: 2). "
            "Batch registration is not supported for other meeting types.",
        )


class MeetingOverError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            3038,
            "Meeting is over, you can not register now. If you have any questions, please contact the Meeting host.",
        )


class MeetingFullError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 3043, "Meeting has reached maximum attendee capacity.")


class InvalidRegistrantIdError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            400,
            300,
            "The value that you entered for the Registrant ID field is invalid. Enter a valid value and try again.",
        )
