"""What the control plane says when it cannot do as asked. Its own words, not Zoom's."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class BadRequestError(ZoomError):
    """The request makes no sense; `hint` says what would."""

    def __init__(self, hint: str) -> None:
        super().__init__(400, 400, hint)

    def body(self) -> dict[str, object]:
        return {"error": self.message}
