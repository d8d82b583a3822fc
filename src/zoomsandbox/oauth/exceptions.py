"""The token endpoint's refusals: ``{"reason": …, "error": …}``, always 400 (zoom-api: Token errors)."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class OAuthError(ZoomError):
    """A refusal in the token endpoint's own form."""

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(400, 400, reason)
        self.error = error

    def body(self) -> dict[str, object]:
        return {"reason": self.message, "error": self.error}


class InvalidClientError(OAuthError):
    def __init__(self) -> None:
        super().__init__("Invalid client_id or client_secret", "invalid_client")


class InvalidAccountError(OAuthError):
    def __init__(self) -> None:
        super().__init__("Bad Request", "invalid_request")


class UnsupportedGrantTypeError(OAuthError):
    def __init__(self) -> None:
        super().__init__("unsupported grant type", "unsupported_grant_type")


class AppDisabledError(OAuthError):
    """Unconfirmed: Zoom lists this sentence under number 4717, the body is nowhere shown."""

    def __init__(self) -> None:
        super().__init__("The app has been disabled", "invalid_client")
