"""Registrants, templates, past meetings and deleted ones stay when the sandbox is started again with its state file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.conftest import NOW, Api

from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    options = Options(clock=parse_instant(NOW), state=tmp_path / "state", limits=False)
    person = {"email": "jill@example.com", "first_name": "Jill"}
    for round_number in range(3):
        with ThreadedSandbox(options) as sandbox:
            api = Api(sandbox.url)
            if round_number == 0:
                made = api.create(settings={"approval_type": 1}, start_time="2031-12-01T18:24:00Z")
                one = api.call("POST", f"/meetings/{made['id']}/registrants", person).json["registrant_id"]
                body = {"action": "approve", "registrants": [{"id": one}]}
                api.call("PUT", f"/meetings/{made['id']}/registrants/status", body)
                template = api.call("POST", "/users/me/meeting_templates", {"meeting_id": made["id"]}).json["id"]
                ended = api.create()
                for verb in ("start", "end"):
                    api.send("POST", f"/_sandbox/meetings/{ended['id']}/{verb}")
                api.call("DELETE", f"/meetings/{made['id']}")
            elif round_number == 1:
                assert api.call("GET", f"/meetings/{made['id']}").status == 404
                assert api.call("PUT", f"/meetings/{made['id']}/status", {"action": "recover"}).status == 204
            else:
                assert api.get(made["id"])["uuid"] == made["uuid"]
            if round_number:
                templates = api.call("GET", "/users/me/meeting_templates").json["templates"]
                assert [each["id"] for each in templates] == [template]
                assert api.call("GET", f"/past_meetings/{ended['id']}").json["uuid"] == ended["uuid"]
                listed = api.call("GET", f"/meetings/{made['id']}/registrants").json["registrants"]
                assert [(each["id"], each["status"]) for each in listed] == [(one, "approved")]
            api.close()
