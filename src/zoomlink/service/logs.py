"""The service's log: a JSON object on each line, or words at a terminal. Ids only, never what people wrote."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog

__all__ = ["request_log", "set_up"]

_request = logging.getLogger("zoomlink.request")


def set_up(stream: TextIO | None = None, *, quiet: bool = False) -> None:
    """Send the log of zoomlink and of the server to `stream` (standard error); `quiet` leaves out what goes well."""
    out = stream or sys.stderr
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _plain,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=True)
        if out.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                last,
            ],
        )
    )
    for name in ("zoomlink", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.WARNING if quiet else logging.INFO)
        logger.propagate = False


def _plain(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    event.pop("color_message", None)  # the server's, for terminals
    return event


def request_log(told: dict[str, Any]) -> None:
    """One line for each request: to whoever listens to the logger, without the detour of a record where nobody does."""
    if _request.isEnabledFor(logging.INFO):
        _request.info("request", extra=told)
