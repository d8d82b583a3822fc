"""Past meetings, templates, users and their settings: what is asked, and how the answers read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.helpers import Drive, answer, drive, refusal

from zoomlink.errors import InvalidInputError, InvalidRequestError, OutcomeUnknownError
from zoomlink.zoom import past, templates, users
from zoomlink.zoom.retry import RetryPolicy
from zoomlink.zoom.user_settings import PasscodePolicy, UserSettings

POLICY = RetryPolicy()


def asked(run: Drive, index: int = 0) -> str:
    return f"{run.requests[index].method} {run.requests[index].url.partition('/v2')[2]}"


@pytest.mark.parametrize(
    ("meeting", "segment"),
    [
        (81234567890, "81234567890"),
        ("812 3456 7890", "81234567890"),
        ("aB3d5fGh7JkLmN9pQrStUw==", "aB3d5fGh7JkLmN9pQrStUw%3D%3D"),
        ("aB3d5fGh7JkLmN9p+rStUw==", "aB3d5fGh7JkLmN9p%2BrStUw%3D%3D"),
        ("aB3d5fGh7JkLmN9p/rStUw==", "aB3d5fGh7JkLmN9p%2FrStUw%3D%3D"),
        ("/B3d5fGh7JkLmN9p+rStUw==", "%252FB3d5fGh7JkLmN9p%252BrStUw%253D%253D"),
        ("aB3d5fGh7JkLmN9//rStUw==", "aB3d5fGh7JkLmN9%252F%252FrStUw%253D%253D"),
    ],
)
def test_past_meeting_is_asked_for_by_id_or_uuid(meeting: int | str, segment: str) -> None:
    run = drive()
    run.run(past.get(meeting, policy=POLICY), [answer(200, {})])
    run.run(past.participant_pages(meeting, policy=POLICY).rest(), [answer(200, {"participants": []})])
    assert asked(run, 0) == f"GET /past_meetings/{segment}"
    assert asked(run, 1) == f"GET /past_meetings/{segment}/participants?page_size=300"


def test_past_meeting_tells_when_it_was_and_how_many_came() -> None:
    body = {
        "id": "81234567890",
        "uuid": "aB3d5fGh7JkLmN9pQrStUw==",
        "type": 99,
        "topic": "Piano",
        "user_name": "Alice",
        "user_email": "alice@example.com",
        "start_time": "2031-06-01T10:00:05Z",
        "end_time": "2031-06-01T10:40:00Z",
        "duration": 40,
        "total_minutes": 80,
        "participants_count": 2,
        "new_field": "kept",
    }
    found = drive().run(past.get(81234567890, policy=POLICY), [answer(200, body)])
    assert (found.id, found.type, found.host_name, found.participants_count) == (81234567890, 99, "Alice", 2)
    assert (found.start_time, found.duration) == (datetime(2031, 6, 1, 10, 0, 5, tzinfo=UTC), 40)
    assert found.raw["new_field"] == "kept"


def test_instances_between_two_days() -> None:
    run = drive()
    flow = past.instances(81234567890, from_date=date(2031, 5, 1), to_date="2031-05-31", policy=POLICY)
    body = {"meetings": [{"uuid": "u", "start_time": "2031-05-02T10:00:00Z"}]}
    found = run.run(flow, [answer(200, body)])
    assert asked(run) == "GET /past_meetings/81234567890/instances?from=2031-05-01&to=2031-05-31"
    assert [(one.uuid, one.start_time) for one in found] == [("u", datetime(2031, 5, 2, 10, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"from_date": "2031-05-01"}, "to_date"),
        ({"to_date": "2031-05-01"}, "from_date"),
        ({"from_date": "2031-05-02", "to_date": "2031-05-01"}, "from_date"),
        ({"from_date": "2031-05-32", "to_date": "2031-06-01"}, "from_date"),
        ({"from_date": datetime(2031, 5, 1, tzinfo=UTC), "to_date": "2031-06-01"}, "from_date"),
    ],
)
def test_days_that_make_no_span_are_refused(given: dict[str, Any], field: str) -> None:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(past.instances(81234567890, policy=POLICY, **given), [])
    assert (caught.value.field, run.sent) == (field, 0)


def test_instances_are_asked_for_by_id_only() -> None:
    with pytest.raises(InvalidInputError, match="uuid of one instance"):
        drive().run(past.instances("aB3d5fGh7JkLmN9pQrStUw==", policy=POLICY), [])


def test_participants_are_fetched_page_by_page() -> None:
    run = drive()
    script = [
        answer(200, {"participants": [{"name": "Ana", "duration": 60}], "next_page_token": "t"}),
        answer(200, {"participants": [{"name": "Bob", "user_email": "bob@example.com", "status": "elsewhere"}]}),
    ]
    found = run.run(past.participant_pages(81234567890, page_size=1, policy=POLICY).rest(), script)
    assert [(one.name, one.email, one.status) for one in found] == [
        ("Ana", None, None),
        ("Bob", "bob@example.com", "elsewhere"),
    ]
    assert asked(run, 1) == "GET /past_meetings/81234567890/participants?page_size=1&next_page_token=t"


def test_meeting_of_more_than_a_year_ago_says_so() -> None:
    with pytest.raises(InvalidRequestError, match="one year only"):
        drive().run(past.get(81234567890, policy=POLICY), [refusal(400, 12702, "Cannot access a meeting a year ago.")])


def test_templates_are_listed_and_made() -> None:
    run = drive()
    body = {"templates": [{"id": "AdxbhxCzKgSiWAw", "name": "Class", "type": 1}], "total_records": 1}
    found = run.run(templates.list_all("alice@example.com", policy=POLICY), [answer(200, body)])
    assert [(one.id, one.name, one.type) for one in found] == [("AdxbhxCzKgSiWAw", "Class", 1)]
    flow = templates.create("alice@example.com", "812 3456 7890", name=" Class ", overwrite=True, policy=POLICY)
    made = run.run(flow, [answer(201, {"id": "T", "name": "Class"})])
    assert [asked(run, index) for index in (0, 1)] == [
        "GET /users/alice@example.com/meeting_templates",
        "POST /users/alice@example.com/meeting_templates",
    ]
    assert json.loads(run.requests[1].body) == {
        "meeting_id": 81234567890,
        "name": "Class",
        "save_recurrence": False,
        "overwrite": True,
    }
    assert (made.id, made.type) == ("T", None)


def test_template_is_not_made_twice_when_the_answer_is_lost() -> None:
    with pytest.raises(OutcomeUnknownError):
        drive().run(templates.create("me", 81234567890, name="Class", policy=POLICY), [answer(502)])


@pytest.mark.parametrize("given", [{"name": ""}, {"name": 3}, {"name": "x", "overwrite": "yes"}])
def test_bad_template_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        drive().run(templates.create("me", 81234567890, policy=POLICY, **given), [])


def test_users_are_walked_with_their_filter() -> None:
    run = drive()
    script = [
        answer(200, {"users": [{"id": "a", "type": 2}], "next_page_token": "t"}),
        answer(200, {"users": [{"email": "b@example.com", "type": 4, "status": "pending"}]}),
    ]
    found = run.run(users.pages(policy=POLICY, status="pending", role="2", page_size=2000).rest(), script)
    assert [(one.id, one.licensed) for one in found] == [("a", True), (None, False)]
    assert asked(run, 1) == "GET /users?status=pending&page_size=2000&role_id=2&next_page_token=t"


@pytest.mark.parametrize("given", [{"status": "gone"}, {"page_size": 2001}])
def test_bad_user_list_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        users.pages(policy=POLICY, **given)


def test_schedulers_assistants_and_counts() -> None:
    run = drive()
    who = [{"id": "x", "email": "x@example.com", "pmi": 3542471135}]
    one = run.run(users.schedulers("me", policy=POLICY), [answer(200, {"schedulers": who})])
    other = run.run(users.assistants("me", policy=POLICY), [answer(200, {"assistants": who})])
    count = run.run(users.summary(policy=POLICY), [answer(200, {"licensed_users_count": 2, "total_users_count": "3"})])
    assert [asked(run, index) for index in range(3)] == [
        "GET /users/me/schedulers",
        "GET /users/me/assistants",
        "GET /users/summary",
    ]
    assert one == other
    assert (one[0].email, one[0].pmi) == ("x@example.com", 3542471135)
    assert (count.licensed, count.total, count.basic) == (2, 3, None)


SETTINGS = {
    "feature": {"concurrent_meeting": "Basic", "meeting_capacity": 100},
    "in_meeting": {"waiting_room": True},
    "schedule_meeting": {
        "embed_password_in_join_link": False,
        "join_before_host": True,
        "require_password_for_scheduling_new_meetings": True,
        "use_pmi_for_scheduled_meetings": False,
        "pmi_password": "canary",
        "meeting_password_requirement": {"length": 6, "have_number": True, "unheard_of": 1},
    },
}


def test_user_settings_are_a_mapping_with_names_for_what_matters() -> None:
    found = drive().run(users.settings("me", policy=POLICY), [answer(200, SETTINGS)])
    assert found["feature"]["meeting_capacity"] == 100
    assert dict(found) == SETTINGS
    assert found.passcode_policy == PasscodePolicy(length=6, have_number=True)
    assert (found.passcode_required, found.embed_password_in_join_link, found.waiting_room) == (True, False, True)
    assert (found.join_before_host, found.use_pmi_for_scheduled_meetings) == (True, False)
    assert (found.concurrent_meeting, found.meeting_capacity) == ("Basic", 100)
    assert "canary" not in repr(found)


def test_user_settings_that_zoom_leaves_out_are_none() -> None:
    found = UserSettings({"schedule_meeting": [], "meeting_security": {"waiting_room": False}})
    assert (found.passcode_required, found.concurrent_meeting, found.waiting_room) == (None, None, False)
    assert found.passcode_policy == PasscodePolicy()


@pytest.mark.parametrize(
    ("policy", "passcode", "problems"),
    [
        ({}, "", ()),
        ({"length": 6}, "abc", ("It needs at least 6 characters.",)),
        ({"only_allow_numeric": True, "have_letter": True}, "12a", ("It may hold digits only.",)),
        ({"have_letter": True, "have_number": True}, "!!", ("It needs a letter.", "It needs a digit.")),
        ({"have_upper_and_lower_characters": True}, "abc", ("It needs capital and small letters.",)),
        ({"have_special_character": True}, "abc1", ("It needs a special character, such as ! or #.",)),
        ({"consecutive_characters_length": 4}, "xx1234", ("It has 4 or more characters in a row.",)),
        ({"consecutive_characters_length": 4}, "dcba", ("It has 4 or more characters in a row.",)),
        ({"consecutive_characters_length": 4}, "aaaa", ("It has 4 or more characters in a row.",)),
        ({"consecutive_characters_length": 4}, "abc1abc", ()),
        ({"consecutive_characters_length": 4}, "1232", ()),
        ({"length": 4, "have_letter": True, "have_number": True, "have_special_character": True}, "a1!b", ()),
    ],
)
def test_passcode_policy_says_what_a_passcode_lacks(
    policy: dict[str, Any], passcode: str, problems: tuple[str, ...]
) -> None:
    assert PasscodePolicy.from_api(policy).problems(passcode) == problems
