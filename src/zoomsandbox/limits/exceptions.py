"""Refusals by a limit, letter by letter; all are HTTP 429."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class TooFastError(ZoomError):
    """Too many calls a second. A few operations say 4001 where the others say 429."""

    def __init__(self, code: int = 429) -> None:
        super().__init__(429, code, "You have reached the maximum per-second rate limit for this API. Try again later.")


class AccountDayError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            429,
            429,
            "You have reached the maximum daily rate limit for this API. "
            "Refer to the response header for details on when you can make another request.",
        )


class HostDayError(ZoomError):
    def __init__(self, limit: int) -> None:
        super().__init__(
            429,
            429,
            f"You have exceeded the daily rate limit ({limit}) of Meeting Create/Update API requests permitted for "
            "this particular user. You may resume these requests at GMT 00:00:00.",
        )


class RegistrantDayError(ZoomError):
    """Seen for webinars; that meetings say the same with their own word is assumed."""

    def __init__(self, limit: int, what: str, registrant: str) -> None:
        super().__init__(
            429,
            429,
            f"You have exceeded the daily rate limit of ({limit}) for {what} API requests for the registrant "
            f"({registrant}). You can resume these API requests at GMT 00:00:00.",
        )


class ConcurrentWriteError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            429, 429, "Too many concurrent requests. A request to disassociate this user has already been made."
        )
