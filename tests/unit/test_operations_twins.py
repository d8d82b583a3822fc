"""The sync and the async client offer the same operations, with the same arguments and the same words."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zoomlink.client import (
    async_client,
    async_meeting_resources,
    async_people_resources,
    meeting_resources,
    people_resources,
    sync_client,
)

ROOT = Path(__file__).resolve().parents[2]
PAIRS: list[tuple[type, type]] = [
    (sync_client.ZoomClient, async_client.AsyncZoomClient),
    (meeting_resources.Meetings, async_meeting_resources.AsyncMeetings),
    (people_resources.Registrants, async_people_resources.AsyncRegistrants),
    (people_resources.Past, async_people_resources.AsyncPast),
    (people_resources.Templates, async_people_resources.AsyncTemplates),
    (people_resources.Users, async_people_resources.AsyncUsers),
]
OTHER_NAMES = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__"}
OPERATIONS = {
    "Meetings": "create get list iterate upcoming update delete end recover start_url invitation sip_uri invite_links",
    "Registrants": "add add_many list iterate get approve deny cancel delete questions set_questions",
    "Past": "get instances participants iterate_participants",
    "Templates": "list create",
    "Users": "get list iterate settings schedulers assistants summary",
}


def methods(kind: type) -> dict[str, Any]:
    return {name: value for name, value in vars(kind).items() if inspect.isfunction(value) and name[0] != "_"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].__name__)
def test_both_clients_have_the_same_methods_with_the_same_words(pair: tuple[type, type]) -> None:
    plain, twin = methods(pair[0]), methods(pair[1])
    assert [OTHER_NAMES.get(name, name) for name in plain] == list(twin)
    for name, method in plain.items():
        other = twin[OTHER_NAMES.get(name, name)]
        assert inspect.getdoc(method), f"{name} has no docstring"
        assert inspect.getdoc(method) == inspect.getdoc(other)
        assert str(inspect.signature(method)) == re.sub(r"\bAsync(?=Iterator)", "", str(inspect.signature(other)))
        awaited = inspect.iscoroutinefunction(other) or inspect.isasyncgenfunction(other)
        assert awaited is not name.startswith("iterate")


@pytest.mark.parametrize("pair", PAIRS[1:], ids=lambda pair: pair[0].__name__)
def test_every_operation_is_offered(pair: tuple[type, type]) -> None:
    assert list(methods(pair[0])) == OPERATIONS[pair[0].__name__].split()


def test_twins_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, "tools/twins.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
