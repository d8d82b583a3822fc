"""Settings: from arguments, the environment and ``.env``, checked and complete before anything is sent.

Here, and nowhere else, environment variables are read. No Zoom, no I/O but ``.env``.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from zoomlink.accounts import for_account
from zoomlink.errors import ConfigurationError, InvalidInputError, tidy
from zoomlink.model import HostSpec
from zoomlink.secret import Secret
from zoomlink.times import parse_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Credentials",
    "Settings",
    "data_folder",
    "default_database",
    "is_base",
    "is_loopback",
    "is_zoom_host",
    "parse_hosts",
    "read_environment",
    "webhook_secrets",
]

DEFAULT_OAUTH_URL = "https://zoom.us"
PLANS = ("free", "pro", "business", "none")
SETTLES = ("fast", "strict")
MAX_BUFFER = 240
"""Minutes."""
_ZOOM_DOMAINS = ("zoom.us", "zoomgov.com")
_UNSET: Secret[str] = Secret("")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The three values of a Server-to-Server OAuth app, from its "App Credentials" page."""

    account_id: str
    client_id: str
    client_secret: Secret[str]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read ``ZOOM_ACCOUNT_ID``, ``ZOOM_CLIENT_ID`` and ``ZOOM_CLIENT_SECRET``.

        Raises ConfigurationError that names all that are missing or malformed at once.
        """
        environ = read_environment() if environ is None else environ
        names = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
        # People copy a newline or a blank along with the value; neither is ever part of it.
        values = {name: environ.get(name, "").strip() for name in names}
        missing = [name for name in names if not values[name]]
        if missing:
            raise ConfigurationError(
                f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} not set.",
                hint="They stand on the App Credentials page of your Server-to-Server OAuth app on "
                "marketplace.zoom.us; put them into the environment or a .env file. "
                "To try without an account: --sandbox, or ZOOMLINK_SANDBOX=1.",
            )
        broken = [name for name in names if not re.fullmatch(r"[\x21-\x7e]{1,512}", values[name])]
        if broken:
            raise ConfigurationError(
                f"{_listed(broken)} {'holds' if len(broken) == 1 else 'hold'} a blank or a character that such a "
                "value never has.",
                hint="Copy it once more from the App Credentials page.",
            )
        return cls(values[names[0]], values[names[1]], Secret(values[names[2]]))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one account. `from_env` reads them; every field has the meaning of its variable."""

    credentials: Credentials
    oauth_url: str = DEFAULT_OAUTH_URL
    """``ZOOM_OAUTH_URL``: tokens come from ``{oauth_url}/oauth/token``."""
    api_url: str | None = None
    """``ZOOM_API_URL``: the API is at ``{api_url}/v2``; None → as the token's answer says."""
    hosts: tuple[HostSpec, ...] = (HostSpec("me"),)
    """``ZOOMLINK_HOSTS``: the host pool."""
    plan: str = "pro"
    """``ZOOMLINK_PLAN``: which of Zoom's rate limits to keep."""
    timezone: str | None = None
    """``ZOOMLINK_TIMEZONE``: zone of times given without one; None → such a time is refused."""
    database: Secret[str] = _UNSET
    """``ZOOMLINK_DATABASE``: where the ledger is, ``sqlite:///path`` or ``postgresql://…``."""
    settle: str = "fast"
    """``ZOOMLINK_SETTLE``: ``fast`` looks once before it makes anew what may be lost, ``strict`` waits."""
    batch_settle: str = "strict"
    """The same for batches, which nobody waits for: ``strict`` unless ``ZOOMLINK_SETTLE`` says otherwise."""
    marker: bool = True
    """``ZOOMLINK_MARKER``: whether meetings carry the line by which they are found again."""
    buffer: int = 0
    """``ZOOMLINK_BUFFER``: minutes kept free between two meetings of a host."""
    webhook_secrets: tuple[Secret[str], ...] = ()
    """``ZOOM_WEBHOOK_SECRET``: what Zoom signs its events with; several while one is being replaced."""

    def __post_init__(self) -> None:
        # Paths are put behind these.
        object.__setattr__(self, "oauth_url", _check_base("ZOOM_OAUTH_URL", self.oauth_url, ("/oauth/token", "/oauth")))
        if self.api_url is not None:
            object.__setattr__(self, "api_url", _check_base("ZOOM_API_URL", self.api_url, ("/v2",)))

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the environment and ``.env`` (the environment wins).

        Raises ConfigurationError naming the variable and what it should hold.
        """
        environ = for_account(read_environment() if environ is None else environ)
        credentials = Credentials.from_env(environ)
        zone = environ.get("ZOOMLINK_TIMEZONE", "").strip() or None
        if zone is not None:
            try:
                parse_zone(zone)
            except InvalidInputError as error:
                raise ConfigurationError(f"ZOOMLINK_TIMEZONE: {error.message}", hint=error.hint) from None
        return cls(
            credentials=credentials,
            oauth_url=environ.get("ZOOM_OAUTH_URL", "").strip() or DEFAULT_OAUTH_URL,
            api_url=environ.get("ZOOM_API_URL", "").strip() or None,
            hosts=parse_hosts(environ.get("ZOOMLINK_HOSTS", "")),
            plan=_choice(environ, "ZOOMLINK_PLAN", PLANS, "pro"),
            timezone=zone,
            database=Secret(environ.get("ZOOMLINK_DATABASE", "").strip() or default_database(environ)),
            settle=_choice(environ, "ZOOMLINK_SETTLE", SETTLES),
            batch_settle=_choice(environ, "ZOOMLINK_SETTLE", SETTLES, "strict"),
            marker=_choice(environ, "ZOOMLINK_MARKER", ("on", "off")) == "on",
            buffer=_minutes(environ, "ZOOMLINK_BUFFER"),
            webhook_secrets=webhook_secrets(environ),
        )


def read_environment() -> dict[str, str]:
    """Return the environment over the ``.env`` file of the working directory, if there is one."""
    path = Path(".env")
    values: dict[str, str] = {}
    try:
        present = path.is_file()
    except OSError:
        present = False
    if present:
        from dotenv import dotenv_values  # takes 40 ms to import, and most processes have no .env

        try:
            # Without interpolation: a secret may well contain "${".
            found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f".env cannot be read: {type(error).__name__}.") from None
        values = {name: value for name, value in found.items() if value is not None}
    # An empty variable is how many a container leaves one unset: it does not hide what the file says.
    return {**values, **{name: value for name, value in os.environ.items() if value or name not in values}}


def data_folder(environ: Mapping[str, str]) -> Path:
    """Where zoomlink keeps its files: ``$XDG_DATA_HOME/zoomlink`` or ``~/.local/share/zoomlink``."""
    base = environ.get("XDG_DATA_HOME", "").strip()
    home = environ.get("HOME", "").strip() or "~"
    return (Path(base) if base.startswith("/") else Path(home).expanduser() / ".local" / "share") / "zoomlink"


def default_database(environ: Mapping[str, str]) -> str:
    """Where the ledger is when ``ZOOMLINK_DATABASE`` does not say. What is made in a sandbox has one of its own."""
    sandbox = is_loopback(environ.get("ZOOM_OAUTH_URL", "").strip())
    return f"sqlite:///{data_folder(environ) / ('sandbox.db' if sandbox else 'ledger.db')}"


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    said = environ.get(name, "").strip().lower() or default or choices[0]
    if said not in choices:
        raise ConfigurationError(f"{name} is {tidy(said, 40)!r}.", hint=f"Use one of {', '.join(choices)}.")
    return said


def _minutes(environ: Mapping[str, str], name: str) -> int:
    said = environ.get(name, "").strip() or "0"
    if not re.fullmatch(r"[0-9]{1,3}", said) or int(said) > MAX_BUFFER:
        raise ConfigurationError(
            f"{name} is {tidy(said, 40)!r}.", hint=f"Use a whole number of minutes, 0 to {MAX_BUFFER}."
        )
    return int(said)


def webhook_secrets(environ: Mapping[str, str] | None = None) -> tuple[Secret[str], ...]:
    """Return what Zoom signs its events with, ``ZOOM_WEBHOOK_SECRET``. Raises ConfigurationError."""
    name = "ZOOM_WEBHOOK_SECRET"
    environ = for_account(read_environment()) if environ is None else environ
    said = [one.strip() for one in environ.get(name, "").split(",") if one.strip()]
    if not all(re.fullmatch(r"[\x21-\x7e]{1,512}", one) for one in said):
        raise ConfigurationError(
            f"{name} holds a blank or a character that such a value never has.",
            hint="Copy the Secret Token once more from the app's Feature page; several are separated by commas.",
        )
    return tuple(Secret(one) for one in said)


def wants_sandbox(environ: Mapping[str, str]) -> bool:
    """True when ``ZOOMLINK_SANDBOX`` asks for a sandbox. Raises ConfigurationError for what is neither yes nor no."""
    said = environ.get("ZOOMLINK_SANDBOX", "").strip().lower()
    if said in {"1", "true", "yes", "on"}:
        return True
    if said in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"ZOOMLINK_SANDBOX is {tidy(said, 40)!r}.", hint="Use 1, or leave it unset.")


def parse_hosts(text: str) -> tuple[HostSpec, ...]:
    """Read ``alice@example.com:2,bob@example.com``: hosts with their capacity, 1 where none is given.

    Empty text means ``me``, the owner of the account. Raises ConfigurationError.
    """
    hosts: dict[str, HostSpec] = {}
    for entry in text.split(","):
        name, _, capacity = entry.strip().partition(":")
        name = name.strip()
        if not name and not capacity:
            continue
        if not re.fullmatch(r"[^\s:,/?#%\\<>\"]{1,128}", name) or not re.fullmatch(
            r"([1-9][0-9]{0,2})?", capacity.strip()
        ):
            raise ConfigurationError(
                f"ZOOMLINK_HOSTS: {tidy(entry.strip(), 80)!r} is not a host.",
                hint="Write e-mail addresses with an optional capacity: alice@example.com:2,bob@example.com",
            )
        if name.lower() in hosts:
            raise ConfigurationError(f"ZOOMLINK_HOSTS names {tidy(name, 80)} twice.")
        hosts[name.lower()] = HostSpec(name, int(capacity or 1))
    return tuple(hosts.values()) or (HostSpec("me"),)


def is_loopback(url: str) -> bool:
    """True when `url` points at this very machine by a loopback address or ``localhost``."""
    try:
        host = (urlsplit(url).hostname or "") if _VISIBLE.fullmatch(url) else ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_zoom_host(url: str) -> bool:
    """True for an https address of Zoom's own (zoom.us, zoomgov.com and below), without user part or odd port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    return (
        parts.scheme == "https"
        and port in {None, 443}
        and "@" not in parts.netloc
        and "\\" not in url
        and _VISIBLE.fullmatch(url) is not None  # the parser drops tabs and line ends, others do not
        and (host in _ZOOM_DOMAINS or host.endswith(tuple("." + domain for domain in _ZOOM_DOMAINS)))
    )


def _check_base(name: str, url: str, added: tuple[str, ...]) -> str:
    """Return `url` as a base to put paths behind, without a slash at its end.

    `name` is the setting it comes from, `added` are the paths that people put there although zoomlink adds them.
    Raises ConfigurationError for anything but https at Zoom, or loopback.
    """
    if not is_base(url):
        raise ConfigurationError(
            f"{name} is {tidy(url, 80)!r}, which is no address of Zoom.",
            hint="Use an https address under zoom.us or zoomgov.com, or a loopback address for a sandbox.",
        )
    base = url.rstrip("/")
    for path in added:
        if base.endswith(path):
            raise ConfigurationError(f"{name} is {tidy(url, 80)!r}.", hint=f"Leave out {path}: it is added.")
    return base


def is_base(url: str) -> bool:
    """True for an address that paths may be put behind: Zoom's own by https or a loopback one, and nothing after it."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme in {"http", "https"} and parts.port != 0 and not {*"@?#\\"} & {*url}
    except ValueError:
        return False
    return plain and (is_zoom_host(url) or is_loopback(url))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
