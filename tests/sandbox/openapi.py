"""Zoom's own description of its API, read from $ZOOM_OPENAPI_DIR, and what in an exchange goes against it.

Nothing of the description is kept in the project; where it is known to be wrong or old, that is said here.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jsonschema

from zoomsandbox.app import ROUTES
from zoomsandbox.core.router import Router

if TYPE_CHECKING:
    from zoomsandbox.core.router import Route

SOURCES = ("meetings", "users", "accounts-trimmed")
METHODS = ("get", "post", "put", "patch", "delete")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

# Names that are answered, in a recorded answer of Zoom's or in its examples, but not in its description
UNDESCRIBED = {"GET /users": {"users.language"}}

# Statuses and codes that Zoom answers everywhere without saying so at each operation: no JSON, fields that are wrong,
# page tokens that have died, no right to it
EVERYWHERE = {400, 401}
CODES_EVERYWHERE = {124, 300, 4711}

# Codes that are not described there, and why they are answered all the same
SEEN_CODES = {
    # In Zoom's older list of errors: a meeting that runs
    "DELETE /meetings/{meetingId}": {3002},
    # Described for users: one who has not accepted the invitation
    "POST /users/{userId}/meetings": {1120},
    "GET /users/{userId}/meetings": {1120},
    # Described for removing a registrant: a host without licence, which the text demands of the others too
    "POST /meetings/{meetingId}/registrants": {200},
}

# Known to be wrong or old in the copies this is compared with, by the path in a body
WRONG = {
    # One day's number is described, a comma list of them is meant
    r"(.*\.)?recurrence\.weekly_days",
    # Since March 2026 there is a fifth choice
    r"(.*\.)?settings\.waiting_room_options\.who_goes_to_waiting_room",
}

# Added after the copies were made
LATER_PARAMETERS = {
    ("GET /past_meetings/{meetingId}/instances", "from"),
    ("GET /past_meetings/{meetingId}/instances", "to"),
}


@dataclass(frozen=True)
class Operation:
    """One operation of the description."""

    source: str
    method: str
    path: str
    body: Any

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def folder() -> Path:
    return Path(os.environ["ZOOM_OPENAPI_DIR"])


@cache
def description(source: str) -> Any:
    return json.loads((folder() / f"{source}.json").read_text("utf-8"))


def anonymous(template: str) -> str:
    """A path without the names of its placeholders."""
    return re.sub(r"\{[^}]*\}", "{}", template)


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """Every operation described, by method and anonymous path."""
    found: dict[tuple[str, str], Operation] = {}
    for source in SOURCES:
        for path, methods in description(source)["paths"].items():
            for method in METHODS:
                if method in methods:
                    one = Operation(source, method.upper(), path, methods[method])
                    found.setdefault((one.method, anonymous(path)), one)
    return found


def imitated() -> list[tuple[Route, Operation]]:
    """The sandbox's routes below /v2 with what Zoom says of them."""
    return [
        (route, operations()[route.method, anonymous(route.template.removeprefix("/v2"))])
        for route in ROUTES
        if route.template.startswith("/v2/")
    ]


@cache
def _router() -> Router:
    return Router(ROUTES)


def operation_of(method: str, path: str) -> Operation | None:
    """The operation behind a path as sent, None when the sandbox does not imitate one there."""
    route, _ = _router().find(method, path.partition("?")[0])
    if route is None or not route.template.startswith("/v2/"):
        return None
    return operations()[method, anonymous(route.template.removeprefix("/v2"))]


# -- schemas -----------------------------------------------------------------------------------------------------------


def converted(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable`, and alternatives that do not exclude each other."""
    if isinstance(schema, list):
        return [converted(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: converted(value) for name, value in schema.items() if name not in {"nullable", "example", "examples"}}
    if "oneOf" in made:
        # The alternatives of the settings share all their names, so a value always fits several
        made["anyOf"] = made.pop("oneOf")
    if schema.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def members(schema: Any, prefix: str = "") -> set[str]:
    """All dotted names that a schema describes."""
    found: set[str] = set()
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        found |= members(part, prefix)
    for name, below in schema.get("properties", {}).items():
        found |= {prefix + name} | members(below, f"{prefix}{name}.")
    if "items" in schema:
        found |= members(schema["items"], prefix)
    return found


def names(value: Any, prefix: str = "") -> set[str]:
    """All dotted names in a value."""
    if isinstance(value, list):
        return {name for one in value for name in names(one, prefix)}
    if not isinstance(value, dict):
        return set()
    return {prefix + name for name in value} | {n for name in value for n in names(value[name], f"{prefix}{name}.")}


_FORMATS = jsonschema.FormatChecker(formats=())
_FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or _INSTANT.fullmatch(value) is not None)
_FORMATS.checks("email")(lambda value: not isinstance(value, str) or "@" in value)
_FORMATS.checks("int64")(lambda value: not isinstance(value, int) or -(2**63) <= value < 2**63)


def errors_in(value: Any, schema: Any, *, formats: bool) -> list[tuple[str, str]]:
    """Where (dotted) and how a value goes against a schema."""
    checker = jsonschema.Draft202012Validator(converted(schema), format_checker=_FORMATS if formats else None)
    found = [
        (".".join(str(part) for part in error.absolute_path if not isinstance(part, int)), error.message)
        for error in checker.iter_errors(value)
    ]
    return [(where, how) for where, how in found if not any(re.fullmatch(known, where) for known in WRONG)]


# -- exchanges ---------------------------------------------------------------------------------------------------------


def against(operation: Operation, query: str, sent: Any, status: int, answered: Any) -> list[str]:
    """What of one exchange goes against the description."""
    declared = operation.body["responses"]
    wrong: list[str] = []
    if str(status) not in declared:
        return [] if status in EVERYWHERE else [f"{operation.name} answers {status}, which is not described"]
    if status >= 400:
        wrong += _refusal(operation, declared[str(status)].get("description", ""), answered)
    else:
        wrong += _accepted(operation, query, sent)
        content = declared[str(status)].get("content", {}).get("application/json")
        if content is None or status == 204:
            wrong += [] if answered is None else [f"{operation.name} answers a body with {status}"]
        else:
            schema = content["schema"]
            wrong += [f"{operation.name}: {where}: {how}" for where, how in errors_in(answered, schema, formats=True)]
            extra = names(answered) - members(converted(schema)) - UNDESCRIBED.get(operation.name, set())
            wrong += [f"{operation.name} answers {name}, which is not described" for name in sorted(extra)]
    return wrong


def _accepted(operation: Operation, query: str, sent: Any) -> list[str]:
    """What of an accepted request goes against the description."""
    wrong = []
    schema = operation.body.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if sent is not None and schema is not None:
        wrong += [f"{operation.name} takes {where}: {how}" for where, how in errors_in(sent, schema, formats=False)]
    described = {one["name"]: one["schema"] for one in operation.body.get("parameters", ()) if one["in"] == "query"}
    for name, text in parse_qsl(query):
        schema = described.get(name)
        if schema is None:
            if (operation.name, name) not in LATER_PARAMETERS:
                wrong.append(f"{operation.name} takes the parameter {name}, which is not described")
        else:
            value = json.loads(text) if schema.get("type") in {"integer", "boolean"} else text
            # A page size beyond the greatest is cut, not refused
            bounds = {key: rule for key, rule in schema.items() if key != "maximum"}
            wrong += [f"{operation.name}?{name}: {how}" for _, how in errors_in(value, bounds, formats=False)]
    return wrong


def _refusal(operation: Operation, text: str, answered: Any) -> list[str]:
    """A refusal has Zoom's form, and where its number is described, the sentence described, letter by letter."""
    if not isinstance(answered, dict) or not isinstance(answered.get("code"), int):
        return [f"{operation.name} refuses without a code: {answered!r}"]
    code, message = answered["code"], answered["message"]
    described = refusals(text)
    sentences = [sentence for number, sentence in described if number == code]
    if code in CODES_EVERYWHERE or code in SEEN_CODES.get(operation.name, set()):
        return []
    if not sentences:
        return [f"{operation.name} refuses with {code}, which is not described: {message}"]
    # What was seen on the wire ends in a full stop more often than what is described
    if any(re.fullmatch(pattern_of(sentence) + r"\.?", message) for sentence in sentences):
        return []
    return [f"{operation.name} refuses with {code} in other words: {message!r} and not {sentences}"]


def refusals(text: str) -> list[tuple[int, str]]:
    """Numbers and sentences in the description of a status."""
    found = re.findall(r"\*\*Error Code:\*\*\s*`(\d+)`\s*<br>\s*(.*?)(?=<br>|\n\s*\n|\Z)", text, re.DOTALL)
    return [(int(code), sentence.strip()) for code, sentence in found]


def pattern_of(sentence: str) -> str:
    """A described sentence as a pattern: values stand for placeholders, marks are left out."""
    plain = sentence.replace("`", "").replace("**", "").strip()
    parts = re.split(r"(\{\w+\}|\$\w+)", plain)
    return "".join(".+?" if re.fullmatch(r"\{\w+\}|\$\w+", part) else re.escape(part) for part in parts)
