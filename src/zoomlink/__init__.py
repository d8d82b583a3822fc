"""zoomlink: a topic and a time in, a working Zoom join link out. Once. No consent screen.

Names are loaded when they are first used, so that ``import zoomlink`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zoomlink.client.async_client import AsyncZoomClient
    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.config import Credentials, Settings
    from zoomlink.errors import (
        APIError,
        AuthenticationError,
        ConfigurationError,
        ConflictError,
        InvalidInputError,
        InvalidRequestError,
        MissingScopeError,
        NotFoundError,
        OutcomeUnknownError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        TransportError,
        UnexpectedResponseError,
        ZoomLinkError,
    )
    from zoomlink.links.article import create_meeting
    from zoomlink.model import HostSpec, Link, LinkState
    from zoomlink.secret import Secret
    from zoomlink.zoom.models import Meeting, User
    from zoomlink.zoom.retry import RetryPolicy

__all__ = [
    "APIError",
    "AsyncZoomClient",
    "AuthenticationError",
    "ConfigurationError",
    "ConflictError",
    "Credentials",
    "HostSpec",
    "InvalidInputError",
    "InvalidRequestError",
    "Link",
    "LinkState",
    "Meeting",
    "MissingScopeError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RateLimitError",
    "RetryPolicy",
    "Secret",
    "ServerError",
    "Settings",
    "TransportError",
    "UnexpectedResponseError",
    "User",
    "ZoomClient",
    "ZoomLinkError",
    "__version__",
    "create_meeting",
]

_HOMES = {
    "AsyncZoomClient": "zoomlink.client.async_client",
    "Credentials": "zoomlink.config",
    "HostSpec": "zoomlink.model",
    "Link": "zoomlink.model",
    "LinkState": "zoomlink.model",
    "Meeting": "zoomlink.zoom.models",
    "RetryPolicy": "zoomlink.zoom.retry",
    "Secret": "zoomlink.secret",
    "Settings": "zoomlink.config",
    "User": "zoomlink.zoom.models",
    "ZoomClient": "zoomlink.client.sync_client",
    "create_meeting": "zoomlink.links.article",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'zoomlink' has no attribute {name!r}")
    value = getattr(import_module(_HOMES.get(name, "zoomlink.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
