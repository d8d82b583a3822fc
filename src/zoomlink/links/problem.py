"""Problems as the ledger keeps them: an error as JSON, and an error made of it again. No secrets, no evidence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zoomlink.errors import (
    APIError,
    AuthenticationError,
    ConflictError,
    InvalidRequestError,
    MissingScopeError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    ZoomLinkError,
)

if TYPE_CHECKING:
    from zoomlink.store.rows import LinkRow

__all__ = ["problem_json", "problem_text", "stored_error"]

_CLASSES: dict[str, type[APIError]] = {
    "credentials": AuthenticationError,
    "missing-scope": MissingScopeError,
    "not-permitted": PermissionDeniedError,
    "not-found": NotFoundError,
    "conflict": ConflictError,
    "refused": InvalidRequestError,
    "rate-limited": RateLimitError,
    "daily-limit": RateLimitError,
    "zoom-failed": ServerError,
}


def problem_json(error: ZoomLinkError) -> str:
    """Write an error down. Its words passed through ``tidy`` when it was made."""
    found: dict[str, Any] = {"slug": error.slug, "message": error.message}
    given = {
        "hint": error.hint,
        "status": getattr(error, "status_code", None),
        "zoom_code": getattr(error, "code", None),
        "zoom_message": getattr(error, "zoom_message", None),
        "tracking_id": getattr(error, "tracking_id", None),
        "name": getattr(error, "name", None),
    }
    found |= {name: value for name, value in given.items() if value not in {None, ""}}
    return json.dumps(found, ensure_ascii=False)


def problem_text(stored: str | None) -> str | None:
    """What a stored problem says to people."""
    if stored is None:
        return None
    found = json.loads(stored)
    words = " ".join(part for part in (found["message"], found.get("hint")) if part)
    return words + (f" (tracking id {found['tracking_id']})" if found.get("tracking_id") else "")


def stored_error(row: LinkRow) -> ZoomLinkError:
    """The error a link ended in, made again for a caller who was not there."""
    found = json.loads(row.problem or '{"slug": "unexpected", "message": "Zoom refused the link."}')
    kind = _CLASSES.get(found["slug"])
    if kind is not None:
        return kind(
            found["message"],
            status_code=found.get("status", 0),
            code=found.get("zoom_code"),
            zoom_message=found.get("zoom_message", ""),
            tracking_id=found.get("tracking_id"),
            hint=found.get("hint"),
            slug=found["slug"],
            name=found.get("name", ""),
        )
    if found["slug"] == "outcome-unknown":
        return OutcomeUnknownError(found["message"], hint=found.get("hint"), tracking_id=found.get("tracking_id"))
    if found["slug"] == "unreachable":
        return TransportError(found["message"], sent=False, hint=found.get("hint"))
    return ZoomLinkError(found["message"], hint=found.get("hint"), slug=found["slug"])
