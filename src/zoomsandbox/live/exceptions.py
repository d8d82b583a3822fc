"""Why somebody cannot start or enter a meeting. The sandbox's own words: Zoom says these things on a screen."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class CannotError(ZoomError):
    """A refusal with a `reason` for programs and a sentence for people; `facts` are further members of the body."""

    def __init__(self, status: int, reason: str, message: str, **facts: object) -> None:
        super().__init__(status, status, message)
        self.reason = reason
        self.facts = facts

    def body(self) -> dict[str, object]:
        return {"error": self.message, "reason": self.reason} | self.facts


class NoSuchMeetingError(CannotError):
    def __init__(self, meeting_id: str) -> None:
        super().__init__(404, "no_such_meeting", f"There is no meeting {meeting_id}: deleted, expired, or reset.")


class NotItsHostError(CannotError):
    def __init__(self, person: str) -> None:
        super().__init__(403, "not_host", f"{person} is neither this meeting's host nor one of its alternative hosts.")


class MayNotHostNowError(CannotError):
    def __init__(self, host: str) -> None:
        super().__init__(403, "may_not_host", f"{host} may not host meetings: without licence, inactive, or pending.")


class AnotherInProgressError(CannotError):
    """For the host who starts a second meeting."""

    def __init__(self, host: str, running: list[int], most: int) -> None:
        super().__init__(
            409,
            "another_meeting_in_progress",
            f"{host} has another meeting in progress and may have {most} at a time. End it, or send "
            '{"end_other": true}.',
            running=running,
        )


class HostIsElsewhereError(CannotError):
    """For a guest of the second meeting."""

    def __init__(self) -> None:
        super().__init__(409, "host_has_another_meeting", "The host has another meeting in progress.")


class WrongPasscodeError(CannotError):
    def __init__(self, *, given: bool) -> None:
        super().__init__(
            403,
            "wrong_passcode" if given else "passcode_needed",
            "The passcode is wrong."
            if given
            else "This meeting needs a passcode: send passcode, or pwd or url from its join URL.",
        )


class FullError(CannotError):
    def __init__(self, capacity: int) -> None:
        super().__init__(409, "full", f"The meeting has reached its capacity of {capacity} participants.")


class NotRunningError(CannotError):
    def __init__(self, meeting_id: int) -> None:
        super().__init__(409, "not_running", f"Meeting {meeting_id} is not running.")


class NotThereError(CannotError):
    def __init__(self, who: str) -> None:
        super().__init__(404, "not_there", f"{who} is not in this meeting.")
