"""Commands about people: hosts and registrants. No decisions about Zoom."""

from __future__ import annotations

import csv as csv_reader
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App, Parameter

from zoomlink.cli.options import Ref, Sandbox
from zoomlink.cli.output import check_one_format, print_csv, print_json, print_table, say
from zoomlink.cli.refs import at_meeting, read_ref
from zoomlink.errors import InvalidInputError

if TYPE_CHECKING:
    from zoomlink.zoom.models import User

__all__ = ["licence_of", "registrants"]

_LICENCES = {1: "basic", 2: "licensed", 4: "may not host", 99: "none"}


def licence_of(user: User) -> str:
    """What a user's licence is called."""
    return _LICENCES.get(user.type or 0, f"type {user.type}")


registrants = App(
    name="registrants",
    help="Add, list and decide on the registrants of a meeting.",
    help_epilogue="""\
Examples:
  zoomlink registrants add 81234567890 ana@example.com --first-name Ana
  zoomlink registrants add 81234567890 --file guests.csv
  zoomlink registrants list 81234567890 --status pending
  zoomlink registrants approve 81234567890 ana@example.com
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)


@registrants.command
def add(
    ref: Ref,
    /,
    email: str | None = None,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    file: Path | None = None,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Add one registrant, or all of a CSV file, and print their personal join links.

    Parameters
    ----------
    ref
        The meeting's number. It must take registrations, and its host must be licensed.
    email
        The registrant's e-mail address.
    first_name
        Their first name.
    last_name
        Their last name.
    file
        A CSV file with the columns email, first_name and, if you like, last_name.
    json
        Print them as one JSON document.
    """
    read_ref(ref)
    if file and (email or first_name or last_name):
        raise InvalidInputError("One registrant and a file of them are given.", field="file", hint="Give one of them.")
    people = _people(file) if file else [_person(email, first_name, last_name)]
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        if file:
            results = zoom.registrants.add_many(number, people)
            rows = [
                {
                    "email": result.email,
                    "id": result.registrant_id,
                    "join_url": result.join_url,
                    "problem": str(result.error) if result.error else None,
                }
                for result in results
            ]
        else:
            made = zoom.registrants.add(number, **people[0])
            rows = [{"email": email, "id": made.id, "join_url": made.join_url, "problem": None}]
    if json:
        print_json({"items": rows, "next_cursor": None})
    else:
        print_table(
            ("email", "registrant", "personal join link", ""),
            [tuple("" if value is None else str(value) for value in row.values()) for row in rows],
        )
        if any(row["join_url"] is None and row["problem"] is None for row in rows):
            say(f"Who has no link yet waits for approval: zoomlink registrants approve {number} EMAIL")
    failed = sum(1 for row in rows if row["problem"])
    if failed:
        say(f"{failed} of {len(rows)} could not be added.")
    return 4 if failed else 0


@registrants.command(name="list")
def list_(
    ref: Ref,
    /,
    *,
    status: Literal["pending", "approved", "denied"] = "approved",
    occurrence: str | None = None,
    json: bool = False,
    csv: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """List the registrants of a meeting.

    Parameters
    ----------
    status
        Which ones.
    occurrence
        Those of one occurrence of a series, by its id.
    json
        Print them as one JSON document.
    csv
        Print them as CSV.
    """
    check_one_format(json=json, csv=csv)
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        found = zoom.registrants.list(number, status=status, occurrence=occurrence)
    columns = ("email", "first_name", "last_name", "status", "id", "join_url")
    rows = [tuple(getattr(person, column) or "" for column in columns) for person in found]
    if json:
        print_json({"items": [dict(zip(columns, row, strict=True)) for row in rows], "next_cursor": None})
    elif csv:
        print_csv(columns, rows)
    elif rows:
        print_table(columns, rows)
    else:
        say(f"No {status} registrants.")
    return 0


def _decide(what: str, ref: Ref, emails: tuple[str, ...], sandbox: bool) -> int:
    if not emails:
        raise InvalidInputError("No registrant is named.", field="email", hint="Give one or more e-mail addresses.")
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        getattr(zoom.registrants, what)(number, list(emails))
    say(f"Zoom accepted: {what} {len(emails)} registrant{'s' if len(emails) > 1 else ''}.")
    if what == "approve":
        say(f"Their personal join links: zoomlink registrants list {number}")
    return 0


@registrants.command
def approve(ref: Ref, /, *emails: str, sandbox: Sandbox = False) -> int:
    """Approve pending registrants.

    Parameters
    ----------
    emails
        Their e-mail addresses.
    """
    return _decide("approve", ref, emails, sandbox)


@registrants.command
def deny(ref: Ref, /, *emails: str, sandbox: Sandbox = False) -> int:
    """Deny registrants.

    Parameters
    ----------
    emails
        Their e-mail addresses.
    """
    return _decide("deny", ref, emails, sandbox)


@registrants.command
def cancel(ref: Ref, /, *emails: str, sandbox: Sandbox = False) -> int:
    """Cancel registrations.

    Parameters
    ----------
    emails
        Their e-mail addresses.
    """
    return _decide("cancel", ref, emails, sandbox)


@registrants.command
def delete(ref: Ref, registrant: str, /, *, occurrence: str | None = None, sandbox: Sandbox = False) -> int:
    """Delete a registrant, by their id. Deleting one who is gone already is no error.

    Parameters
    ----------
    registrant
        The registrant's id, as list shows it.
    occurrence
        Only from one occurrence of a series, by its id.
    """
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        gone = zoom.registrants.delete(number, registrant, occurrence=occurrence)
    say("Deleted." if gone else "They were gone already.")
    return 0


@registrants.command
def questions(
    ref: Ref, /, *, require: list[str] | None = None, ask: list[str] | None = None, sandbox: Sandbox = False
) -> int:
    """Print what registrants are asked, as one JSON document; or set it.

    Parameters
    ----------
    require
        Set: one of Zoom's own questions that must be answered, such as last_name; may be given several times.
    ask
        Set: one of Zoom's own questions that may be left open, such as city; may be given several times.
    """
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        if require or ask:
            standard = {**dict.fromkeys(ask or [], False), **dict.fromkeys(require or [], True)}
            zoom.registrants.set_questions(number, standard=standard)
        print_json(dict(zoom.registrants.questions(number).raw))
    return 0


def _person(email: str | None, first_name: str | None, last_name: str | None) -> dict[str, Any]:
    if not email or not first_name:
        raise InvalidInputError(
            "A registrant needs an e-mail address and a first name.", hint="Give both, or a CSV file with --file."
        )
    return {"email": email, "first_name": first_name, **({"last_name": last_name} if last_name else {})}


def _people(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            head = lines.readline(10_000)
            lines.seek(0)
            # Spreadsheets write semicolons where the comma stands in numbers, and tabs when text is copied.
            between = max(",;\t", key=head.count)
            reader = csv_reader.DictReader(lines, delimiter=between, strict=True)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv_reader.Error) as error:
        why = "it is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", error)
        raise InvalidInputError(f"{file} cannot be read: {why}.", field="file") from None
    people = []
    for number, row in rows:
        values = {(name or "").strip().lower(): value.strip() for name, value in row.items() if isinstance(value, str)}
        if not any(values.values()):
            continue  # a line of separators alone, as spreadsheets leave them
        if not values.get("email") or not values.get("first_name"):
            raise InvalidInputError(
                f"Line {number} of {file} lacks an email or a first_name.",
                field="file",
                hint="The first line names the columns: email, first_name, last_name.",
            )
        people.append(_person(values["email"], values["first_name"], values.get("last_name")))
    if not people:
        raise InvalidInputError(f"{file} names nobody.", field="file")
    return people
