"""What the control plane says when it cannot do as asked. Its own words, not Zoom's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import ZoomError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ControlError(ZoomError):
    """A refusal in the control plane's own form, ``{"error": "…"}``."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status, status, words)

    def body(self) -> dict[str, object]:
        return {"error": self.message}


class BadRequestError(ControlError):
    """The request makes no sense; `hint` says what would."""

    def __init__(self, hint: str) -> None:
        super().__init__(400, hint)


class TokenHereError(ControlError):
    """A client of Zoom has come here by mistake."""

    def __init__(self) -> None:
        super().__init__(
            400,
            "This is the sandbox's control plane, which takes no bearer token. A client of Zoom should not come here: "
            "look at how it builds its addresses.",
        )


class ForeignPageError(ControlError):
    """A web page of another site tries to act through somebody's browser."""

    def __init__(self) -> None:
        super().__init__(403, "Pages of other sites may not use the control plane.")


class NoSuchControlError(ControlError):
    def __init__(self, path: str) -> None:
        super().__init__(404, f"The control plane has nothing at {path}. GET /_sandbox/ lists what it has.")


class WrongMethodError(ControlError):
    def __init__(self, method: str, path: str, allowed: Iterable[str]) -> None:
        super().__init__(405, f"{path} does not take {method}, but {', '.join(allowed)}.")


class NoSuchUserError(ControlError):
    def __init__(self, user_id: str) -> None:
        super().__init__(404, f"There is no user {user_id}.")


class NoSuchAppError(ControlError):
    def __init__(self, client_id: str) -> None:
        super().__init__(404, f"There is no app with the client id {client_id}.")
