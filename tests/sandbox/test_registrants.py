"""Registering for meetings, deciding about it, and the questions asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox

START = "2031-12-01T18:24:00Z"
JILL = {"email": "jill@example.com", "first_name": "Jill", "last_name": "Chill"}


def meeting(api: Api, user: str = "me", *, approval: int = 0, **fields: Any) -> Any:
    settings = {"approval_type": approval} | fields.pop("settings", {})
    return api.create(user, **{"start_time": START, "settings": settings} | fields)


def register(api: Api, made: Any, query: str = "", **fields: Any) -> Answer:
    return api.call("POST", f"/meetings/{made['id']}/registrants{query}", JILL | fields)


def listed(api: Api, made: Any, query: str = "") -> Any:
    answer = api.call("GET", f"/meetings/{made['id']}/registrants{query}")
    assert answer.status == 200, answer.body
    return answer.json


def emails(api: Api, made: Any, query: str = "") -> list[str]:
    return [one["email"] for one in listed(api, made, query)["registrants"]]


def decide(api: Api, made: Any, action: str, *ids: str, query: str = "") -> Answer:
    body = {"action": action, "registrants": [{"id": one} for one in ids]}
    return api.call("PUT", f"/meetings/{made['id']}/registrants/status{query}", body)


def refusal(answer: Answer) -> tuple[int, int, str]:
    return answer.status, answer.json["code"], answer.json["message"]


# -- adding ------------------------------------------------------------------------------------------------------------


def test_registration_is_answered_with_a_link_of_ones_own(api: Api) -> None:
    made = meeting(api, topic="Course")
    first = register(api, made)
    second = register(api, made, email="jack@example.com")
    assert first.status == 201
    assert first.json == {
        "id": made["id"],
        "registrant_id": first.json["registrant_id"],
        "topic": "Course",
        "join_url": first.json["join_url"],
        "start_time": START,
        "participant_pin_code": first.json["participant_pin_code"],
    }
    assert first.json["join_url"].startswith(f"{api.url}/w/{made['id']}?tk=")
    assert first.json["join_url"] != second.json["join_url"]


def test_link_of_a_registrant_leads_to_the_meeting(api: Api) -> None:
    made = meeting(api, topic="Course")
    path = register(api, made).json["join_url"].removeprefix(api.url)
    page = api.send("GET", path)
    assert page.status == 200
    assert "Course" in page.body.decode()


def test_registration_under_manual_approval_has_no_link_until_it_is_approved(api: Api) -> None:
    made = meeting(api, approval=1)
    answer = register(api, made).json
    assert "join_url" not in answer
    assert emails(api, made) == []
    pending = listed(api, made, "?status=pending")["registrants"]
    assert [("join_url" in one, one["status"]) for one in pending] == [(False, "pending")]
    assert decide(api, made, "approve", answer["registrant_id"]).status == 204
    assert "join_url" in listed(api, made)["registrants"][0]


def test_auto_approve_overrules_manual_approval(api: Api) -> None:
    assert "join_url" in register(api, meeting(api, approval=1), auto_approve=True).json


def test_registering_again_keeps_id_and_link(api: Api) -> None:
    made = meeting(api)
    first, again = register(api, made).json, register(api, made, email="JILL@example.com", city="Lisbon").json
    assert (again["registrant_id"], again["join_url"]) == (first["registrant_id"], first["join_url"])
    assert [(one["email"], one["city"]) for one in listed(api, made)["registrants"]] == [("jill@example.com", "Lisbon")]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {},
            [
                {"field": "email", "message": "Missing field."},
                {"field": "first_name", "message": "Missing field."},
            ],
        ),
        (JILL | {"email": "jill"}, [{"field": "email", "message": "Invalid field."}]),
        (JILL | {"email": "j@" + "x" * 127}, [{"field": "email", "message": "Invalid field."}]),
        (JILL | {"first_name": "x" * 65}, [{"field": "first_name", "message": "Invalid field."}]),
        (
            JILL | {"custom_questions": [{"title": "a", "value": "x" * 129}]},
            [{"field": "custom_questions[0].value", "message": "Invalid field."}],
        ),
        (JILL | {"language": "xx"}, [{"field": "language", "message": "Invalid parameter: language."}]),
    ],
)
def test_registration_beyond_zooms_limits_is_refused(api: Api, body: dict[str, Any], errors: Any) -> None:
    answer = api.call("POST", f"/meetings/{meeting(api)['id']}/registrants", body)
    assert (answer.status, answer.json) == (400, {"code": 300, "message": "Validation Failed.", "errors": errors})


def test_registration_for_an_unknown_meeting_has_a_number_of_its_own(api: Api) -> None:
    answer = api.call("POST", "/meetings/12345678901/registrants", JILL)
    assert refusal(answer) == (404, 1001, "Meeting does not exist: 12345678901.")


def test_registration_where_none_is_wanted_is_refused_in_each_operations_words(api: Api) -> None:
    made = meeting(api, approval=2)
    number = made["id"]
    not_required = (400, 300, f"This meeting has not registration required: {number}")
    not_enabled = (400, 300, f"Registration has not been enabled for this meeting: {number}.")
    assert refusal(register(api, made)) == not_required
    assert refusal(api.call("GET", f"/meetings/{number}/registrants")) == not_required
    batch = api.call("POST", f"/meetings/{number}/batch_registrants", {"registrants": [JILL]})
    assert refusal(batch) == (400, 404, f"Registration has not been enabled for this meeting: {number}.")
    assert refusal(api.call("DELETE", f"/meetings/{number}/registrants/x")) == not_enabled
    assert refusal(api.call("GET", f"/meetings/{number}/registrants/x")) == not_enabled
    assert refusal(decide(api, made, "approve")) == not_enabled
    assert refusal(api.call("PATCH", f"/meetings/{number}/registrants/questions", {})) == not_enabled


def test_registration_with_a_basic_host_is_refused(start: Callable[..., Api]) -> None:
    api = start(users=("owner@sandbox.example", "basic@sandbox.example:basic"))
    made = meeting(api, "basic@sandbox.example")
    assert "registration_url" not in made
    assert refusal(register(api, made)) == (400, 200, f"Only available for paid users: {made['host_id']}.")


def test_registration_with_a_host_who_may_not_host_is_refused(api: Api, sandbox: ThreadedSandbox) -> None:
    made = meeting(api, "host1@sandbox.example")
    sandbox.world.users.get("host1@sandbox.example").type = 4
    message = "Meeting hosting and scheduling capabilities are not allowed for your user account."
    assert refusal(register(api, made)) == (400, 3161, message)
    assert refusal(api.call("GET", f"/meetings/{made['id']}/registrants")) == (400, 3161, message)


def test_registration_for_a_meeting_that_is_over_is_refused(api: Api) -> None:
    made = meeting(api, start_time="2031-06-02T11:00:00Z")
    api.later(set="2031-06-02T12:00:00Z")
    message = "Meeting is over, you can not register now. If you have any questions, please contact the Meeting host."
    assert refusal(register(api, made)) == (400, 3038, message)
    batch = api.call("POST", f"/meetings/{made['id']}/batch_registrants", {"registrants": [JILL]})
    assert refusal(batch) == (400, 3038, message)


def test_registration_beyond_4999_is_refused(api: Api, sandbox: ThreadedSandbox) -> None:
    made = meeting(api)
    first = register(api, made).json["registrant_id"]
    world = sandbox.world
    held = world.meetings.get(str(made["id"]))
    people = [{"email": f"{at}@example.com", "first_name": "x"} for at in range(4998)]
    world.registrants.add_batch(held, people, approve=False, cause=_cause())
    full = (400, 3043, "Meeting has reached maximum attendee capacity.")
    assert refusal(register(api, made, email="late@example.com")) == full
    body = {"registrants": [JILL, JILL | {"email": "late@example.com"}]}
    assert refusal(api.call("POST", f"/meetings/{made['id']}/batch_registrants", body)) == full
    assert register(api, made).status == 201
    assert decide(api, made, "deny", first).status == 204
    assert register(api, made, email="late@example.com").status == 201


# -- batch -------------------------------------------------------------------------------------------------------------


def test_batch_registers_thirty_at_once(api: Api) -> None:
    made = meeting(api)
    people = [{"email": f"{at}@example.com", "first_name": "x"} for at in range(30)]
    answer = api.call("POST", f"/meetings/{made['id']}/batch_registrants", {"registrants": people})
    assert answer.status == 201
    assert [one["email"] for one in answer.json["registrants"]] == [one["email"] for one in people]
    assert set(answer.json["registrants"][0]) == {"email", "join_url", "registrant_id", "participant_pin_code"}
    assert listed(api, made)["total_records"] == 30
    more = api.call("POST", f"/meetings/{made['id']}/batch_registrants", {"registrants": [*people, JILL]})
    assert (more.status, more.json["errors"]) == (400, [{"field": "registrants", "message": "Invalid field."}])


def test_batch_under_manual_approval_has_no_links(api: Api) -> None:
    made = meeting(api, approval=1)
    path = f"/meetings/{made['id']}/batch_registrants"
    assert "join_url" not in api.call("POST", path, {"registrants": [JILL]}).json["registrants"][0]
    approved = {"registrants": [JILL | {"email": "j@example.com"}], "auto_approve": True}
    assert "join_url" in api.call("POST", path, approved).json["registrants"][0]


def test_batch_is_for_scheduled_meetings_alone(api: Api) -> None:
    made = meeting(api, type=3)
    assert refusal(api.call("POST", f"/meetings/{made['id']}/batch_registrants", {"registrants": [JILL]})) == (
        400,
        303,
        (
            "This API can only be used for scheduled meeting(meeting type: 2). "
            "Batch registration is not supported for other meeting types."
        ),
    )


def test_batch_for_an_unknown_meeting_is_refused(api: Api) -> None:
    answer = api.call("POST", "/meetings/12345678901/batch_registrants", {"registrants": [JILL]})
    assert refusal(answer) == (404, 3001, "Meeting does not exist: 12345678901.")


# -- reading -----------------------------------------------------------------------------------------------------------


def test_registrant_is_shown_with_all_that_was_given(api: Api) -> None:
    made = meeting(api)
    given: dict[str, Any] = {
        "city": "Mountain View",
        "no_of_employees": "1-20",
        "role_in_purchase_process": "Influencer",
        "custom_questions": [{"title": "Why?", "value": "Because"}],
    }
    answer = register(api, made, **given).json
    got = api.call("GET", f"/meetings/{made['id']}/registrants/{answer['registrant_id']}")
    assert (got.status, got.json) == (
        200,
        JILL
        | dict.fromkeys(("address", "comments", "country", "industry", "job_title", "org", "phone", "state", "zip"), "")
        | {"purchasing_time_frame": ""}
        | given
        | {
            "id": answer["registrant_id"],
            "status": "approved",
            "create_time": "2031-06-02T10:00:00Z",
            "join_url": answer["join_url"],
            "participant_pin_code": answer["participant_pin_code"],
        },
    )
    assert listed(api, made)["registrants"] == [got.json]


def test_registrants_come_in_pages(api: Api) -> None:
    made = meeting(api)
    for at in range(5):
        register(api, made, email=f"{at}@example.com")
    first = listed(api, made, "?page_size=2")
    assert (first["page_count"], first["page_size"], first["total_records"]) == (3, 2, 5)
    second = listed(api, made, f"?page_size=2&next_page_token={first['next_page_token']}")
    third = listed(api, made, f"?page_size=2&next_page_token={second['next_page_token']}")
    found = [one["email"] for page in (first, second, third) for one in page["registrants"]]
    assert found == [f"{at}@example.com" for at in range(5)]
    assert third["next_page_token"] == ""
    assert emails(api, made, "?page_size=2&page_number=2") == ["2@example.com", "3@example.com"]


def test_page_token_of_registrants_dies_after_fifteen_minutes(api: Api) -> None:
    made = meeting(api)
    for at in range(2):
        register(api, made, email=f"{at}@example.com")
    token = listed(api, made, "?page_size=1")["next_page_token"]
    api.clock(advance=900)
    answer = api.call("GET", f"/meetings/{made['id']}/registrants?page_size=1&next_page_token={token}")
    assert refusal(answer) == (400, 300, "The next page token is invalid or expired.")


@pytest.mark.parametrize("query", ["?status=maybe", "?page_size=x"])
def test_list_of_registrants_refuses_what_it_does_not_know(api: Api, query: str) -> None:
    assert api.call("GET", f"/meetings/{meeting(api)['id']}/registrants{query}").json["code"] == 300


def test_unknown_registrant_is_refused(api: Api) -> None:
    path = f"/meetings/{meeting(api)['id']}/registrants/nobody"
    message = "The value that you entered for the Registrant ID field is invalid. Enter a valid value and try again."
    assert refusal(api.call("GET", path)) == (400, 300, message)
    assert refusal(api.call("DELETE", path)) == (400, 300, message)


# -- deciding ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "approved", "denied"),
    [("approve", ["jill@example.com"], []), ("deny", [], ["jill@example.com"]), ("cancel", [], [])],
)
def test_decision_moves_a_registrant(api: Api, action: str, approved: list[str], denied: list[str]) -> None:
    made = meeting(api)
    answer = decide(api, made, action, register(api, made).json["registrant_id"], "unknown")
    assert (answer.status, answer.body) == (204, b"")
    assert emails(api, made) == approved
    assert emails(api, made, "?status=denied") == denied
    assert [one["action"] for one in api.ledger()][-1] == action


def test_decision_takes_an_address_too(api: Api) -> None:
    made = meeting(api)
    register(api, made)
    body = {"action": "deny", "registrants": [{"email": "Jill@example.com"}]}
    assert api.call("PUT", f"/meetings/{made['id']}/registrants/status", body).status == 204
    assert emails(api, made, "?status=denied") == ["jill@example.com"]


def test_cancelled_registrant_can_register_again(api: Api) -> None:
    made = meeting(api, approval=1)
    one = register(api, made).json["registrant_id"]
    decide(api, made, "cancel", one)
    assert register(api, made).json["registrant_id"] == one
    assert emails(api, made, "?status=pending") == ["jill@example.com"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "action"), ({"action": "no"}, "action"), ({"action": "deny", "registrants": [{}] * 31}, "registrants")],
)
def test_decision_beyond_zooms_limits_is_refused(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.call("PUT", f"/meetings/{meeting(api)['id']}/registrants/status", body)
    assert (answer.status, [one["field"] for one in answer.json["errors"]]) == (400, [field])


def test_removed_registrant_is_gone(api: Api) -> None:
    made = meeting(api)
    path = f"/meetings/{made['id']}/registrants/{register(api, made).json['registrant_id']}"
    answer = api.call("DELETE", path)
    assert (answer.status, answer.body) == (204, b"")
    assert (api.call("GET", path).status, emails(api, made)) == (400, [])


def test_registrants_come_back_with_a_recovered_meeting(api: Api) -> None:
    made = meeting(api)
    register(api, made)
    api.call("DELETE", f"/meetings/{made['id']}")
    api.call("PUT", f"/meetings/{made['id']}/status", {"action": "recover"})
    assert emails(api, made) == ["jill@example.com"]


# -- series ------------------------------------------------------------------------------------------------------------


def series(api: Api, kind: int) -> Any:
    rule = {"type": 1, "end_times": 3}
    return meeting(api, type=8, recurrence=rule, settings={"registration_type": kind})


def dates(answer: Answer) -> list[str]:
    return [one["start_time"][:10] for one in answer.json["occurrences"]]


@pytest.mark.parametrize(
    ("kind", "chosen", "unchosen"),
    [
        (1, ["2031-12-01", "2031-12-02", "2031-12-03"], ["2031-12-01", "2031-12-02", "2031-12-03"]),
        (2, ["2031-12-02"], ["2031-12-01"]),
        (3, ["2031-12-02"], ["2031-12-01", "2031-12-02", "2031-12-03"]),
    ],
)
def test_registration_type_decides_which_dates_one_registers_for(
    api: Api, kind: int, chosen: list[str], unchosen: list[str]
) -> None:
    made = series(api, kind)
    second = made["occurrences"][1]["occurrence_id"]
    assert dates(register(api, made, f"?occurrence_ids={second}")) == chosen
    assert dates(register(api, made, email="jack@example.com")) == unchosen
    on_third = emails(api, made, f"?occurrence_id={made['occurrences'][2]['occurrence_id']}")
    assert on_third == {1: ["jill@example.com", "jack@example.com"], 2: [], 3: ["jack@example.com"]}[kind]


def test_registration_for_an_unknown_date_is_refused(api: Api) -> None:
    answer = register(api, series(api, 3), "?occurrence_ids=1")
    assert refusal(answer) == (400, 300, "Invalid parameter: occurrence_id.")


def test_decision_and_removal_for_one_date_leave_the_others(api: Api) -> None:
    made = series(api, 3)
    first, second, third = (one["occurrence_id"] for one in made["occurrences"])
    one = register(api, made).json["registrant_id"]
    assert decide(api, made, "deny", one, query=f"?occurrence_id={first}").status == 204
    path = f"/meetings/{made['id']}/registrants/{one}"
    assert api.call("DELETE", f"{path}?occurrence_id={second}").status == 204
    found = [emails(api, made, f"?occurrence_id={key}") for key in (first, second, third)]
    assert found == [[], [], ["jill@example.com"]]
    denied = listed(api, made, f"?status=denied&occurrence_id={first}")["registrants"]
    assert [(each["status"], "join_url" in each) for each in denied] == [("denied", False)]
    for key in (first, third):
        api.call("DELETE", f"{path}?occurrence_id={key}")
    assert api.call("GET", path).status == 400


# -- questions ---------------------------------------------------------------------------------------------------------


def test_questions_are_kept_as_set(api: Api) -> None:
    path = f"/meetings/{meeting(api)['id']}/registrants/questions"
    assert api.call("GET", path).json == {
        "questions": [{"field_name": "last_name", "required": False}],
        "custom_questions": [],
    }
    wish = {
        "questions": [{"field_name": "city", "required": True}],
        "custom_questions": [{"title": "Cake?", "type": "single", "required": True, "answers": ["yes", "no"]}],
    }
    answer = api.call("PATCH", path, wish)
    assert (answer.status, answer.body) == (204, b"")
    assert api.call("GET", path).json == wish


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, [("city", "Missing field."), ("custom_questions", "Missing field.")]),
        (
            {"city": "Lisbon", "custom_questions": [{"title": "Cake?", "value": "perhaps"}]},
            [("custom_questions", "Invalid field.")],
        ),
        ({"city": "Lisbon", "custom_questions": [{"title": "Cake?", "value": "yes"}]}, []),
    ],
)
def test_required_questions_must_be_answered(api: Api, given: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    made = meeting(api)
    wish = {
        "questions": [{"field_name": "city", "required": True}, {"field_name": "zip", "required": False}],
        "custom_questions": [{"title": "Cake?", "type": "single", "required": True, "answers": ["yes", "no"]}],
    }
    api.call("PATCH", f"/meetings/{made['id']}/registrants/questions", wish)
    answer = register(api, made, **given)
    assert answer.status == (400 if errors else 201)
    assert [(one["field"], one["message"]) for one in answer.json.get("errors", [])] == errors


def test_question_of_an_unknown_kind_is_refused(api: Api) -> None:
    path = f"/meetings/{meeting(api)['id']}/registrants/questions"
    answer = api.call("PATCH", path, {"questions": [{"field_name": "shoe_size"}]})
    assert [one["field"] for one in answer.json["errors"]] == ["questions[0].field_name"]


def _cause() -> Any:
    from zoomsandbox.core.ledger import Cause

    return Cause()
