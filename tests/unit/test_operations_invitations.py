"""The invitation text, the SIP address and personal links: what is asked, what comes back, what stays hidden."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.helpers import NOW, answer, drive, refusal

from zoomlink.errors import InvalidInputError, NotFoundError, OutcomeUnknownError, UnexpectedResponseError
from zoomlink.zoom import invitations
from zoomlink.zoom.retry import RetryPolicy

POLICY = RetryPolicy()
SIP = {
    "sip_dialing": "81234567890.canary....1234@zoomcrc.com",
    "paid_crc_plan_participant": True,
    "participant_identifier_code": "1234",
    "expire_in": 7200,
}


def test_invitation_holds_text_and_addresses_and_does_not_show_them() -> None:
    run = drive()
    body = {"invitation": "Join\r\nPasscode: canary", "sip_links": ["81234567890@zoomcrc.com", 7]}
    found = run.run(invitations.invitation(81234567890, policy=POLICY), [answer(200, body)])
    assert run.requests[0].url.endswith("/v2/meetings/81234567890/invitation")
    assert (found.text, found.sip_links) == ("Join\r\nPasscode: canary", ("81234567890@zoomcrc.com",))
    assert "canary" not in repr(found)


def test_sip_uri_is_asked_for_by_post_and_expires() -> None:
    run = drive()
    found = run.run(invitations.sip_uri(81234567890, passcode="canary", policy=POLICY), [answer(200, SIP)])
    assert (run.requests[0].method, json.loads(run.requests[0].body)) == ("POST", {"passcode": "canary"})
    assert found.uri == "81234567890.canary....1234@zoomcrc.com"
    assert found.expires_at == NOW + timedelta(hours=2)
    assert (found.paid_crc_plan, found.participant_code) == (True, "1234")
    assert "canary" not in repr(found)


def test_sip_uri_without_passcode_sends_none() -> None:
    run = drive()
    run.run(invitations.sip_uri(81234567890, policy=POLICY), [answer(200, SIP)])
    assert json.loads(run.requests[0].body) == {}


def test_sip_uri_is_asked_for_again_after_a_lost_answer() -> None:
    run = drive()
    run.run(invitations.sip_uri(81234567890, policy=POLICY), [answer(502), answer(200, SIP)])
    assert run.sent == 2


def test_sip_uri_expires_as_zoom_says_when_it_does() -> None:
    found = drive().run(
        invitations.sip_uri(81234567890, policy=POLICY), [answer(200, SIP | {"expire_in": 60})], sending_takes=5
    )
    assert found.expires_at == NOW + timedelta(seconds=60)


def test_sip_uri_that_zoom_does_not_give_says_so() -> None:
    with pytest.raises(UnexpectedResponseError, match="holds no SIP address"):
        drive().run(invitations.sip_uri(81234567890, policy=POLICY), [answer(200, {"expire_in": 7200})])
    with pytest.raises(NotFoundError, match="has no SIP address"):
        drive().run(
            invitations.sip_uri(81234567890, policy=POLICY),
            [refusal(400, 3000, "The meeting's SIP URI does not exist: 81234567890.")],
        )


def test_invite_links_come_back_in_the_order_asked() -> None:
    run = drive()
    body = {
        "attendees": [
            {"name": "Bob", "join_url": "https://zoom.us/w/1?tk=canary-b1"},
            {"name": "Ana", "join_url": "https://zoom.us/w/1?tk=a"},
            {"name": "Bob", "join_url": "https://zoom.us/w/1?tk=b2"},
        ]
    }
    people: list[Any] = ["Ana", {"name": "Bob", "disable_video": True}, "Bob", "Eve"]
    found = run.run(invitations.invite_links(81234567890, people, ttl=60, policy=POLICY), [answer(201, body)])
    assert json.loads(run.requests[0].body) == {
        "attendees": [{"name": "Ana"}, {"name": "Bob", "disable_video": True}, {"name": "Bob"}, {"name": "Eve"}],
        "ttl": 60,
    }
    assert [(one.name, one.join_url) for one in found] == [
        ("Ana", "https://zoom.us/w/1?tk=a"),
        ("Bob", "https://zoom.us/w/1?tk=canary-b1"),
        ("Bob", "https://zoom.us/w/1?tk=b2"),
        ("Eve", None),
    ]
    assert found[0].expires_at == NOW + timedelta(seconds=60)
    assert "canary" not in repr(found)


def test_invite_links_without_ttl_never_expire() -> None:
    found = drive().run(
        invitations.invite_links(81234567890, ["Ana"], ttl=0, policy=POLICY), [answer(201, {"attendees": []})]
    )
    assert found[0].expires_at is None


def test_invite_links_are_not_asked_for_twice_when_the_answer_is_lost() -> None:
    run = drive()
    with pytest.raises(OutcomeUnknownError):
        run.run(invitations.invite_links(81234567890, ["Ana"], policy=POLICY), [answer(502)])
    assert run.sent == 1


@pytest.mark.parametrize(
    ("people", "ttl", "field", "sentence"),
    [
        ([], 60, "attendees", "There is nobody to invite."),
        (["x"] * 501, 60, "attendees", "Links for 501 attendees cannot be made at once."),
        (["x" * 65], 60, "attendees", "The attendee's name has 65 characters; Zoom takes 64."),
        (["  "], 60, "attendees", "An attendee needs a name."),
        ([3], 60, "attendees", "An attendee is a int."),
        ([{"nam": "x"}], 60, "attendees.nam", 'An attendee has no field "nam".'),
        ([{"name": "x", "disable_video": "yes"}], 60, "attendees.disable_video", "attendees.disable_video is a str."),
        ("Ana", 60, "attendees", "attendees is a str, not a list of names."),
        (["x"], -1, "ttl", "-1 is no possible ttl."),
        (["x"], 7_776_001, "ttl", "7776001 is no possible ttl."),
        (["x"], 60.0, "ttl", "60.0 is no possible ttl."),
    ],
)
def test_bad_invite_is_refused_before_anything_is_sent(people: Any, ttl: Any, field: str, sentence: str) -> None:
    run = drive()
    with pytest.raises(InvalidInputError) as caught:
        run.run(invitations.invite_links(81234567890, people, ttl=ttl, policy=POLICY), [])
    assert (caught.value.message, caught.value.field, run.sent) == (sentence, field, 0)


def test_sip_passcode_of_eleven_characters_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="The passcode has 11 characters"):
        drive().run(invitations.sip_uri(81234567890, passcode="12345678901", policy=POLICY), [])
