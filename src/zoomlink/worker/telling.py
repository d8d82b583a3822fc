"""Log lines of the worker: an event, and names with values. Links are named by their ids; nothing people wrote."""

from __future__ import annotations

import logging
from pathlib import PurePath
from typing import TYPE_CHECKING

from zoomlink.errors import APIError, ConfigurationError, LedgerError, ZoomLinkError, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LOGGER", "line", "tell", "told_of"]

LOGGER = logging.getLogger("zoomlink.worker")


def tell(event: str, level: int = logging.INFO, **values: object) -> None:
    """Write a line, such as ``link done link=lnk_… state=ready``; what is None is left out."""
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, "%s", line(event, values))


def line(event: str, values: Mapping[str, object]) -> str:
    """The line itself: values with spaces or quotes in quotes."""
    return " ".join([event, *(f"{name}={_said(value)}" for name, value in values.items() if value is not None)])


def told_of(error: BaseException) -> dict[str, object]:
    """What may be said of an error: its kind, Zoom's number for the request, and for an error that is nobody's link
    (the ledger, the set-up) its sentence. Of one that was not meant to happen: its type and where it arose.
    """
    if not isinstance(error, ZoomLinkError):
        return {"error": type(error).__name__, "at": _place(error)}
    found: dict[str, object] = {"error": error.slug}
    if isinstance(error, APIError):
        found["tracking_id"] = error.tracking_id
    if isinstance(error, LedgerError | ConfigurationError):
        found["detail"] = error.message
    return found


def _place(error: BaseException) -> str | None:
    frame = error.__traceback__
    if frame is None:
        return None
    while frame.tb_next is not None:
        frame = frame.tb_next
    return f"{PurePath(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    text = tidy(str(value), 300)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if not text or set(text) & set(' "=\\') else text
