"""Registrants: adding one and many, changing their status, and the questions they are asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.helpers import Drive, answer, drive, refusal

from zoomlink.errors import (
    AuthenticationError,
    ConflictError,
    InvalidInputError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    TransportError,
)
from zoomlink.zoom import registrants
from zoomlink.zoom.registration import CustomQuestion, Registrant
from zoomlink.zoom.retry import RetryPolicy

POLICY = RetryPolicy()
MEETING = 81234567890
BAD_FIELD = refusal(400, 300, "Validation Failed.")
SERIES_ONLY = refusal(400, 303, "This API can only be used for scheduled meeting(meeting type: 2).")


def people(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"email": f"p{n}@example.com", "first_name": f"P{n}"} for n in range(start, start + count)]


def batch(some: list[dict[str, Any]]) -> Any:
    """Zoom's answer to a batch, in another order than asked."""
    return answer(
        201,
        {
            "registrants": [
                {
                    "email": one["email"].upper(),
                    "registrant_id": f"id-{one['email']}",
                    "join_url": "https://zoom.us/w/1",
                }
                for one in reversed(some)
            ]
        },
    )


def single(number: int) -> Any:
    return answer(201, {"id": MEETING, "registrant_id": f"id-p{number}@example.com", "join_url": "https://zoom.us/w/1"})


def paths(run: Drive) -> list[str]:
    return [f"{request.method} {request.url.partition('/v2/meetings/')[2]}" for request in run.requests]


def bodies(run: Drive) -> list[Any]:
    return [json.loads(request.body) for request in run.requests]


def test_add_sends_all_that_is_asked_and_reads_the_person_not_the_meeting() -> None:
    run = drive()
    values = {
        "email": " ana@example.com ",
        "first_name": "Ana",
        "last_name": "Silva",
        "language": "pt-PT",
        "auto_approve": True,
        "answers": {"city": "Lisboa", "Which level?": "B1"},
    }
    reply = {
        "id": MEETING,
        "registrant_id": "r1",
        "join_url": "https://zoom.us/w/1?tk=canary",
        "participant_pin_code": 5,
    }
    flow = registrants.add(MEETING, values, occurrences=[195, "196"], policy=POLICY)
    found = run.run(flow, [answer(201, reply)])
    assert paths(run) == ["POST 81234567890/registrants?occurrence_ids=195%2C196"]
    assert bodies(run) == [
        {
            "email": "ana@example.com",
            "first_name": "Ana",
            "auto_approve": True,
            "language": "pt-PT",
            "city": "Lisboa",
            "last_name": "Silva",
            "custom_questions": [{"title": "Which level?", "value": "B1"}],
        }
    ]
    assert (found.id, found.email, found.first_name, found.status) == ("r1", "ana@example.com", "Ana", "approved")
    assert "canary" not in repr(found)


def test_registrant_whom_the_host_has_to_approve_has_no_link_yet() -> None:
    found = drive().run(
        registrants.add(MEETING, people(1)[0], policy=POLICY), [answer(201, {"id": MEETING, "registrant_id": "r1"})]
    )
    assert (found.status, found.join_url) == ("pending", None)


def test_add_is_not_repeated_when_its_answer_is_lost() -> None:
    run = drive()
    with pytest.raises(OutcomeUnknownError):
        run.run(registrants.add(MEETING, people(1)[0], policy=POLICY), [answer(500)])
    assert run.sent == 1


@pytest.mark.parametrize("body", [None, b"<html>", [1]], ids=["empty", "html", "list"])
def test_success_that_cannot_be_read_leaves_the_outcome_open(body: Any) -> None:
    for status in (201, 204):
        with pytest.raises(OutcomeUnknownError):
            drive().run(registrants.add(MEETING, people(1)[0], policy=POLICY), [answer(status, body)])
    results = drive().run(registrants.add_many(MEETING, people(1), policy=POLICY), [answer(204, body)])
    assert isinstance(results[0].error, OutcomeUnknownError)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (400, 3043, "Meeting has reached maximum attendee capacity.", ConflictError),
        (400, 3038, "Meeting is over, you can not register now.", ConflictError),
        (400, 300, f"This meeting has not registration required: {MEETING}", ConflictError),
        (404, 1001, f"Meeting does not exist: {MEETING}.", NotFoundError),
        (429, 429, "You have exceeded the daily rate limit of (3) for the registrant (a@b.c).", RateLimitError),
    ],
)
def test_refusal_has_its_own_kind(status: int, code: int, message: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        drive().run(registrants.add(MEETING, people(1)[0], policy=POLICY), [refusal(status, code, message)])


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"first_name": "A"}, "email", "A registrant needs an e-mail address."),
        ({"email": "a@b.c"}, "first_name", "A registrant needs a first name."),
        ({"email": "a@b.c", "first_name": "  "}, "first_name", "A registrant needs a first name."),
        ({"email": "nobody", "first_name": "A"}, "email", "'nobody' is no e-mail address."),
        (
            {"email": "a@" + "b" * 127, "first_name": "A"},
            "email",
            "The e-mail address has 129 characters; Zoom takes 128.",
        ),
        ({"email": "a@b.c", "first_name": "A" * 65}, "first_name", "The first name has 65 characters; Zoom takes 64."),
        (
            {"email": "a@b.c", "first_name": "A", "last_name": "A" * 65},
            "last_name",
            "The last name has 65 characters; Zoom takes 64.",
        ),
        (
            {"email": "a@b.c", "first_name": "A", "langauge": "x"},
            "registrant.langauge",
            'A registrant has no field "langauge".',
        ),
        ({"email": "a@b.c", "first_name": "A", "language": "pt"}, "language", "'pt' is no language Zoom knows."),
        (
            {"email": "a@b.c", "first_name": "A", "answers": {"Level?": "x" * 129}},
            "answers",
            "The answer has 129 characters; Zoom takes 128.",
        ),
        (
            {"email": "a@b.c", "first_name": "A", "answers": "x"},
            "answers",
            "answers is not a mapping of question to answer.",
        ),
        (
            {"email": "a@b.c", "first_name": "A", "role_in_purchase_process": "Boss"},
            "role_in_purchase_process",
            "'Boss' is no role_in_purchase_process Zoom knows.",
        ),
        ("ana@example.com", "registrants", "A registrant is a str."),
    ],
)
def test_bad_registrant_is_refused_before_anything_is_sent(values: Any, field: str, sentence: str) -> None:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(registrants.add(MEETING, values, policy=POLICY), [])
    assert (caught.value.message, caught.value.field, run.sent) == (sentence, field, 0)


def test_many_go_out_thirty_at_a_time_and_come_back_in_order() -> None:
    run = drive()
    everyone = people(65)
    flow = registrants.add_many(MEETING, everyone, auto_approve=True, confirmation_email=False, policy=POLICY)
    results = run.run(flow, [batch(everyone[:30]), batch(everyone[30:60]), batch(everyone[60:])])
    assert paths(run) == ["POST 81234567890/batch_registrants"] * 3
    assert [len(body["registrants"]) for body in bodies(run)] == [30, 30, 5]
    assert {(body["auto_approve"], body["registrants_confirmation_email"]) for body in bodies(run)} == {(True, False)}
    assert [result.email for result in results] == [one["email"] for one in everyone]
    assert [result.registrant_id for result in results] == [f"id-{one['email']}" for one in everyone]
    assert {(result.added, result.error, result.join_url) for result in results} == {
        (True, None, "https://zoom.us/w/1")
    }


def test_nobody_to_add_sends_nothing() -> None:
    with pytest.raises(StopIteration) as done:
        next(registrants.add_many(MEETING, [], policy=POLICY))
    assert done.value.value == []


def test_part_that_zoom_refuses_is_sent_person_by_person_and_costs_the_others_nothing() -> None:
    run = drive()
    everyone = people(32)
    singles = [single(n) for n in range(30)]
    singles[7] = BAD_FIELD
    results = run.run(
        registrants.add_many(MEETING, everyone, auto_approve=True, policy=POLICY),
        [BAD_FIELD, batch(everyone[30:]), *singles],
    )
    assert [n for n, result in enumerate(results) if not result.added] == [7]
    assert isinstance(results[7].error, InvalidRequestError)
    assert bodies(run)[2] == {"auto_approve": True, **everyone[0]}


def test_series_takes_registrants_one_by_one() -> None:
    run = drive()
    results = run.run(
        registrants.add_many(MEETING, people(31), policy=POLICY), [SERIES_ONLY, *(single(n) for n in range(31))]
    )
    assert paths(run)[:2] == ["POST 81234567890/batch_registrants", "POST 81234567890/registrants"]
    assert all(result.added for result in results)


def test_registrant_with_answers_is_sent_singly_since_a_batch_has_no_room_for_them() -> None:
    run = drive()
    everyone = [*people(2), {"email": "p2@example.com", "first_name": "P2", "answers": {"city": "Porto"}}]
    results = run.run(registrants.add_many(MEETING, everyone, policy=POLICY), [batch(everyone[:2]), single(2)])
    assert paths(run) == ["POST 81234567890/batch_registrants", "POST 81234567890/registrants"]
    assert bodies(run)[1]["city"] == "Porto"
    assert [result.added for result in results] == [True, True, True]


def test_lost_answer_leaves_only_its_part_open() -> None:
    run = drive()
    everyone = people(65)
    results = run.run(
        registrants.add_many(MEETING, everyone, policy=POLICY),
        [batch(everyone[:30]), answer(502), batch(everyone[60:])],
    )
    assert [result.added for result in results] == [True] * 30 + [False] * 30 + [True] * 5
    assert {type(result.error) for result in results[30:60]} == {OutcomeUnknownError}


def test_two_lost_answers_in_a_row_end_the_run() -> None:
    run = drive()
    results = run.run(registrants.add_many(MEETING, people(120), policy=POLICY), [answer(502), answer(502)])
    assert run.sent == 2
    assert {type(result.error) for result in results} == {OutcomeUnknownError}


@pytest.mark.parametrize(
    ("no", "kind"),
    [
        (refusal(400, 3038, "Meeting is over, you can not register now."), ConflictError),
        (refusal(400, 404, "Registration has not been enabled for this meeting: 1."), ConflictError),
        (refusal(404, 3001, "Meeting does not exist: 1."), NotFoundError),
        (refusal(403, 0, "no"), Exception),
        (TransportError("Zoom cannot be reached.", sent=False, retryable=False), TransportError),
    ],
)
def test_error_of_the_whole_meeting_ends_the_run_and_keeps_what_was_done(no: Any, kind: type[Exception]) -> None:
    run = drive()
    everyone = people(90)
    results = run.run(registrants.add_many(MEETING, everyone, policy=POLICY), [batch(everyone[:30]), no])
    assert [result.added for result in results] == [True] * 30 + [False] * 60
    assert all(isinstance(result.error, kind) for result in results[30:])
    assert run.sent == 2


def test_one_registrants_daily_limit_costs_the_others_nothing() -> None:
    limit = refusal(429, 429, "You have exceeded the daily rate limit of (3) for the registrant (p1@example.com).")
    results = drive().run(registrants.add_many(MEETING, people(3), policy=POLICY), [limit, single(0), limit, single(2)])
    assert [result.added for result in results] == [True, False, True]


def test_token_that_is_refused_ends_the_run() -> None:
    no = refusal(401, 124, "Invalid access token.")
    results = drive().run(registrants.add_many(MEETING, people(60), policy=POLICY), [no, no])
    assert {type(result.error) for result in results} == {AuthenticationError}


def test_registrant_missing_from_the_answer_is_not_taken_for_added() -> None:
    everyone = people(2)
    results = drive().run(registrants.add_many(MEETING, everyone, policy=POLICY), [batch(everyone[:1])])
    assert [result.added for result in results] == [True, False]
    assert isinstance(results[1].error, OutcomeUnknownError)


def test_same_address_twice_is_refused_with_both_places() -> None:
    with pytest.raises(InvalidInputError, match="Registrants 1 and 3 have the same e-mail address"):
        registrants.add_many(MEETING, [*people(2), {"email": "P0@Example.com", "first_name": "X"}], policy=POLICY)


@pytest.mark.parametrize("action", ["approve", "deny", "cancel"])
def test_status_changes_thirty_at_a_time(action: str) -> None:
    run = drive()
    known = Registrant.from_api({"id": "r1", "email": "ana@example.com"})
    who: list[Any] = [known, "r2", "bob@example.com", {"id": "r3"}, *(f"x{n}" for n in range(30))]
    flow = registrants.change_status(MEETING, action, who, occurrence=195, policy=POLICY)
    assert run.run(flow, [answer(204), answer(204)]) is None
    assert paths(run) == ["PUT 81234567890/registrants/status?occurrence_id=195"] * 2
    first, second = bodies(run)
    assert first["action"] == action
    assert first["registrants"][:4] == [
        {"id": "r1", "email": "ana@example.com"},
        {"id": "r2"},
        {"email": "bob@example.com"},
        {"id": "r3"},
    ]
    assert [len(first["registrants"]), len(second["registrants"])] == [30, 4]


def test_one_registrant_need_not_stand_in_a_list() -> None:
    run = drive()
    run.run(registrants.change_status(MEETING, "approve", "r1", policy=POLICY), [answer(204)])
    assert bodies(run) == [{"action": "approve", "registrants": [{"id": "r1"}]}]


def test_status_that_fails_midway_says_how_far_it_came() -> None:
    run = drive()
    flow = registrants.change_status(MEETING, "deny", [f"x{n}" for n in range(40)], policy=POLICY)
    with pytest.raises(InvalidRequestError) as caught:
        run.run(flow, [answer(204), BAD_FIELD])
    assert "The first 30 of 40 were done; doing it again does no harm." in str(caught.value)


@pytest.mark.parametrize("who", [[], [3], [{}], [{"name": "x"}], ["not an @ address"]])
def test_bad_status_change_is_refused_before_anything_is_sent(who: Any) -> None:
    run = drive()
    with pytest.raises(InvalidInputError):
        run.run(registrants.change_status(MEETING, "approve", who, policy=POLICY), [])
    assert run.sent == 0


def test_list_keeps_status_and_occurrence_on_every_page() -> None:
    run = drive()
    found = run.run(
        registrants.pages(MEETING, status="pending", occurrence=195, policy=POLICY).rest(),
        [
            answer(200, {"registrants": [{"id": "r1", "status": "odd"}], "next_page_token": "t"}),
            answer(200, {"registrants": [{"id": "r2"}]}),
        ],
    )
    assert [(one.id, one.status) for one in found] == [("r1", "odd"), ("r2", None)]
    for path in paths(run):
        assert "status=pending&occurrence_id=195&page_size=300" in path


def test_get_and_delete_name_the_registrant_in_the_path() -> None:
    run = drive()
    run.run(registrants.get(MEETING, "a/b", policy=POLICY), [answer(200, {"id": "a/b"})])
    assert run.run(registrants.delete(MEETING, "r1", policy=POLICY), [answer(204)]) is True
    assert paths(run) == ["GET 81234567890/registrants/a%2Fb", "DELETE 81234567890/registrants/r1"]


@pytest.mark.parametrize(
    "gone",
    [
        refusal(404, 3001, "Registrant does not exist: r1."),
        refusal(400, 300, "The value that you entered for the Registrant ID field is invalid."),
    ],
)
def test_delete_of_a_registrant_is_safe_to_repeat(gone: Any) -> None:
    assert drive().run(registrants.delete(MEETING, "r1", policy=POLICY), [gone]) is False


def test_delete_in_a_meeting_that_does_not_exist_raises() -> None:
    with pytest.raises(NotFoundError):
        drive().run(
            registrants.delete(MEETING, "r1", policy=POLICY),
            [refusal(404, 3001, f"Meeting does not exist: {MEETING}.")],
        )


@pytest.mark.parametrize("key", ["", "..", "a b", "ä", None])
def test_bad_registrant_id_is_refused(key: Any) -> None:
    with pytest.raises(InvalidInputError, match="is no registrant's id"):
        drive().run(registrants.get(MEETING, key, policy=POLICY), [])


def test_questions_are_read_and_set() -> None:
    run = drive()
    body = {
        "questions": [{"field_name": "city", "required": True}, {"field_name": "new_one"}],
        "custom_questions": [{"title": "Level?", "type": "single", "required": True, "answers": ["A1", 3]}],
    }
    found = run.run(registrants.questions(MEETING, policy=POLICY), [answer(200, body)])
    assert found.standard == {"city": True, "new_one": False}
    assert found.custom == (CustomQuestion("Level?", True, ("A1",)),)
    custom: list[Any] = [CustomQuestion("Level?", True, ("A1",)), {"title": "Why?"}]
    run.run(registrants.set_questions(MEETING, standard=["city"], custom=custom, policy=POLICY), [answer(204)])
    assert json.loads(run.requests[1].body) == {
        "questions": [{"field_name": "city", "required": False}],
        "custom_questions": [
            {"title": "Level?", "type": "single", "required": True, "answers": ["A1"]},
            {"title": "Why?", "type": "short", "required": False},
        ],
    }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"standard": ["town"]}, "'town' is no question Zoom knows."),
        ({"standard": {"city": "yes"}}, "required is a str."),
        ({"custom": [{"title": ""}]}, "A question needs a title."),
        ({"custom": ["Why?"]}, "A question is a str."),
        ({"custom": [{"title": "x", "typ": "short"}]}, 'A question has no field "typ".'),
        (
            {"custom": [{"title": "x", "type": "single"}]},
            "A question with answers to choose from is of the type single, one without is short.",
        ),
    ],
)
def test_bad_question_is_refused_before_anything_is_sent(given: dict[str, Any], sentence: str) -> None:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(registrants.set_questions(MEETING, policy=POLICY, **given), [])
    assert (caught.value.message, run.sent) == (sentence, 0)
