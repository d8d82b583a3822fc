"""Refusals about templates, letter by letter."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class UserNotNamedError(ZoomError):
    """Only making a template leaves out which user does not exist."""

    def __init__(self) -> None:
        super().__init__(404, 1001, "User does not exist.")


class NoSuchMeetingError(ZoomError):
    """Only here an unknown meeting, which stands in the body, is answered with 400."""

    def __init__(self, meeting_id: object) -> None:
        super().__init__(400, 3001, f"Meeting does not exist: {meeting_id}")


class TooManyTemplatesError(ZoomError):
    def __init__(self, most: int) -> None:
        super().__init__(400, 300, f"You can only create up to {most} meeting templates.")


class TemplateNameTakenError(ZoomError):
    def __init__(self, name: str) -> None:
        super().__init__(400, 3000, f"Meeting template name already exists: {name}.")
