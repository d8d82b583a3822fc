"""Requests that nobody would think of, made from Zoom's own description: every imitated operation stands them.

25 for each operation; ZOOMLINK_TORTURE=1 makes it 500.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.sandbox import openapi
from tests.sandbox.conftest import NOW, Api

from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis import APIOperation, Case

pytestmark = pytest.mark.zoom_openapi

EXAMPLES = 500 if os.environ.get("ZOOMLINK_TORTURE") == "1" else 25
OPERATIONS = [operation for _, operation in openapi.imitated()] if os.environ.get("ZOOM_OPENAPI_DIR") else []


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedSandbox]:
    options = Options(clock=parse_instant(NOW), limits=False, token_ttl=10**9, seed=1)
    with ThreadedSandbox(options) as sandbox:
        yield sandbox


@pytest.fixture
def api(server: ThreadedSandbox) -> Iterator[Api]:
    server.reset()
    app = next(iter(server.world.oauth.apps.values()))
    app.grant((*app.scope.split(), "account:read:admin"))
    client = Api(server.url)
    yield client
    client.close()


def furnish(api: Api) -> dict[str, list[str]]:
    """Things that exist, by the names of the placeholders that may mean them."""
    open_to_all: dict[str, Any] = {"settings": {"approval_type": 0}}
    rule = {"type": 1, "end_times": 3}
    meetings = [
        api.create(start_time="2031-12-01T18:24:00Z", **open_to_all),
        api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence=rule, **open_to_all),
        api.create(type=3),
    ]
    person = {"email": "jill@example.com", "first_name": "Jill"}
    registrant = api.call("POST", f"/meetings/{meetings[0]['id']}/registrants", person).json["registrant_id"]
    ended = api.create()
    for verb in ("start", "end"):
        api.send("POST", f"/_sandbox/meetings/{ended['id']}/{verb}", b"")
    numbers = [str(one["id"]) for one in (*meetings, ended)]
    return {
        "meetingId": [*numbers, ended["uuid"], "0", "me", "-1"],
        "registrantId": [registrant, "nobody"],
        "userId": ["me", "host1@sandbox.example", "nobody"],
        "accountId": ["me", "sandbox-account", "other"],
    }


def restricted(operation: openapi.Operation) -> Any:
    """Zoom's description, of this operation alone."""
    whole = openapi.description(operation.source)
    kept = {name: value for name, value in operation.body.items() if name != "security"}
    return {
        "openapi": "3.0.3",
        "info": whole["info"],
        "paths": {operation.path: {operation.method.lower(): kept}},
    }


def cases(operation: openapi.Operation) -> st.SearchStrategy[Case[Any]]:
    """Requests as described and, where something is described, requests that go against it."""
    import schemathesis
    from schemathesis import GenerationMode

    schema = schemathesis.openapi.from_dict(restricted(operation))
    described: APIOperation[Any, Any, Any, Any] = schema[operation.path][operation.method]
    strategies = [described.as_strategy(GenerationMode.POSITIVE)]
    if operation.body.get("requestBody") or operation.body.get("parameters"):
        strategies.append(described.as_strategy(GenerationMode.NEGATIVE))
    return st.one_of(strategies)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_operation_stands_whatever_is_sent(api: Api, operation: openapi.Operation) -> None:
    known = furnish(api)
    headers = {"Authorization": f"Bearer {api.token}"}
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation), data=st.data())
    def fuzz(case: Case[Any], data: st.DataObject) -> None:
        for name in list(case.path_parameters or ()):
            # Only what exists leads further than to the first refusal
            if data.draw(st.integers(0, 4), label="0: as made up"):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]), label=name)
        sent = case.as_transport_kwargs(base_url=f"{api.url}/v2", headers=headers)
        answer = session.request(**{"timeout": 10} | sent)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        assert answer.headers["x-zm-trackingid"]
        if answer.status_code == 204:
            assert answer.content == b""
            return
        body = json.loads(answer.content)
        if answer.status_code < 300:
            schema = operation.body["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
            assert openapi.errors_in(body, schema, formats=True) == []
        else:
            assert body.keys() <= {"code", "message", "errors"}

    with requests.Session() as session:
        fuzz()
    assert statuses
