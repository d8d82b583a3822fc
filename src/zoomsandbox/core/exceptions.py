"""Zoom's way of saying no: the base of all refusals and those that any endpoint can give. Texts letter by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ZoomError(Exception):
    """A refusal in Zoom's general form ``{"code": …, "message": …}``.

    Parameters
    ----------
    status, code, message:
        the HTTP status, Zoom's number and its sentence.
    errors:
        pairs of dotted field path and message, for ``Validation Failed.``.
    """

    def __init__(self, status: int, code: int, message: str, errors: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = [{"field": field, "message": text} for field, text in errors]

    def body(self) -> dict[str, object]:
        """The JSON body of the answer."""
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.errors:
            body["errors"] = self.errors
        return body


class InvalidAccessTokenError(ZoomError):
    def __init__(self) -> None:
        super().__init__(401, 124, "Invalid access token.")


class AccessTokenExpiredError(ZoomError):
    def __init__(self) -> None:
        super().__init__(401, 124, "Access token is expired.")


class AccessTokenInQueryError(ZoomError):
    def __init__(self) -> None:
        super().__init__(
            401, 124, "Invalid access token, this access token is not supported as query parameter string."
        )


class MissingScopeError(ZoomError):
    def __init__(self, scopes: Iterable[str]) -> None:
        super().__init__(400, 4711, f"Invalid access token, does not contain scopes:[{', '.join(scopes)}].")


class NotJSONError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "Request Body should be a valid JSON object.")


class ValidationFailedError(ZoomError):
    def __init__(self, errors: Iterable[tuple[str, str]]) -> None:
        super().__init__(400, 300, "Validation Failed.", errors)


class InvalidPageTokenError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 300, "The next page token is invalid or expired.")


class UnknownEndpointError(ZoomError):
    def __init__(self) -> None:
        super().__init__(400, 2300, "This API endpoint is not recognized.")


class BodyTooLargeError(ZoomError):
    """Not a sentence of Zoom's: no source says what Zoom answers to a body beyond its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, 300, f"Request Body is larger than {limit} bytes.")


class NotImitatedError(ZoomError):
    """Not a sentence of Zoom's: the sandbox says so itself."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(
            501,
            501,
            f"Zoom has {method} {path}, but zoomsandbox does not imitate it. Its README lists what it imitates.",
        )


class NothingHereError(ZoomError):
    """Not a sentence of Zoom's: the path is below neither of its roots."""

    def __init__(self, path: str) -> None:
        super().__init__(
            404,
            404,
            f"Nothing is at {path}. The token endpoint is /oauth/token, Zoom's API is below /v2, "
            "the sandbox's own control plane below /_sandbox/.",
        )
