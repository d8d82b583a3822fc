"""Commands for the API keys of the HTTP service: create, list, rotate, revoke, secret."""

from __future__ import annotations

import base64
import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from zoomlink.cli.common import at_desk
from zoomlink.cli.options import Sandbox
from zoomlink.cli.output import print_items, say, stamp
from zoomlink.errors import InvalidInputError, ZoomLinkError, tidy
from zoomlink.service.apikeys import RANDOM_BYTES, check_scopes, hash_of, make_key, read_span
from zoomlink.store.keys import AddKey, ApiKeyRow, Keys, RevokeKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoomlink.links.desk import LinkDesk

__all__ = ["keys"]

MOST = 1_000_000

keys = App(
    name="keys",
    help="Make and end API keys of the HTTP service (zoomlink serve).",
    help_epilogue="""\
Examples:
  zoomlink keys create website --scopes links:read,links:write --expires 90d
  zoomlink keys list
  zoomlink keys rotate website --overlap 24h
  zoomlink keys revoke website

Scopes: links:read, links:write, host (start URLs), batches, admin (metrics).
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)

Named = Annotated[str, Parameter(help="The key's name, or its id as the list shows it.")]


@keys.command
def create(
    name: str,
    /,
    *,
    scopes: str,
    expires: str | None = None,
    owner: str | None = None,
    per_minute: int = 0,
    per_day: int = 0,
    sandbox: Sandbox = False,
) -> int:
    """Make a key and print it, once: only its hash is kept.

    Parameters
    ----------
    name
        What to call it, such as the site that uses it.
    scopes
        What it may do, separated by commas: links:read, links:write, host, batches, admin.
    expires
        When it ends by itself: 90d, 12h, 2w, 1y. By default never.
    owner
        Whose links it is for: keys of one owner see the same links, and nobody else's. By default the key's own name.
    per_minute
        Calls a minute it may make; 0 for any number.
    per_day
        Links a day (UTC) it may make; 0 for any number.
    """
    named = _check_name(name, "name")
    allowed = check_scopes(scopes)
    span = None if expires is None else read_span(expires, "expires")
    for field, number in (("per_minute", per_minute), ("per_day", per_day)):
        if not 0 <= number <= MOST:
            raise InvalidInputError(f"{field} is {number}.", field=field, hint=f"Give 0 to {MOST}.")
    whose = named if owner is None else _check_name(owner, "owner")
    with at_desk(sandbox=sandbox) as desk:
        now = _now()
        if any(row.name == named and _is_good(row, now) for row in _all(desk)):
            raise InvalidInputError(
                f"There is a key {named} already.", field="name", hint=f"Renew it: zoomlink keys rotate {named}"
            )
        row = ApiKeyRow("", desk.rules.account, whose, named, "", " ".join(allowed), per_minute, per_day, now)
        _add(desk, row, None if span is None else now + span)
    return 0


@keys.command(name="list")
def list_(*, all: bool = False, json: bool = False, sandbox: Sandbox = False) -> int:
    """List the keys of the account; the keys themselves are not kept.

    Parameters
    ----------
    all
        Show those that are over, too.
    json
        Print one JSON document.
    """
    with at_desk(sandbox=sandbox) as desk:
        found = _all(desk)
    now = _now()
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "owner": row.owner,
            "scopes": row.scopes,
            "state": _state(row, now),
            "created_at": _when(row.created_at),
            "expires_at": _when(_end(row)),
            "used_at": _when(row.used_at),
            "per_minute": row.per_minute or None,
            "per_day": row.per_day or None,
        }
        for row in found
        if all or _is_good(row, now)
    ]
    print_items(rows, json=json, empty="There is no key. Make one: zoomlink keys create NAME --scopes links:write")
    return 0


@keys.command
def rotate(key: Named, /, *, overlap: str = "24h", sandbox: Sandbox = False) -> int:
    """Make a new key with the name, owner, scopes and limits of an old one, which goes on for a while.

    Parameters
    ----------
    overlap
        For how long the old key goes on: 24h, 7d; 0 ends it now.
    """
    span = 0 if overlap.strip() == "0" else read_span(overlap, "overlap")
    with at_desk(sandbox=sandbox) as desk:
        now = _now()
        good = [row for row in _found(desk, key) if _is_good(row, now)]
        if not good:
            raise _none(key)
        newest = good[-1]
        life = None if newest.expires_at is None else newest.expires_at - newest.created_at
        _add(desk, newest._replace(created_at=now, revoked_at=None, used_at=None), None if life is None else now + life)
        for row in good:
            desk.do(RevokeKey(row.id, now + span))
    say("The old key is over." if not span else f"The old key goes on until {_when(now + span)}.")
    return 0


@keys.command
def revoke(key: Named, /, *, sandbox: Sandbox = False) -> int:
    """End a key, and with a name all keys that have it, now."""
    with at_desk(sandbox=sandbox) as desk:
        now = _now()
        good = [row for row in _found(desk, key) if _is_good(row, now)]
        if not good:
            raise _none(key)
        for row in good:
            desk.do(RevokeKey(row.id, now))
    say("It is over." if len(good) == 1 else f"{len(good)} keys are over.")
    return 0


@keys.command
def secret(key: Named, /, *, sandbox: Sandbox = False) -> int:
    """Print the secret under which callbacks to a key's owner are signed, as Standard Webhooks writes it."""
    from zoomlink.service.callbacks import callback_secret
    from zoomlink.service.sessions import service_secret

    with at_desk(sandbox=sandbox) as desk:
        found = _found(desk, key)
        if not found:
            raise _none(key)
        made = callback_secret(service_secret(desk.settings.credentials, "callbacks"), found[-1].owner)
    sys.stdout.write(f"whsec_{base64.b64encode(made).decode()}\n")
    return 0


def _add(desk: LinkDesk, row: ApiKeyRow, expires_at: int | None) -> None:
    key = make_key(os.urandom(RANDOM_BYTES))
    desk.do(AddKey(row._replace(id=key.id, hash=hash_of(key), expires_at=expires_at)))
    sys.stdout.write(f"{key.text.reveal()}\n")
    sys.stdout.flush()
    say(f"Key {row.name} ({row.scopes}). It is shown this once: only its hash is kept.")


def _all(desk: LinkDesk) -> Sequence[ApiKeyRow]:
    return desk.do(Keys(desk.rules.account))


def _found(desk: LinkDesk, name: str) -> list[ApiKeyRow]:
    return [row for row in _all(desk) if name.strip() in {row.id, row.name}]


def _none(name: str) -> ZoomLinkError:
    return ZoomLinkError(f"There is no key {tidy(name, 60)}.", hint="zoomlink keys list shows them.", slug="not-found")


def _check_name(name: str, field: str) -> str:
    clean = name.strip()
    if not clean.isprintable() or not 1 <= len(clean) <= 60 or "," in clean:
        raise InvalidInputError(f"The {field} cannot be used.", field=field, hint="Use 1 to 60 characters, no commas.")
    return clean


def _end(row: ApiKeyRow) -> int | None:
    ends = [end for end in (row.expires_at, row.revoked_at) if end is not None]
    return min(ends, default=None)


def _is_good(row: ApiKeyRow, now: int) -> bool:
    end = _end(row)
    return end is None or now < end


def _state(row: ApiKeyRow, now: int) -> str:
    if row.revoked_at is not None and row.revoked_at <= now:
        return "revoked"
    return "good" if _is_good(row, now) else "expired"


def _when(moment: int | None) -> str | None:
    return None if moment is None else stamp(datetime.fromtimestamp(moment / 1000, UTC))


def _now() -> int:
    return time.time_ns() // 1_000_000
