"""Refusals about users, letter by letter."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class UserNotFoundError(ZoomError):
    def __init__(self, user_id: str) -> None:
        super().__init__(404, 1001, f"User does not exist: {user_id}.")


class InvitationPendingError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 1120, "A valid invitation to join the Zoom account was not found for this user.")


class MayNotHostError(ZoomError):
    """Zoom words it in two ways: on create, get and update, and elsewhere."""

    def __init__(self, *, elsewhere: bool = False) -> None:
        super().__init__(
            400,
            3161,
            "Meeting hosting and scheduling capabilities are not allowed for your user account."
            if elsewhere
            else "Your user account is not allowed meeting hosting and scheduling capabilities.",
        )


class EmailRequiredError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Email is required.")
