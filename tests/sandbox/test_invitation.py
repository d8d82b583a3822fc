"""The invitation text, addresses for room systems, and links for single guests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api


def test_invitation_has_zooms_lines_in_zooms_order(api: Api) -> None:
    made = api.create(
        topic="My Meeting", start_time="2031-12-01T18:24:00", timezone="America/Los_Angeles", password="123456"
    )
    answer = api.call("GET", f"/meetings/{made['id']}/invitation")
    digits = str(made["id"])
    number = f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    assert answer.status == 200
    assert answer.json["invitation"].split("\r\n") == [
        "Owner Sandbox is inviting you to a scheduled Zoom meeting.",
        "",
        "Topic: My Meeting",
        "Time: Dec 1, 2031 06:24 PM America, Los Angeles",
        "",
        "Join Zoom Meeting",
        made["join_url"],
        "",
        f"Meeting ID: {number}",
        "Passcode: 123456",
        "",
        "Join by SIP",
        f"{digits}@zoomcrc.com",
        "Passcode: 123456",
        "",
        "",
    ]
    assert answer.json["sip_links"] == [f"{digits}@zoomcrc.com"]


def test_invitation_of_a_series_names_its_dates(api: Api) -> None:
    made = api.create(
        type=8,
        start_time="2031-12-01T09:05:00Z",
        recurrence={"type": 2, "weekly_days": "2,4", "repeat_interval": 2, "end_times": 3},
    )
    text = api.call("GET", f"/meetings/{made['id']}/invitation").json["invitation"]
    assert text.split("\r\n")[3:8] == [
        "Time: Dec 1, 2031 09:05 AM UTC",
        "        Every 2 weeks on Mon, Wed, until Dec 15, 2031, 3 occurrence(s)",
        "        Dec 1, 2031 09:05 AM",
        "        Dec 3, 2031 09:05 AM",
        "        Dec 15, 2031 09:05 AM",
    ]


def test_invitation_without_time_or_passcode_says_neither(api: Api) -> None:
    made = api.create(type=3, default_password=False)
    text = api.call("GET", f"/meetings/{made['id']}/invitation").json["invitation"]
    assert "Passcode" not in text
    assert "Time: This is a recurring meeting Meet anytime" in text


def test_invitation_on_the_free_plan_has_no_room_address(start: Callable[..., Api]) -> None:
    api = start(plan="free")
    answer = api.call("GET", f"/meetings/{api.create()['id']}/invitation").json
    assert answer["sip_links"] == []
    assert "SIP" not in answer["invitation"]


def test_sip_address_carries_the_passcode_given_unchecked(api: Api) -> None:
    made = api.create()
    answer = api.call("POST", f"/meetings/{made['id']}/sip_dialing", {"passcode": "xxxx"})
    code = answer.json["participant_identifier_code"]
    assert (answer.status, answer.json) == (
        200,
        {
            "sip_dialing": f"{made['id']}.xxxx....{code}@zoomcrc.com",
            "paid_crc_plan_participant": True,
            "participant_identifier_code": code,
            "expire_in": 7200,
        },
    )
    assert len(code) == 9


def test_sip_address_needs_no_body(api: Api) -> None:
    made = api.create()
    answer = api.call("POST", f"/meetings/{made['id']}/sip_dialing")
    assert answer.status == 200
    assert answer.json["sip_dialing"].startswith(f"{made['id']}.....")


def test_sip_address_on_the_free_plan_has_no_code(start: Callable[..., Api]) -> None:
    api = start(plan="free")
    made = api.create()
    answer = api.call("POST", f"/meetings/{made['id']}/sip_dialing", {})
    assert answer.json == {
        "sip_dialing": f"{made['id']}.....@zoomcrc.com",
        "paid_crc_plan_participant": False,
        "expire_in": 7200,
    }


def test_invite_links_are_one_for_each_guest(api: Api) -> None:
    made = api.create()
    body = {"attendees": [{"name": "Jill"}, {"name": "Jack", "disable_video": True}], "ttl": 0}
    answer = api.call("POST", f"/meetings/{made['id']}/invite_links", body)
    assert answer.status == 201
    assert [one["name"] for one in answer.json["attendees"]] == ["Jill", "Jack"]
    urls = [one["join_url"] for one in answer.json["attendees"]]
    assert len(set(urls)) == 2
    assert all(url.startswith(f"{api.url}/w/{made['id']}?tk=") for url in urls)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "attendees", "Missing field."),
        ({"attendees": []}, "attendees", "Invalid field."),
        ({"attendees": [{}]}, "attendees[0].name", "Missing field."),
        ({"attendees": [{"name": "x" * 65}]}, "attendees[0].name", "Invalid field."),
        ({"attendees": [{"name": "x"}] * 501}, "attendees", "Invalid field."),
        ({"attendees": [{"name": "x"}], "ttl": 7_776_001}, "ttl", "Invalid field."),
    ],
)
def test_invite_links_beyond_zooms_limits_are_refused(api: Api, body: dict[str, Any], field: str, message: str) -> None:
    answer = api.call("POST", f"/meetings/{api.create()['id']}/invite_links", body)
    assert (answer.status, answer.json["code"]) == (400, 300)
    assert answer.json["errors"] == [{"field": field, "message": message}]


@pytest.mark.parametrize("operation", ["sip_dialing", "invite_links"])
@pytest.mark.parametrize(
    ("meeting_id", "status", "code", "message"),
    [
        ("abc", 400, 300, "Invalid meeting ID."),
        ("12345678901", 404, 3001, "Meeting does not exist: 12345678901"),
    ],
)
def test_entrances_to_no_meeting_are_refused(
    api: Api, operation: str, meeting_id: str, status: int, code: int, message: str
) -> None:
    answer = api.call("POST", f"/meetings/{meeting_id}/{operation}", {"attendees": [{"name": "x"}]})
    assert (answer.status, answer.json) == (status, {"code": code, "message": message})


def test_invitation_to_no_meeting_is_refused(api: Api) -> None:
    answer = api.call("GET", "/meetings/12345678901/invitation")
    assert (answer.status, answer.json) == (404, {"code": 3001, "message": "Meeting does not exist: 12345678901."})
