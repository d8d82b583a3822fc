"""Several accounts in one file: each a table of settings, laid over the environment. No settings are checked here.

``ZOOMLINK_ACCOUNTS`` names a TOML file::

    [school]
    account_id = "…"
    client_id = "…"
    client_secret_env = "SCHOOL_ZOOM_SECRET"   # or client_secret = "…"
    hosts = ["alice@example.com:2", "bob@example.com"]
    timezone = "Europe/Lisbon"

    [clinic]
    …
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoomlink.errors import ConfigurationError, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHOSEN", "FILE", "account_names", "for_account"]

FILE, CHOSEN = "ZOOMLINK_ACCOUNTS", "ZOOMLINK_ACCOUNT"
_VARIABLES: Mapping[str, str] = {
    "account_id": "ZOOM_ACCOUNT_ID",
    "client_id": "ZOOM_CLIENT_ID",
    "client_secret": "ZOOM_CLIENT_SECRET",
    "webhook_secret": "ZOOM_WEBHOOK_SECRET",
    "oauth_url": "ZOOM_OAUTH_URL",
    "api_url": "ZOOM_API_URL",
    "hosts": "ZOOMLINK_HOSTS",
    "plan": "ZOOMLINK_PLAN",
    "settle": "ZOOMLINK_SETTLE",
    "marker": "ZOOMLINK_MARKER",
    "buffer": "ZOOMLINK_BUFFER",
    "timezone": "ZOOMLINK_TIMEZONE",
    "database": "ZOOMLINK_DATABASE",
}
_OWN = (
    "account_id",
    "client_id",
    "client_secret",
    "webhook_secret",
    "oauth_url",
    "api_url",
    "hosts",
    "timezone",
    "plan",
)
"""What belongs to one account alone: where its table does not say it, another's must not stand in for it."""


def for_account(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment as the chosen account (``ZOOMLINK_ACCOUNT``) has it.

    Without a choice it is as it is, unless it names no credentials of its own: then the file's only account is meant.
    Raises ConfigurationError naming the accounts there are.
    """
    chosen, path = environ.get(CHOSEN, "").strip(), environ.get(FILE, "").strip()
    if not path:
        if chosen:
            raise ConfigurationError(
                f"The account {tidy(chosen, 60)} is wanted, and {FILE} is not set.",
                hint=f"Set {FILE} to a TOML file that names your accounts.",
            )
        return environ
    if not chosen and environ.get("ZOOM_ACCOUNT_ID", "").strip():
        return environ
    tables = _read(path)
    if not chosen and len(tables) == 1:
        chosen = next(iter(tables))
    if chosen not in tables:
        names = ", ".join(sorted(tables)) or "none at all"
        what = f"There is no account {tidy(chosen, 60)!r}" if chosen else "It is not said which account is meant"
        raise ConfigurationError(f"{what}: {path} has {names}.", hint="Choose one with --account, or ZOOMLINK_ACCOUNT.")
    rest = {name: value for name, value in environ.items() if name not in {_VARIABLES[own] for own in _OWN}}
    return rest | _values(chosen, tables[chosen], environ)


def account_names(environ: Mapping[str, str]) -> list[str]:
    """The names of all accounts in the file; empty where there is none. Raises ConfigurationError."""
    path = environ.get(FILE, "").strip()
    return sorted(_read(path)) if path else []


def _read(path: str) -> dict[str, dict[str, Any]]:
    import tomllib  # for those who have several accounts

    try:
        found = tomllib.loads(Path(path).expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise ConfigurationError(f"{FILE}: {path} cannot be read: {why}.") from None
    except tomllib.TOMLDecodeError as error:
        # The parser's words name line and column, and never the content.
        raise ConfigurationError(f"{FILE}: {path} is not TOML: {tidy(str(error), 120)}.") from None
    odd = [name for name, table in found.items() if not isinstance(table, dict)]
    if odd:
        raise ConfigurationError(
            f"{FILE}: {path}: {tidy(odd[0], 60)} stands outside of any account.",
            hint="Put it below a line such as [school].",
        )
    return found


def _values(name: str, table: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, given in table.items():
        value = given
        plain = field.removesuffix("_env")
        if plain not in _VARIABLES:
            raise ConfigurationError(
                f"{FILE}: the account {name} has {tidy(field, 60)}, which means nothing.",
                hint=f"It may have {', '.join(_VARIABLES)}; each also as NAME_env, the variable that holds it.",
            )
        if field != plain:
            value = environ.get(str(value), "")
        if isinstance(value, list):
            value = ",".join(str(one) for one in value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ConfigurationError(f"{FILE}: {plain} of the account {name} is not text.")
        found[_VARIABLES[plain]] = str(value)
    return found
