"""Templates made from meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox


def make(api: Api, user: str = "me", **fields: Any) -> Answer:
    return api.call("POST", f"/users/{user}/meeting_templates", fields)


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


def test_template_is_made_of_a_meeting_and_listed(api: Api) -> None:
    meeting = api.create(topic="Weekly")
    answer = make(api, meeting_id=meeting["id"], name="Mine")
    assert (answer.status, set(answer.json), answer.json["name"]) == (201, {"id", "name"}, "Mine")
    listed = api.call("GET", "/users/me/meeting_templates")
    assert (listed.status, listed.json) == (
        200,
        {"templates": [{"id": answer.json["id"], "name": "Mine", "type": 1}], "total_records": 1},
    )
    assert api.call("GET", "/users/host1@sandbox.example/meeting_templates").json["total_records"] == 0


def test_template_name_can_be_had_once(api: Api) -> None:
    make(api, meeting_id=api.create()["id"], name="Mine")
    answer = make(api, meeting_id=api.create()["id"], name="Mine", overwrite=True)
    assert refusal(answer) == (400, 3000, "Meeting template name already exists: Mine.")


def test_template_of_the_same_meeting_is_overwritten_when_asked_for(api: Api) -> None:
    meeting = api.create()["id"]
    first = make(api, meeting_id=meeting, name="One").json
    second = make(api, meeting_id=meeting, name="Two", overwrite=True).json
    assert second == {"id": first["id"], "name": "Two"}
    assert api.call("GET", "/users/me/meeting_templates").json["total_records"] == 1


def test_template_is_named_after_its_meeting_when_it_has_no_name(api: Api) -> None:
    assert make(api, meeting_id=api.create(topic="Weekly")["id"]).json["name"] == "Weekly"


def test_template_keeps_the_rule_only_when_asked_for(api: Api, sandbox: ThreadedSandbox) -> None:
    series = api.create(type=8, start_time="2031-12-01T18:24:00Z", recurrence={"type": 1, "end_times": 2})
    make(api, meeting_id=series["id"], name="with", save_recurrence=True)
    make(api, meeting_id=series["id"], name="without")
    kept = sandbox.world.templates.of(sandbox.world.users.owner)
    assert ["recurrence" in one.content for one in kept] == [True, False]


def test_forty_first_template_is_refused(api: Api) -> None:
    meeting = api.create()["id"]
    for at in range(40):
        assert make(api, meeting_id=meeting, name=str(at)).status == 201
        api.clock(advance=1)
    answer = make(api, meeting_id=meeting, name="one more")
    assert refusal(answer) == (400, 300, "You can only create up to 40 meeting templates.")


def test_template_of_no_meeting_or_for_no_user_is_refused(api: Api) -> None:
    assert refusal(make(api, meeting_id=1)) == (400, 3001, "Meeting does not exist: 1")
    other = api.create("host1@sandbox.example")["id"]
    assert refusal(make(api, meeting_id=other)) == (400, 3001, f"Meeting does not exist: {other}")
    assert refusal(make(api, "nobody", meeting_id=1)) == (404, 1001, "User does not exist.")
    listed = api.call("GET", "/users/nobody/meeting_templates")
    assert refusal(listed) == (404, 1001, "User does not exist: nobody.")
    assert make(api, name="x").json["errors"] == [{"field": "meeting_id", "message": "Missing field."}]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_templates_of_a_user_who_may_not_host_are_refused(api: Api, sandbox: ThreadedSandbox, method: str) -> None:
    meeting = api.create("host1@sandbox.example")["id"]
    sandbox.world.users.get("host1@sandbox.example").type = 4
    answer = api.call(method, "/users/host1@sandbox.example/meeting_templates", {"meeting_id": meeting})
    message = "Meeting hosting and scheduling capabilities are not allowed for your user account."
    assert refusal(answer) == (400, 3161, message)
