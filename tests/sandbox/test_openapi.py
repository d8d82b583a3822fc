"""Answers against Zoom's own description of its API, read at run time from $ZOOM_OPENAPI_DIR."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api

pytestmark = pytest.mark.zoom_openapi

# In a recorded answer of Zoom's or in its examples, but not in its description
UNDESCRIBED = {
    "GET /users": {"users.language"},
    "GET /users/{userId}": set[str](),
}


@cache
def description(name: str) -> Any:
    return json.loads((Path(os.environ["ZOOM_OPENAPI_DIR"]) / f"{name}.json").read_text("utf-8"))


def converted(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable`, and alternatives that do not exclude each other."""
    if isinstance(schema, list):
        return [converted(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: converted(value) for name, value in schema.items() if name not in {"nullable", "example", "examples"}}
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    if schema.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def schema_of(source: str, method: str, path: str, status: int) -> Any:
    answer = description(source)["paths"][path][method.lower()]["responses"][str(status)]
    return converted(answer["content"]["application/json"]["schema"])


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


def conforms(answer: Answer, source: str, method: str, path: str) -> None:
    schema = schema_of(source, method, path, answer.status)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(answer.json)] == []
    allowed = UNDESCRIBED.get(f"{method} {path}", set())
    assert names(answer.json) - members(schema) - allowed == set()


MEETINGS: list[dict[str, Any]] = [
    {},
    {"topic": "Demo", "agenda": "a" * 300, "start_time": "2031-12-01T18:24:00", "timezone": "America/Sao_Paulo"},
    {"type": 1},
    {"type": 3, "settings": {"use_pmi": True}},
    {"type": 10},
    {"type": 8, "start_time": "2031-12-01T18:24:00Z", "recurrence": {"type": 2, "weekly_days": "3", "end_times": 4}},
    {
        "type": 8,
        "start_time": "2031-12-01T18:24:00Z",
        "recurrence": {"type": 1, "end_date_time": "2031-12-05T00:00:00Z"},
    },
    {"default_password": False, "tracking_fields": [{"field": "Booking", "value": "1"}], "pre_schedule": True},
    {
        "settings": {
            "approval_type": 0,
            "waiting_room": True,
            "waiting_room_options": {"mode": "custom", "who_goes_to_waiting_room": "everyone"},
            "meeting_authentication": True,
            "authentication_exception": [{"email": "a@example.com", "name": "A"}],
            "breakout_room": {"enable": True, "rooms": [{"name": "One", "participants": ["b@example.com"]}]},
            "language_interpretation": {"enable": True, "interpreters": [{"email": "c@example.com"}]},
            "meeting_invitees": [{"email": "d@example.com"}],
            "alternative_hosts": "host1@sandbox.example",
            "global_dial_in_countries": ["US"],
            "resources": [{"resource_type": "whiteboard", "resource_id": "x", "permission_level": "viewer"}],
        }
    },
]


@pytest.mark.parametrize("fields", MEETINGS, ids=lambda fields: "-".join(fields) or "nothing")
def test_meeting_answers_conform(api: Api, fields: dict[str, Any]) -> None:
    made = api.call("POST", "/users/me/meetings", fields)
    conforms(made, "meetings", "POST", "/users/{userId}/meetings")
    got = api.call("GET", f"/meetings/{made.json['id']}")
    conforms(got, "meetings", "GET", "/meetings/{meetingId}")


def test_meeting_list_conforms(api: Api) -> None:
    for fields in MEETINGS:
        api.create(**fields)
    conforms(api.call("GET", "/users/me/meetings?page_size=3"), "meetings", "GET", "/users/{userId}/meetings")


def test_user_answers_conform(api: Api) -> None:
    conforms(api.call("GET", "/users?page_size=2"), "users", "GET", "/users")
    conforms(api.call("GET", "/users/me"), "users", "GET", "/users/{userId}")


@pytest.mark.parametrize("query", ["", "?option=meeting_security", "?custom_query_fields=host_video"])
def test_user_settings_conform(api: Api, query: str) -> None:
    conforms(api.call("GET", f"/users/me/settings{query}"), "users", "GET", "/users/{userId}/settings")


def test_every_status_that_is_answered_is_described(api: Api) -> None:
    described = description("meetings")["paths"]
    for method, path, template, body in (
        ("POST", "/users/nobody/meetings", "/users/{userId}/meetings", {}),
        ("POST", "/users/me/meetings", "/users/{userId}/meetings", {"type": 7}),
        ("GET", "/users/nobody/meetings", "/users/{userId}/meetings", None),
        ("GET", "/meetings/1", "/meetings/{meetingId}", None),
        ("PATCH", "/meetings/1", "/meetings/{meetingId}", {}),
        ("DELETE", "/meetings/1", "/meetings/{meetingId}", None),
    ):
        answer = api.call(method, path, body)
        assert str(answer.status) in described[template][method.lower()]["responses"]
