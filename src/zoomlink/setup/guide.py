"""The conversation of the set-up and what follows from it: values asked for, tried, and stored. No terminal here.

The person is a protocol, so that a test can be one. Nothing is written before everything is known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from zoomlink.client.sync_client import ZoomClient
from zoomlink.config import Settings
from zoomlink.errors import AuthenticationError, ConfigurationError, InvalidInputError
from zoomlink.setup.envfile import merge, read_text, read_values, write_private
from zoomlink.setup.steps import STEPS, scope_lines
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from zoomlink.client.http import Sender

__all__ = ["Person", "converse", "gather", "store", "verify"]

CREDENTIALS = {
    "ZOOM_ACCOUNT_ID": "Account ID",
    "ZOOM_CLIENT_ID": "Client ID",
    "ZOOM_CLIENT_SECRET": "Client Secret",
}
TRIES = 3
_POLICY = RetryPolicy(attempts=2, timeout=15.0, deadline=30.0)


class Person(Protocol):
    """Somebody to talk to."""

    def say(self, text: str, *, title: str | None = None) -> None:
        """Tell something, under a title if there is one."""

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for a line of text; a secret one does not appear while it is typed."""

    def agree(self, question: str, *, default: bool) -> bool:
        """Ask yes or no; Enter alone means the default."""


def gather(given: Mapping[str, str], environ: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """Return the values to store when nobody can be asked: what was given, else the environment's, else the file's.

    Raises ConfigurationError that names all that is missing, and InvalidInputError for a value that cannot be one.
    """
    values = {name: given.get(name) or environ.get(name, "").strip() or stored.get(name, "") for name in CREDENTIALS}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ConfigurationError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given.",
            hint="Without a terminal, say --account-id and --client-id, and hand the secret over on standard input "
            "with --client-secret-stdin or in ZOOM_CLIENT_SECRET.",
        )
    checked = {name: tidy_value(name, value) for name, value in values.items()}
    others = {name: value for name, value in given.items() if name not in CREDENTIALS and value}
    _check_settings({**checked, **others})
    return {**checked, **others}


def converse(
    person: Person,
    given: Mapping[str, str],
    stored: Mapping[str, str],
    *,
    try_out: Callable[[Mapping[str, str]], None] | None,
) -> dict[str, str]:
    """Lead the person through it, and return the values to store.

    `given` is not asked for again; `stored` is what the file holds already. `try_out` checks values with Zoom and
    raises AuthenticationError when they are refused, upon which the person may correct them; None: no check.
    """
    _check_settings({name: value for name, value in given.items() if name not in CREDENTIALS})
    kept = {name: stored[name] for name in CREDENTIALS if stored.get(name)}
    if len(kept) == len(CREDENTIALS) and not any(given.get(name) for name in CREDENTIALS):
        if not person.agree("The file holds credentials already. Keep them?", default=True):
            kept = {}
    else:
        kept = {}
    if not kept and not all(given.get(name) for name in CREDENTIALS):
        _explain(person)
    for attempt in range(1, TRIES + 1):
        values = kept or {name: given.get(name) or _ask_value(person, name) for name in CREDENTIALS}
        values = {name: tidy_value(name, value) for name, value in values.items()}
        try:
            if try_out is not None:
                person.say("Asking Zoom for a token …")
                try_out(values)
                person.say("Zoom accepts them.")
            break
        except AuthenticationError as error:
            person.say(str(error))
            if attempt == TRIES or not person.agree("Enter the three values again?", default=True):
                raise
            given, kept = {name: value for name, value in given.items() if name not in CREDENTIALS}, {}
    for name, question in (
        ("ZOOMLINK_HOSTS", "E-mail addresses of the Zoom users who host, with commas (Enter: the account's owner)"),
        ("ZOOMLINK_TIMEZONE", "Time zone of times without one, such as America/Sao_Paulo (Enter: none)"),
    ):
        value = given.get(name, "")
        if not value and not stored.get(name):
            value = _ask_setting(person, name, question)
        if value:
            values[name] = value
    return values


def verify(environ: Mapping[str, str], *, sender: Sender | None = None) -> None:
    """Ask Zoom for a token with the credentials and addresses of `environ`.

    Raises AuthenticationError when Zoom refuses, TransportError when it is out of reach.
    """
    names = (*CREDENTIALS, "ZOOM_OAUTH_URL", "ZOOM_API_URL")
    settings = Settings.from_env({name: environ[name] for name in names if name in environ})
    with ZoomClient(settings, policy=_POLICY, sender=sender) as client:
        client.token()


def store(
    path: Path,
    values: Mapping[str, str],
    *,
    may_replace: Callable[[list[str]], bool],
) -> list[str]:
    """Write `values` into the file, every other line as it was, and return the names that changed.

    `may_replace` is asked about the names that have another value there already. Raises ConfigurationError when the
    answer is no, or the file cannot be read or written; then it is as it was.
    """
    text = read_text(path)
    before = read_values(text)
    changed = [name for name, value in values.items() if before.get(name) != value]
    replaced = [name for name in changed if before.get(name)]
    if replaced and not may_replace(replaced):
        raise ConfigurationError(
            f"{path} holds another value for {', '.join(replaced)}, and was left as it is.",
            hint="Say --yes to replace it, or name another file with --env-file.",
        )
    write_private(path, merge(text, {name: values[name] for name in changed}))
    return changed


def tidy_value(name: str, text: str) -> str:
    """Return a credential as it was meant, without blanks, quotes, or ``NAME=`` copied along.

    Raises InvalidInputError for what can be none.
    """
    value = text.strip()
    value = re.sub(rf"^(?:export\s+)?{name}\s*=\s*", "", value)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"`":
        value = value[1:-1].strip()
    label = CREDENTIALS[name]
    if not value:
        raise InvalidInputError(f"The {label} is empty.", field=name)
    if not re.fullmatch(r"[\x21-\x7e]{1,512}", value):
        raise InvalidInputError(
            f"The {label} holds a blank or a character that such a value never has.", field=name, hint="Copy it again."
        )
    if name == "ZOOM_ACCOUNT_ID" and value.isdigit():
        raise InvalidInputError(
            "That is the account number.", field=name, hint="The Account ID stands on the page App Credentials."
        )
    return value


def _explain(person: Person) -> None:
    if person.agree("Have you made the Server-to-Server OAuth app in Zoom's marketplace already?", default=False):
        return
    for number, step in enumerate(STEPS, 1):
        text = step.text
        if step.scopes:
            for heading, scopes in scope_lines():
                text += f"\n\n{heading}:" + "".join(f"\n  {scope:<48}  {what}" for scope, what in scopes)
        person.say(text, title=f"{number} of {len(STEPS)}: {step.title}")
        person.ask("Press Enter when it is done")


def _ask_value(person: Person, name: str) -> str:
    label = CREDENTIALS[name]
    for attempt in range(1, TRIES + 1):
        try:
            value = tidy_value(name, person.ask(f"{label} (does not appear as you paste it)", secret=True))
        except InvalidInputError as error:
            if attempt == TRIES:
                raise
            person.say(str(error))
        else:
            person.say(f"{label}: {len(value)} characters.")
            return value
    raise AssertionError("the last try returns or raises")


def _ask_setting(person: Person, name: str, question: str) -> str:
    while True:
        value = person.ask(question).strip()
        try:
            _check_settings({name: value})
        except ConfigurationError as error:
            person.say(str(error))
        else:
            return value


def _check_settings(values: Mapping[str, str]) -> None:
    Settings.from_env({**dict.fromkeys(CREDENTIALS, "-"), **values})
