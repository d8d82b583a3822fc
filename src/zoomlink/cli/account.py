"""Commands about the account: users and meeting templates, and any other call. No decisions about Zoom."""

from __future__ import annotations

import json as json_reader
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from zoomlink.cli.common import connected
from zoomlink.cli.options import Ref, Sandbox, pairs
from zoomlink.cli.output import print_items, print_json
from zoomlink.cli.people import licence_of
from zoomlink.cli.refs import at_meeting
from zoomlink.errors import InvalidInputError

__all__ = ["call", "templates", "users"]

users = App(
    name="users",
    help="Show users, their settings and who schedules for whom.",
    help_epilogue="""\
Examples:
  zoomlink users list --status pending
  zoomlink users show alice@example.com
  zoomlink users settings me
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)
templates = App(
    name="templates",
    help="List and make meeting templates.",
    help_epilogue="""\
Examples:
  zoomlink templates create 81234567890 "Guitar lesson"
  zoomlink templates list alice@example.com
  zoomlink create "Guitar lesson" --start "2031-12-01 18:24" --template ID
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)


@users.command(name="list")
def list_users(
    *, status: Literal["active", "inactive", "pending"] = "active", json: bool = False, sandbox: Sandbox = False
) -> int:
    """List the users of the account.

    Parameters
    ----------
    status
        Which ones.
    json
        Print them as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.users.list(status=status)
    rows = [
        {
            "email": user.email,
            "name": user.display_name,
            "licence": licence_of(user),
            "status": user.status,
            "timezone": user.timezone,
        }
        for user in found
    ]
    print_items(rows, json=json, empty=f"No {status} users.")
    return 0


@users.command(name="show")
def show_user(email: str, /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """Show one user.

    Parameters
    ----------
    email
        Their e-mail address or id; "me" is the owner of the account.
    json
        Print all that Zoom says, as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        user = zoom.users.get(email)
    if json:
        print_json(dict(user.raw))
    else:
        row = {"email": user.email, "name": user.display_name, "licence": licence_of(user), "status": user.status}
        print_items([{**row, "timezone": user.timezone}], json=False, empty="")
    return 0


@users.command(name="settings")
def user_settings(email: str, /, *, sandbox: Sandbox = False) -> int:
    """Print a user's settings as one JSON document: what a meeting gets that does not say otherwise.

    Parameters
    ----------
    email
        Their e-mail address or id; "me" is the owner of the account.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        print_json(dict(zoom.users.settings(email)))
    return 0


@users.command(name="schedulers")
def user_schedulers(email: str, /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """List the users for whom this user may schedule.

    Parameters
    ----------
    email
        Their e-mail address or id.
    json
        Print them as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.users.schedulers(email)
    print_items([{"email": one.email, "id": one.id} for one in found], json=json, empty="For nobody.")
    return 0


@users.command(name="assistants")
def user_assistants(email: str, /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """List the users who may schedule for this user.

    Parameters
    ----------
    email
        Their e-mail address or id.
    json
        Print them as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.users.assistants(email)
    print_items([{"email": one.email, "id": one.id} for one in found], json=json, empty="Nobody.")
    return 0


@users.command(name="summary")
def users_summary(*, sandbox: Sandbox = False) -> int:
    """Count the account's users by kind, as one JSON document."""
    with connected(sandbox=sandbox) as (_, zoom):
        print_json(dict(zoom.users.summary().raw))
    return 0


@templates.command(name="list")
def list_templates(host: str = "me", /, *, json: bool = False, sandbox: Sandbox = False) -> int:
    """List the templates a host may choose from.

    Parameters
    ----------
    host
        The host's e-mail address.
    json
        Print them as one JSON document.
    """
    with connected(sandbox=sandbox) as (_, zoom):
        found = zoom.templates.list(host)
    print_items([{"id": one.id, "name": one.name, "type": one.type} for one in found], json=json, empty="No templates.")
    return 0


@templates.command(name="create")
def create_template(
    ref: Ref, name: str, /, *, host: str = "me", overwrite: bool = False, json: bool = False, sandbox: Sandbox = False
) -> int:
    """Make a template from a meeting.

    Parameters
    ----------
    name
        The template's name.
    host
        Whose template it is to be.
    overwrite
        Replace one of the same name.
    json
        Print it as one JSON document.
    """
    with at_meeting(ref, sandbox=sandbox) as (number, zoom):
        made = zoom.templates.create(host, number, name=name, overwrite=overwrite)
    print_items([{"id": made.id, "name": made.name}], json=json, empty="")
    return 0


def call(
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
    path: str,
    /,
    *,
    query: Annotated[list[str] | None, Parameter(name=["--query", "-q"])] = None,
    body: str | None = None,
    sandbox: Sandbox = False,
) -> int:
    """Call any address of Zoom's API with the same token, retries and errors, and print its JSON.

    Parameters
    ----------
    method
        The HTTP method.
    path
        The path below /v2, such as /users/me/settings.
    query
        NAME=VALUE of a query parameter; may be given several times.
    body
        The body, as JSON.
    """
    content: Any = None
    if body is not None:
        try:
            content = json_reader.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(f"--body is not JSON: {error}.", field="body") from None
    with connected(sandbox=sandbox) as (_, zoom):
        answer = zoom.request(method, path, query=dict(pairs(query, "--query")) or None, body=content)
    if answer is not None:
        print_json(answer)
    return 0
