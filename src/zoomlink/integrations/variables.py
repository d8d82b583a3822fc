"""A framework's configuration laid over the environment, for those whose keys are the names of the variables. Pure."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from zoomlink import integrations
from zoomlink.errors import ConfigurationError
from zoomlink.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["VARIABLES", "laid_over"]

_ACCOUNT = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_OAUTH_URL", "ZOOM_API_URL")
_FILE = ("ZOOMLINK_ACCOUNTS", "ZOOMLINK_ACCOUNT")
_WHERE = (*_ACCOUNT, *_FILE, "ZOOMLINK_HOSTS", "ZOOMLINK_DATABASE", "ZOOMLINK_SANDBOX")
"""What a test's sandbox says itself."""
VARIABLES = (
    *_WHERE,
    "ZOOM_WEBHOOK_SECRET",
    "ZOOMLINK_BUFFER",
    "ZOOMLINK_MARKER",
    "ZOOMLINK_PLAN",
    "ZOOMLINK_SETTLE",
    "ZOOMLINK_TIMEZONE",
)
"""All that a configuration may name; other keys than ``ZOOMLINK_…`` are none of ours."""
_LISTS = ("ZOOMLINK_HOSTS", "ZOOM_WEBHOOK_SECRET")


def laid_over(config: Mapping[str, Any], environ: Mapping[str, str], own: Iterable[str] = ()) -> dict[str, str]:
    """Return `environ` with what `config` says about zoomlink laid over it; None in it says nothing.

    `own`: keys with our prefix that are the integration's. While a test has its sandbox, the environment alone says
    where Zoom and the ledger are. Raises ConfigurationError naming all keys that are unknown or of a wrong type.
    """
    given = {name: value for name, value in config.items() if value is not None}
    strange = [name for name in given if name.startswith("ZOOMLINK_") and name not in {*VARIABLES, *own}]
    if strange:
        close = get_close_matches(strange[0], [*VARIABLES, *own], n=1)
        raise ConfigurationError(
            f"There is no setting {', '.join(sorted(strange))}.",
            hint=f"Did you mean {close[0]}?" if close else f"There are {', '.join(VARIABLES)}.",
        )
    found = {name: _text(name, given[name]) for name in VARIABLES if name in given}
    wrong = [f"{name} is a {type(given[name]).__name__}" for name, text in found.items() if text is None]
    if wrong:
        raise ConfigurationError(f"{'; '.join(wrong)}.", hint="Give text, or a list of texts for several hosts.")
    texts = {name: text for name, text in found.items() if text is not None}
    if integrations.environment_only:
        texts = {name: text for name, text in texts.items() if name not in _WHERE}
    # Said here: no account of a file is meant.
    rest = {name: value for name, value in environ.items() if "ZOOM_ACCOUNT_ID" not in texts or name not in _FILE}
    return {**rest, **texts}


def _text(name: str, value: Any) -> str | None:
    """A value as its variable has it; None for a type that it cannot have."""
    if isinstance(value, Secret):
        value = value.reveal()
    if isinstance(value, bool):
        return {"ZOOMLINK_SANDBOX": "01", "ZOOMLINK_MARKER": ("off", "on")}.get(name, (None, None))[value]
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        path = os.path.abspath(os.fspath(value))  # noqa: PTH100 - it may lead nowhere yet
        return f"sqlite:///{path}" if name == "ZOOMLINK_DATABASE" else path
    if isinstance(value, int):
        return str(value) if name == "ZOOMLINK_BUFFER" else None
    if name in _LISTS and isinstance(value, list | tuple):
        parts = [_text("", part) for part in value]
        return None if None in parts else ",".join(part for part in parts if part)
    return None
