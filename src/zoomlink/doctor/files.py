"""Checks of files on this machine: the ``.env`` file and the ledger. Nothing is made or changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zoomlink.config import default_database
from zoomlink.doctor.finding import Findings, failed, listed, ok, warning
from zoomlink.doctor.visit import KNOWN
from zoomlink.errors import ZoomLinkError
from zoomlink.secret import Secret
from zoomlink.store.inspecting import inspect
from zoomlink.store.opening import MEMORY

if TYPE_CHECKING:
    from zoomlink.doctor.visit import Visit

__all__ = ["database", "env_file"]


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
        if variable in KNOWN and value and visit.given.get(variable, value) != value
    )
    if overruled:
        fine = False
        yield warning(
            name,
            f"{listed(overruled)}: the environment says something else than {path.name}, and the environment wins.",
            f"Unset it in your shell or service, or correct {path.name}.",
            overruled=overruled,
        )
    if fine:
        yield ok(name, f"{path.name} is read, and only you may open it." if holds_secret else f"{path.name} is read.")


def database(visit: Visit) -> Findings:
    """The ledger can be used."""
    name = "database"
    url = visit.value("ZOOMLINK_DATABASE")
    path = None
    if url.startswith(("postgresql://", "postgres://")):
        # Only host and name: an address like this often holds a password.
        try:
            parts = urlsplit(url)
            place = f"PostgreSQL at {parts.hostname or 'localhost'}{parts.path}"
        except ValueError:
            yield failed(name, "ZOOMLINK_DATABASE is not an address.", "Write postgresql://user@host/name.")
            return
    elif url == MEMORY:
        yield warning(name, "The ledger is gone with its process.", "Set ZOOMLINK_DATABASE to a place that lasts.")
        return
    elif url and not url.startswith("sqlite:///"):
        yield failed(
            name,
            "ZOOMLINK_DATABASE is neither SQLite nor PostgreSQL.",
            "Write sqlite:////folder/ledger.db or postgresql://user@host/name.",
        )
        return
    else:
        url = url or default_database(visit.environ)
        path = Path(url.removeprefix("sqlite:///"))
        place = str(path)
        obstacle = _obstacle(path)
        if obstacle:
            yield failed(
                name,
                f"The ledger cannot be kept at {path}: {obstacle}.",
                "Make the folder writable, or set ZOOMLINK_DATABASE to another place.",
                path=str(path),
            )
            return
    try:
        found = inspect(Secret(url))
    except ZoomLinkError as error:
        yield failed(name, error.message, error.hint or "Set ZOOMLINK_DATABASE to another place.", place=place)
        return
    links = f"{found.links} link{'' if found.links == 1 else 's'}"
    state = links if found.schema else "not there yet, and made when it is first used"
    if path is not None and found.schema and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning(
            name, f"Other users of this machine may open the ledger, {path}.", f"Run: chmod 600 {path}", path=place
        )
        return
    yield ok(name, f"The ledger, {place}, can be used: {state}.", place=place, links=found.links)


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
