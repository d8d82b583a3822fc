"""The settings ``ZOOMLINK``: a dict laid over the environment. Nothing is judged here but their form.

::

    ZOOMLINK = {
        "ACCOUNT_ID": "…",
        "CLIENT_ID": "…",
        "CLIENT_SECRET": os.environ["SCHOOL_ZOOM_SECRET"],
        "HOSTS": ["alice@example.com:2", "bob@example.com"],
        "DATABASE": BASE_DIR / "ledger.db",
    }

What it does not say, or says with None, is what the environment variable (and ``.env``) says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

from zoomlink import integrations
from zoomlink.accounts import CHOSEN, FILE
from zoomlink.config import Settings, read_environment, wants_sandbox
from zoomlink.errors import ConfigurationError
from zoomlink.integrations.variables import laid_over
from zoomlink.times import parse_zone

__all__ = [
    "OWN",
    "VARIABLES",
    "HandOver",
    "environment",
    "given",
    "hand_over_when",
    "link_settings",
    "snapshot",
    "wait",
]

VARIABLES: Mapping[str, str] = {
    "ACCOUNT_ID": "ZOOM_ACCOUNT_ID",
    "CLIENT_ID": "ZOOM_CLIENT_ID",
    "CLIENT_SECRET": "ZOOM_CLIENT_SECRET",
    "WEBHOOK_SECRET": "ZOOM_WEBHOOK_SECRET",
    "OAUTH_URL": "ZOOM_OAUTH_URL",
    "API_URL": "ZOOM_API_URL",
    "HOSTS": "ZOOMLINK_HOSTS",
    "PLAN": "ZOOMLINK_PLAN",
    "SETTLE": "ZOOMLINK_SETTLE",
    "MARKER": "ZOOMLINK_MARKER",
    "BUFFER": "ZOOMLINK_BUFFER",
    "TIMEZONE": "ZOOMLINK_TIMEZONE",
    "DATABASE": "ZOOMLINK_DATABASE",
    "ACCOUNTS": FILE,
    "ACCOUNT": CHOSEN,
    "SANDBOX": "ZOOMLINK_SANDBOX",
}
"""The dict's keys, and the environment variable each of them stands for."""

OWN = ("WAIT", "HAND_OVER")
"""The keys that only Django has."""

MAX_WAIT = 300


class HandOver:
    """When a row is handed to the desk, as ``HAND_OVER`` says it."""

    ON_COMMIT = "on_commit"
    """Right after the commit, in the process that made it."""
    SETTLE = "settle"
    """By ``manage.py zoomlink settle`` alone: no request ever waits for Zoom."""


class Snapshot(NamedTuple):
    """All that a desk is made from; another one means another desk."""

    settings: dict[str, Any]
    environment: tuple[str | None, ...]
    environment_only: bool


def given() -> dict[str, Any]:
    """The dict as it is. Raises ConfigurationError when it is none."""
    found = getattr(settings, "ZOOMLINK", None)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"ZOOMLINK is a {type(found).__name__}.", hint="Make it a dict of settings.")
    return {str(name): value for name, value in found.items() if value is not None}


def environment() -> dict[str, str]:
    """The environment and ``.env`` with the dict laid over them, as variables.

    Raises ConfigurationError naming all values that have a wrong type.
    """
    known = {VARIABLES[name]: value for name, value in given().items() if name in VARIABLES}  # the checks name others
    try:
        return laid_over(known, read_environment())
    except ConfigurationError as error:
        raise ConfigurationError(in_our_words(error.message), hint=error.hint) from None


def in_our_words(text: str) -> str:
    """The same with the dict's names, where a variable's value comes from the dict or from nowhere."""
    said = getattr(settings, "ZOOMLINK", None) or {}
    for name, variable in VARIABLES.items():
        if name in said or not os.environ.get(variable):
            text = re.sub(rf"\b{variable}\b", f'ZOOMLINK["{name}"]', text)
    return text


def link_settings() -> Settings:
    """The settings of the desk, where no sandbox is wanted. Raises ConfigurationError."""
    return Settings.from_env(environment())


def default_timezone() -> str:
    """The zone in which Zoom shows a meeting whose time names none: ``TIMEZONE``, else Django's ``TIME_ZONE``."""
    return parse_zone(environment().get(VARIABLES["TIMEZONE"], "").strip() or settings.TIME_ZONE).key


def wait() -> float:
    """``WAIT``: seconds for which a request waits, after its commit, for the link to be ready; 10 by default."""
    value = given().get("WAIT", 10)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WAIT:
        raise ConfigurationError(
            'ZOOMLINK["WAIT"] is no possible number of seconds.', hint=f"Give a number from 0 to {MAX_WAIT}."
        )
    return float(value)


def hand_over_when() -> str:
    """``HAND_OVER``: ``on_commit`` (the default) or ``settle``. Raises ConfigurationError."""
    value = given().get("HAND_OVER", HandOver.ON_COMMIT)
    if value not in {HandOver.ON_COMMIT, HandOver.SETTLE}:
        raise ConfigurationError('ZOOMLINK["HAND_OVER"] has no meaning.', hint='Use "on_commit" or "settle".')
    return str(value)


def is_sandbox(environ: Mapping[str, str]) -> bool:
    """True when a local Zoom is wanted. Raises ConfigurationError for what is neither yes nor no."""
    return wants_sandbox(environ)


def snapshot() -> Snapshot:
    """What the settings are now, cheap enough to be compared each time a desk is wanted."""
    names = (*VARIABLES.values(), "HOME", "XDG_DATA_HOME")
    return Snapshot(given(), tuple(os.environ.get(name) for name in names), integrations.environment_only)
