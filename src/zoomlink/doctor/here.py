"""Checks of this machine: variables, files, time zones. Nothing is sent.

Each check takes a Visit and yields findings; which there are, and in what order, stands in the package's first module.
"""

from __future__ import annotations

import difflib
import os
import platform
import re
import sqlite3
import ssl
import stat
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zoomlink import __version__
from zoomlink.config import Credentials, Settings, data_folder
from zoomlink.doctor.finding import Findings, failed, from_error, ok, skipped, warning
from zoomlink.doctor.visit import ADDRESSES, CREDENTIALS, KNOWN
from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.doctor.visit import Visit

__all__ = [
    "addresses",
    "credentials",
    "database",
    "env_file",
    "settings",
    "timezone",
    "versions",
    "webhook",
    "zone_data",
]

APP_CREDENTIALS = "the App Credentials page of your Server-to-Server OAuth app on marketplace.zoom.us"
_STAND_IN = re.compile(
    r"[<\[{].*[>\]}]|(?:x{3,}|\.{3,}|\*{3,})|(?:your|my)[-_ ].*|change-?me|todo|none|null", re.IGNORECASE
)
_BLANKS = dict.fromkeys(CREDENTIALS, "-")


def credentials(visit: Visit) -> Findings:
    """The three values are there, have the form of such values, and are not obviously something else."""
    name = "credentials"
    given = {variable: visit.value(variable) for variable in CREDENTIALS}
    try:
        Credentials.from_env(visit.environ)
    except ConfigurationError as error:
        missing = [variable for variable, value in given.items() if not value]
        old = [variable for variable in ("ZOOM_API_KEY", "ZOOM_API_SECRET", "ZOOM_JWT_TOKEN") if visit.value(variable)]
        hint = error.hint
        if missing and old:
            hint = f"{', '.join(old)} belong to JWT apps, which Zoom ended in 2023. Run: zoomlink setup"
        yield failed(name, error.message, hint, missing=missing)
        return
    quoted = [variable for variable, value in given.items() if value[0] == value[-1] and value[0] in "'\"`"]
    if quoted:
        yield failed(name, f"{_listed(quoted)}: there are quotes around the value.", "Take the quotes out.", at=quoted)
        return
    stand_ins = [variable for variable, value in given.items() if _STAND_IN.fullmatch(value)]
    if stand_ins:
        yield failed(
            name,
            f"{_listed(stand_ins)}: an example stands where the value should be.",
            f"Copy the value from {APP_CREDENTIALS}.",
            at=stand_ins,
        )
        return
    if given["ZOOM_ACCOUNT_ID"].isdigit():
        yield warning(
            name,
            "ZOOM_ACCOUNT_ID is a number. Zoom's account number is something else than the account ID.",
            f"Copy the Account ID from {APP_CREDENTIALS}; it has letters in it.",
            at=["ZOOM_ACCOUNT_ID"],
        )
        return
    if len(set(given.values())) < len(given):
        yield warning(
            name, "Two of the three credentials are the same.", f"Copy all three again from {APP_CREDENTIALS}."
        )
        return
    yield ok(name, "Account ID, client ID and client secret are set.")


def env_file(visit: Visit) -> Findings:
    """``.env`` can be read, by its owner only, and is not overruled without anybody noticing."""
    name, path = "env-file", visit.env_file
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        yield ok(name, f"There is no {path.name} file here: all settings come from the environment.")
        return
    except OSError as error:
        yield failed(name, f"{path.name} cannot be looked at: {error.strerror}.", "Check who owns it.", path=str(path))
        return
    try:
        values = _dotenv(path)
    except (OSError, UnicodeDecodeError) as error:
        yield failed(
            name,
            f"{path.name} cannot be read ({type(error).__name__}).",
            "It has to be a text file in UTF-8 that you may read.",
            path=str(path),
        )
        return
    fine = True
    holds_secret = any("SECRET" in variable and value for variable, value in values.items())
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and holds_secret:
        fine = False
        yield warning(
            name,
            f"{path.name} holds a secret, and other users of this machine may open it (mode {stat.S_IMODE(mode):04o}).",
            f"Run: chmod 600 {path}",
            path=str(path),
            mode=f"{stat.S_IMODE(mode):04o}",
        )
    overruled = sorted(
        variable
        for variable, value in values.items()
        if variable in KNOWN and value and visit.environ.get(variable, value) != value
    )
    if overruled:
        fine = False
        yield warning(
            name,
            f"{_listed(overruled)}: the environment says something else than {path.name}, and the environment wins.",
            f"Unset it in your shell or service, or correct {path.name}.",
            overruled=overruled,
        )
    if fine:
        yield ok(name, f"{path.name} is read, and only you may open it." if holds_secret else f"{path.name} is read.")


def addresses(visit: Visit) -> Findings:
    """``ZOOM_OAUTH_URL`` and ``ZOOM_API_URL`` lead to Zoom or to a sandbox on this machine."""
    faults = [error for variable in ADDRESSES if (error := _fault(visit.environ, variable))]
    for error in faults:
        yield from_error("addresses", error)
    if not faults:
        given = {variable: visit.value(variable) for variable in ADDRESSES if visit.value(variable)}
        yield ok(
            "addresses",
            f"{_listed(list(given))} {'is an allowed address' if len(given) == 1 else 'are allowed addresses'}."
            if given
            else "Zoom's own addresses are used.",
            **given,
        )


def settings(visit: Visit) -> Findings:
    """Every other variable holds what it should, and none is misspelt."""
    name = "settings"
    good = dict(visit.environ)
    faults = []
    for variable in KNOWN:
        if variable in CREDENTIALS or variable in ADDRESSES:
            continue
        if error := _fault(visit.environ, variable):
            faults.append(from_error(name, error, variable=variable))
            good.pop(variable)
    yield from faults
    strange = sorted(variable for variable in visit.environ if _looks_ours(variable))
    for variable in strange:
        close = difflib.get_close_matches(variable, KNOWN, n=1, cutoff=0.8)
        yield warning(
            name,
            f"{variable} is set, but there is no such setting.",
            f"Did you mean {close[0]}?" if close else "Take it out, or see the list of settings in the documentation.",
            variable=variable,
        )
    try:
        visit.settings = Settings.from_env(good)
    except ConfigurationError:
        visit.settings = None  # said by the checks of credentials and addresses
    if not faults and not strange:
        count = sum(bool(visit.value(variable)) for variable in KNOWN if variable.startswith("ZOOMLINK_"))
        said = "None of zoomlink's own settings is set: the defaults are used."
        if count:
            said = f"{count} of zoomlink's own settings {'is' if count == 1 else 'are'} set, and valid."
        yield ok(name, said, count=count)


def zone_data(visit: Visit) -> Findings:
    """The time zone database is there and knows the changes of the last years."""
    name = "zone-data"
    moment = datetime(2031, 7, 1, 12, tzinfo=UTC)
    stale = []
    for zone, hours, release in (("America/Mexico_City", -6, "2022f"), ("America/Asuncion", -3, "2025a")):
        try:
            offset = moment.astimezone(visit.zones(zone)).utcoffset()
        except (KeyError, OSError, ValueError):
            yield failed(
                name, f"There is no time zone data: {zone} is not known.", "Run: python -m pip install --upgrade tzdata"
            )
            return
        if offset != timedelta(hours=hours):
            stale.append((zone, release))
    if stale:
        zone, release = stale[-1]
        yield warning(
            name,
            f"The time zone data is older than {release}: it is wrong about {zone}.",
            "Update the package tzdata of your system, and: python -m pip install --upgrade tzdata",
            older_than=release,
        )
        return
    yield ok(name, "The time zone data is there and up to date.")


def timezone(visit: Visit) -> Findings:
    """``ZOOMLINK_TIMEZONE`` is set; whether it is a zone was said with the settings."""
    zone = visit.settings.timezone if visit.settings else visit.value("ZOOMLINK_TIMEZONE") or None
    if zone:
        yield ok("timezone", f"A time without a zone counts as {zone}.", timezone=zone)
        return
    yield warning(
        "timezone",
        "ZOOMLINK_TIMEZONE is not set, so a time without a zone is refused.",
        "Set it to the zone you mean, such as ZOOMLINK_TIMEZONE=America/Sao_Paulo, or name a zone each time.",
    )


def database(visit: Visit) -> Findings:
    """The ledger's place can be written."""
    name = "database"
    used = find_spec("zoomlink.store") is not None
    note = "" if used else " The ledger is not in use yet in this version, so nothing depends on it."
    complaint = failed if used else warning
    url = visit.value("ZOOMLINK_DATABASE")
    if url.startswith(("postgresql://", "postgres://")):
        # Only host and name: an address like this often holds a password.
        try:
            parts = urlsplit(url)
            place = f"{parts.hostname or 'localhost'}{parts.path}"
        except ValueError:
            yield complaint(name, f"ZOOMLINK_DATABASE is not an address.{note}", "Write postgresql://user@host/name.")
            return
        yield skipped(name, f"The ledger's place is PostgreSQL at {place}; it was not tried.{note}", place=place)
        return
    if url and not url.startswith("sqlite:///"):
        yield complaint(
            name,
            f"ZOOMLINK_DATABASE is neither SQLite nor PostgreSQL.{note}",
            "Write sqlite:////folder/ledger.db or postgresql://user@host/name.",
        )
        return
    path = Path(url.removeprefix("sqlite:///")) if url else data_folder(visit.environ) / "ledger.db"
    obstacle = _obstacle(path)
    if obstacle:
        yield complaint(
            name,
            f"The ledger cannot be kept at {path}: {obstacle}.{note}",
            "Make the folder writable, or set ZOOMLINK_DATABASE to another place.",
            path=str(path),
        )
        return
    yield ok(name, f"The ledger's place, {path}, can be written.{note}", path=str(path), in_use=used)


def webhook(visit: Visit) -> Findings:
    """``ZOOM_WEBHOOK_SECRET`` is set, and is not the client secret."""
    name = "webhook"
    secrets = [part.strip() for part in visit.environ.get("ZOOM_WEBHOOK_SECRET", "").split(",") if part.strip()]
    page = "the Secret Token on the Feature page of your app on marketplace.zoom.us"
    if not secrets:
        yield warning(
            name,
            "ZOOM_WEBHOOK_SECRET is not set, so events that Zoom sends would be refused.",
            f"If you want Zoom's events, copy {page}; otherwise nothing is missing.",
        )
    elif visit.value("ZOOM_CLIENT_SECRET") in secrets:
        yield failed(
            name,
            "ZOOM_WEBHOOK_SECRET is the client secret. Zoom signs its events with another one.",
            f"Copy {page}.",
        )
    elif any(not re.fullmatch(r"[\x21-\x7e]{1,512}", secret) for secret in secrets):
        yield failed(name, "ZOOM_WEBHOOK_SECRET holds a character that such a value never has.", f"Copy {page} again.")
    else:
        yield ok(name, f"{len(secrets)} webhook secret{'s are' if len(secrets) > 1 else ' is'} set.")


def versions(visit: Visit) -> Findings:  # noqa: ARG001 - a check
    """What runs here, for whoever is asked for help."""
    found = {
        "zoomlink": __version__,
        "Python": platform.python_version(),
        "OpenSSL": ssl.OPENSSL_VERSION.split(" ")[1],
        "SQLite": sqlite3.sqlite_version,
        "httpx2": _version("httpx2"),
        "system": platform.platform(terse=True),
    }
    yield ok("versions", ", ".join(f"{name} {value}" for name, value in found.items() if name != "system"), **found)


def _fault(environ: Mapping[str, str], variable: str) -> ConfigurationError | None:
    """What is wrong with one variable, judged alone by the reader of all settings."""
    if not environ.get(variable, "").strip():
        return None
    try:
        Settings.from_env({**_BLANKS, variable: environ[variable]})
    except ConfigurationError as error:
        return error
    return None


def _looks_ours(variable: str) -> bool:
    if variable in KNOWN:
        return False
    # Other programs have settings called ZOOM_…: those are ours only when they are nearly one of ours.
    return variable.startswith("ZOOMLINK_") or (
        variable.startswith("ZOOM_") and bool(difflib.get_close_matches(variable, KNOWN[:6], n=1, cutoff=0.85))
    )


def _dotenv(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    return {variable: value for variable, value in found.items() if value is not None}


def _obstacle(path: Path) -> str | None:
    """Why a file cannot be written there, or None. Nothing is made."""
    if path.is_dir():
        return "it is a folder"
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return "the file may not be written"
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is not a folder"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"{folder} may not be written"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
