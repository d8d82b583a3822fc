"""Checks of this machine: variables, time zones, versions. Nothing is sent.

Each check takes a Visit and yields findings; which there are, and in what order, stands in the package's first module.
"""

from __future__ import annotations

import difflib
import platform
import re
import sqlite3
import ssl
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from zoomlink import __version__
from zoomlink.config import Credentials, Settings
from zoomlink.doctor.finding import Findings, failed, from_error, listed, ok, warning
from zoomlink.doctor.visit import ADDRESSES, CREDENTIALS, KNOWN
from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.doctor.visit import Visit

__all__ = [
    "addresses",
    "credentials",
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
    if visit.no_account is not None:
        yield from_error(name, visit.no_account)
        return
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
        yield failed(name, f"{listed(quoted)}: there are quotes around the value.", "Take the quotes out.", at=quoted)
        return
    stand_ins = [variable for variable, value in given.items() if _STAND_IN.fullmatch(value)]
    if stand_ins:
        yield failed(
            name,
            f"{listed(stand_ins)}: an example stands where the value should be.",
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


def addresses(visit: Visit) -> Findings:
    """``ZOOM_OAUTH_URL`` and ``ZOOM_API_URL`` lead to Zoom or to a sandbox on this machine."""
    faults = [error for variable in ADDRESSES if (error := _fault(visit.environ, variable))]
    for error in faults:
        yield from_error("addresses", error)
    if not faults:
        given = {variable: visit.value(variable) for variable in ADDRESSES if visit.value(variable)}
        yield ok(
            "addresses",
            f"{listed(list(given))} {'is an allowed address' if len(given) == 1 else 'are allowed addresses'}."
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


def webhook(visit: Visit) -> Findings:
    """``ZOOM_WEBHOOK_SECRET`` is set, and is not the client secret."""
    name = "webhook"
    secrets = [part.strip() for part in visit.environ.get("ZOOM_WEBHOOK_SECRET", "").split(",") if part.strip()]
    page = "the Secret Token on the Feature page of your app on marketplace.zoom.us"
    if not secrets:
        yield warning(
            name,
            "ZOOM_WEBHOOK_SECRET is not set, so events that Zoom sends cannot be checked.",
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
        "httpcore2": _version("httpcore2"),
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


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"
