"""Creating meetings: the shape of the answer, the defaults, and every rule and refusal."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api

    from zoomsandbox.server import ThreadedSandbox

START = "2031-12-01T18:24:00"
KEYS = [
    "uuid", "id", "host_id", "host_email", "topic", "type", "status", "start_time", "duration", "timezone",
    "created_at",
    "start_url", "join_url", "password", "h323_password", "pstn_password", "encrypted_password", "settings",
    "creation_source", "pre_schedule",
]  # fmt: skip
FIRST_SETTINGS = ["host_video", "participant_video", "cn_meeting", "in_meeting", "join_before_host", "jbh_time"]


def refused(api: Api, fields: Any, user: str = "me") -> tuple[int, Any]:
    answer = api.call("POST", f"/users/{user}/meetings", fields)
    return answer.status, answer.json


def invalid(*errors: tuple[str, str]) -> tuple[int, Any]:
    return 400, {
        "code": 300,
        "message": "Validation Failed.",
        "errors": [{"field": field, "message": message} for field, message in errors],
    }


def test_answer_has_the_keys_of_zooms_in_their_order(api: Api) -> None:
    meeting = api.create(topic="Demo", start_time=START, timezone="America/Sao_Paulo", duration=30)
    assert list(meeting) == KEYS
    assert list(meeting["settings"])[:6] == FIRST_SETTINGS
    assert len(meeting["settings"]) == 49


def test_answer_has_zooms_shapes(api: Api) -> None:
    meeting = api.create(topic="Demo", start_time=START, timezone="America/Sao_Paulo", duration=30)
    assert re.fullmatch(r"8\d{10}", str(meeting["id"]))
    assert isinstance(meeting["id"], int)
    assert re.fullmatch(r"[A-Za-z0-9+/]{22}==", meeting["uuid"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", meeting["host_id"])
    assert re.fullmatch(r"[A-Za-z0-9]{6}", meeting["password"])
    assert re.fullmatch(r"\d{6}", meeting["pstn_password"])
    assert meeting["h323_password"] == meeting["pstn_password"]
    assert re.fullmatch(r"[A-Za-z0-9]{30}\.1", meeting["encrypted_password"])
    assert meeting["join_url"] == f"{api.url}/j/{meeting['id']}?pwd={meeting['encrypted_password']}"
    assert meeting["start_url"].startswith(f"{api.url}/s/{meeting['id']}?zak=")
    assert re.fullmatch(r"web_sch_[0-9a-f]{32}", meeting["settings"]["continuous_meeting_chat"]["channel_id"])


def test_answer_has_the_values_given(api: Api) -> None:
    meeting = api.create("HOST1@Sandbox.Example", topic="Démo 🎓", agenda="a" * 2000, start_time=START, duration=30)
    assert meeting["topic"] == "Démo 🎓"
    assert meeting["agenda"] == "a" * 2000
    assert (meeting["type"], meeting["duration"], meeting["status"]) == (2, 30, "waiting")
    assert meeting["host_email"] == "host1@sandbox.example"
    assert meeting["created_at"] == "2031-06-02T10:00:00Z"
    assert meeting["creation_source"] == "open_api"


def test_empty_body_of_fields_gives_a_meeting_of_an_hour_from_now(api: Api) -> None:
    meeting = api.create()
    assert (meeting["topic"], meeting["type"], meeting["duration"]) == ("Zoom Meeting", 2, 60)
    assert (meeting["start_time"], meeting["timezone"]) == ("2031-06-02T10:00:00Z", "UTC")
    assert "agenda" not in meeting


def test_host_token_lives_two_hours_and_names_meeting_and_host(api: Api) -> None:
    meeting = api.create()
    head, claims, _ = meeting["start_url"].partition("zak=")[2].split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "JWT"
    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert found["exp"] - found["iat"] == 7200
    assert found["mnum"] == str(meeting["id"])
    assert found["uid"] == meeting["host_id"]
    assert (found["iss"], found["aud"], found["wcd"]) == ("web", "clientsm", "us05")


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("2031-12-01T18:24:00", "America/Sao_Paulo", "2031-12-01T21:24:00Z"),
        ("2031-12-01T18:24:00Z", "America/Sao_Paulo", "2031-12-01T18:24:00Z"),
        ("2031-12-01T18:24:00", None, "2031-12-01T18:24:00Z"),
        ("2031-07-01T09:00:00", "Europe/Berlin", "2031-07-01T07:00:00Z"),
        ("2031-12-01T09:00:00", "Europe/Berlin", "2031-12-01T08:00:00Z"),
        ("2031-12-01T18:24:00.000Z", None, "2031-12-01T18:24:00Z"),
        ("2031-12-01T18:24:00+02:00", "Europe/Berlin", "2031-12-01T16:24:00Z"),
        ("2031-12-01T18:24", "SST", "2031-12-01T07:24:00Z"),
        ("2031-06-02T09:59:59Z", None, "2031-06-02T10:00:00Z"),
        ("2021-01-01T00:00:00", "Asia/Tokyo", "2031-06-02T10:00:00Z"),
        ("", "Asia/Tokyo", "2031-06-02T10:00:00Z"),
    ],
)
def test_start_follows_zooms_rules(api: Api, start: str, zone: str | None, expected: str) -> None:
    meeting = api.create(start_time=start, timezone=zone)
    assert meeting["start_time"] == expected
    assert meeting["timezone"] == zone or "UTC"


def test_start_without_zone_is_in_the_accounts_zone(start: Callable[..., Api]) -> None:
    meeting = start(timezone="Asia/Kolkata").create(start_time=START)
    assert (meeting["start_time"], meeting["timezone"]) == ("2031-12-01T12:54:00Z", "Asia/Kolkata")


@pytest.mark.parametrize(
    "start",
    [
        "tomorrow",
        "2031-13-01T00:00:00Z",
        "2031-02-30T00:00:00",
        "2031-12-01",
        "2031-12-01T25:00:00",
        5,
        [],
        "9999-12-31T23:59:59Z",
    ],
)
def test_start_that_is_no_time_is_refused(api: Api, start: Any) -> None:
    assert refused(api, {"start_time": start}) == invalid(("start_time", "Invalid field."))


@pytest.mark.parametrize(
    "fields",
    [
        {"topic": "t" * 201},
        {"topic": {"a": 1}},
        {"agenda": "a" * 2001},
        {"duration": 0},
        {"duration": 1441},
        {"duration": "soon"},
        {"duration": True},
        {"duration": 1.5},
        {"duration": 10**400},
        {"timezone": "Europe/Nowhere"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "Europe"},
        {"timezone": 1},
        {"password": "12345678901"},
        {"password": "pässword"},
        {"settings": []},
        {"settings": {"waiting_room": "perhaps"}},
        {"settings": {"alternative_hosts": ["a@example.com"]}},
        {"tracking_fields": [1]},
        {"recurrence": "weekly"},
    ],
)
def test_field_that_zoom_would_not_take_is_named(api: Api, fields: dict[str, Any]) -> None:
    status, body = refused(api, fields)
    assert (status, body["code"], body["message"]) == (400, 300, "Validation Failed.")
    field = next(iter(fields))
    assert [error["field"].partition(".")[0].partition("[")[0] for error in body["errors"]] == [field]
    assert body["errors"][0]["message"] == "Invalid field."
    assert api.ledger() == []


def test_several_wrong_fields_are_all_named(api: Api) -> None:
    fields = {"type": 7, "settings": {"jbh_time": 7, "audio": "loud"}, "tracking_fields": [{"value": "x"}]}
    assert refused(api, fields) == invalid(
        ("type", "Invalid parameter: type."),
        ("settings.jbh_time", "Invalid parameter: jbh_time."),
        ("settings.audio", "Invalid parameter: audio."),
        ("tracking_fields[0].field", "Missing field."),
    )


def test_numbers_and_booleans_may_come_as_text(api: Api) -> None:
    meeting = api.create(type="2", duration="30", settings={"host_video": "false", "jbh_time": "5", "waiting_room": 0})
    assert (meeting["type"], meeting["duration"]) == (2, 30)
    assert (meeting["settings"]["host_video"], meeting["settings"]["jbh_time"]) == (False, 5)


def test_unknown_fields_and_nulls_are_ignored(api: Api) -> None:
    meeting = api.create(nonsense=1, topic=None, duration=None, settings={"nonsense": 1, "host_video": None})
    assert (meeting["topic"], meeting["duration"]) == ("Zoom Meeting", 60)
    assert "nonsense" not in meeting["settings"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"{'a': 1}", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b"topic=Demo"],
)
def test_body_that_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    answer = api.call("POST", "/users/me/meetings", body)
    assert answer.status == 400
    assert answer.json == {"code": 300, "message": "Request Body should be a valid JSON object."}


def test_lone_surrogate_in_a_topic_is_no_failure_of_the_sandbox(api: Api) -> None:
    answer = api.call("POST", "/users/me/meetings", b'{"topic": "a\\ud800b"}')
    assert (answer.status, answer.json["topic"]) == (201, "a?b")


def test_body_beyond_the_limit_is_refused(api: Api) -> None:
    answer = api.call("POST", "/users/me/meetings", {"agenda": "a" * 1_100_000})
    assert (answer.status, answer.json["code"]) == (413, 300)
    assert api.create()["type"] == 2


# -- passcodes ---------------------------------------------------------------------------------------------------------


def test_given_passcode_is_kept(api: Api) -> None:
    meeting = api.create(password="s3cret!@#")
    assert meeting["password"] == "s3cret!@#"
    assert meeting["encrypted_password"] != "s3cret!@#"


def test_numeric_passcode_serves_telephones_too(api: Api) -> None:
    meeting = api.create(password="246810")
    assert (meeting["h323_password"], meeting["pstn_password"]) == ("246810", "246810")


def test_no_passcode_is_made_when_none_is_wanted(api: Api) -> None:
    meeting = api.create(default_password=False)
    assert not {"password", "h323_password", "pstn_password", "encrypted_password"} & meeting.keys()
    assert meeting["join_url"] == f"{api.url}/j/{meeting['id']}"


def test_passcode_is_made_all_the_same_where_the_policy_is_locked(start: Callable[..., Api]) -> None:
    assert len(start(plan="free").create(default_password=False)["password"]) == 6


def test_no_passcode_is_made_where_the_host_does_not_require_one(api: Api, sandbox: ThreadedSandbox) -> None:
    owner = sandbox.world.users.owner
    owner.overrides = {"schedule_meeting": {"require_password_for_scheduling_new_meetings": False}}
    assert "password" not in api.create()
    assert "password" in api.create("host1@sandbox.example")


def test_join_url_lacks_the_passcode_where_the_host_does_not_embed_it(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.owner.overrides = {"schedule_meeting": {"embed_password_in_join_link": False}}
    meeting = api.create()
    assert meeting["join_url"] == f"{api.url}/j/{meeting['id']}"
    assert len(meeting["password"]) == 6


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"length": 8}, "abcdefg8", "abcdef7"),
        ({"have_letter": True}, "12345a", "123456"),
        ({"have_number": True}, "abcde1", "abcdef"),
        ({"have_special_character": True}, "abcde!", "abcde1"),
        ({"have_upper_and_lower_characters": True}, "abCdef", "abcdef"),
        ({"only_allow_numeric": True}, "192837", "19283a"),
        ({"consecutive_characters_length": 4}, "12319a", "1234ax"),
        ({"consecutive_characters_length": 4}, "11a11b", "1111ab"),
    ],
)
def test_passcode_must_meet_the_hosts_policy(
    api: Api, sandbox: ThreadedSandbox, rule: dict[str, Any], good: str, bad: str
) -> None:
    sandbox.world.users.owner.overrides = {"schedule_meeting": {"meeting_password_requirement": rule}}
    assert api.create(password=good)["password"] == good
    assert refused(api, {"password": bad}) == invalid(("password", "Invalid field."))


def test_passcode_that_is_made_meets_the_hosts_policy(api: Api, sandbox: ThreadedSandbox) -> None:
    rule = {"length": 8, "have_special_character": True, "have_upper_and_lower_characters": True}
    sandbox.world.users.owner.overrides = {"schedule_meeting": {"meeting_password_requirement": rule}}
    for _ in range(20):
        made = api.create()["password"]
        assert len(made) == 8
        assert re.search(r"[a-z]", made)
        assert re.search(r"[A-Z]", made)
        assert re.search(r"\d", made)
        assert re.search(r"[@\-_*]", made)


# -- settings ----------------------------------------------------------------------------------------------------------


def test_waiting_room_wins_over_join_before_host(api: Api) -> None:
    settings = api.create(settings={"waiting_room": True, "join_before_host": True})["settings"]
    assert (settings["waiting_room"], settings["join_before_host"]) == (True, False)


def test_join_before_host_holds_without_a_waiting_room(api: Api) -> None:
    settings = api.create(settings={"waiting_room": False, "join_before_host": True, "jbh_time": 10})["settings"]
    assert (settings["waiting_room"], settings["join_before_host"], settings["jbh_time"]) == (False, True, 10)


def test_omitted_settings_are_the_hosts_own(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.world.users.owner.overrides = {
        "schedule_meeting": {"host_video": False, "audio_type": "both", "join_before_host": True},
        "in_meeting": {"waiting_room": True},
    }
    settings = api.create()["settings"]
    assert (settings["host_video"], settings["audio"]) == (False, "both")
    assert (settings["waiting_room"], settings["join_before_host"]) == (True, False)


def test_settings_of_a_meeting_stay_when_the_hosts_own_change(api: Api, sandbox: ThreadedSandbox) -> None:
    meeting = api.create()
    sandbox.world.users.owner.overrides = {"schedule_meeting": {"host_video": False}}
    assert api.get(meeting["id"])["settings"]["host_video"] is True
    assert api.create()["settings"]["host_video"] is False


def test_settings_objects_are_completed(api: Api) -> None:
    chat = api.create(settings={"continuous_meeting_chat": {"enable": False}})["settings"]["continuous_meeting_chat"]
    assert chat == {"enable": False, "auto_add_invited_external_users": False, "auto_add_meeting_participants": False}


def test_registration_gives_a_registration_url(api: Api) -> None:
    meeting = api.create(settings={"approval_type": 0})
    assert meeting["settings"]["approval_type"] == 0
    assert re.fullmatch(re.escape(api.url) + r"/meeting/register/[0-9a-f]{32}", meeting["registration_url"])


def test_basic_host_cannot_ask_for_registration(start: Callable[..., Api]) -> None:
    api = start(users=("o@sandbox.example", "b@sandbox.example:basic"))
    meeting = api.create("b@sandbox.example", settings={"approval_type": 0})
    assert meeting["settings"]["approval_type"] == 2
    assert "registration_url" not in meeting


def test_personal_meeting_id_is_answered_where_it_is_used(api: Api) -> None:
    meeting = api.create(settings={"use_pmi": True})
    assert re.fullmatch(r"\d{10}", meeting["pmi"])
    assert f"/j/{meeting['pmi']}" in meeting["join_url"]


def test_tracking_fields_come_back_visible(api: Api) -> None:
    meeting = api.create(tracking_fields=[{"field": "Booking", "value": "4711"}])
    assert meeting["tracking_fields"] == [{"field": "Booking", "value": "4711", "visible": True}]


def test_login_domains_with_commas_are_refused(api: Api) -> None:
    assert refused(api, {"settings": {"enforce_login_domains": "a.example,b.example"}}) == (
        400,
        {"code": 300, "message": "Invalid enforce_login_domains. Separate multiple domains with semicolons."},
    )


# -- kinds of meetings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [1, 3, 10])
def test_kinds_without_a_time_answer_no_start(api: Api, kind: int) -> None:
    meeting = api.create(type=kind, start_time=START)
    assert meeting["type"] == kind
    assert "start_time" not in meeting


def test_series_needs_a_recurrence(api: Api) -> None:
    assert refused(api, {"type": 8}) == invalid(("recurrence", "Missing field."))
    assert refused(api, {"type": 8, "recurrence": {}}) == invalid(("recurrence.type", "Missing field."))


# -- hosts -------------------------------------------------------------------------------------------------------------


def test_me_is_the_owner(api: Api) -> None:
    assert api.create("me")["host_email"] == "owner@sandbox.example"


def test_host_may_be_named_by_id(api: Api) -> None:
    host_id = api.create("host2@sandbox.example")["host_id"]
    assert api.create(host_id)["host_email"] == "host2@sandbox.example"


def test_host_address_may_be_percent_encoded(api: Api) -> None:
    assert api.create("host2%40sandbox.example")["host_email"] == "host2@sandbox.example"


def test_unknown_host_is_refused(api: Api) -> None:
    expected = (404, {"code": 1001, "message": "User does not exist: nobody@sandbox.example."})
    assert refused(api, {}, "nobody@sandbox.example") == expected


def test_user_without_the_right_may_not_host(start: Callable[..., Api]) -> None:
    api = start(users=("o@sandbox.example", "x@sandbox.example:unassigned"))
    message = "Your user account is not allowed meeting hosting and scheduling capabilities."
    assert refused(api, {}, "x@sandbox.example") == (400, {"code": 3161, "message": message})


def test_overlapping_meetings_are_accepted(api: Api) -> None:
    ids = {api.create(start_time=START, duration=60)["id"] for _ in range(3)}
    assert len(ids) == 3


def test_zooms_own_host_stands_in_the_links_if_wished(start: Callable[..., Api]) -> None:
    meeting = start(zoom_urls=True).create()
    assert meeting["join_url"].startswith(f"https://us05web.zoom.us/j/{meeting['id']}?pwd=")
    assert meeting["start_url"].startswith(f"https://us05web.zoom.us/s/{meeting['id']}?zak=")


# -- on behalf of others -----------------------------------------------------------------------------------------------


def test_scheduling_for_oneself_is_plain_scheduling(api: Api) -> None:
    meeting = api.create(schedule_for="owner@sandbox.example")
    assert (meeting["host_email"], "assistant_id" in meeting) == ("owner@sandbox.example", False)


def test_scheduling_for_another_needs_the_privilege(api: Api) -> None:
    expected = (400, {"code": 3000, "message": "You cannot schedule a meeting for host1@sandbox.example."})
    assert refused(api, {"schedule_for": "host1@sandbox.example"}) == expected


def test_scheduling_for_another_with_the_privilege_names_the_scheduler(api: Api, sandbox: ThreadedSandbox) -> None:
    users = sandbox.world.users
    users.owner.schedules_for.add(users.get("host1@sandbox.example").id)
    meeting = api.create(schedule_for="host1@sandbox.example")
    assert meeting["host_email"] == "host1@sandbox.example"
    assert meeting["assistant_id"] == users.owner.id


def test_scheduling_for_nobody_is_refused(api: Api) -> None:
    assert refused(api, {"schedule_for": "nobody@sandbox.example"}) == (
        400,
        {
            "code": 300,
            "message": "The value that you entered in the schedule_for field is invalid. "
            "Enter a valid value and try again.",
        },
    )


def test_instant_meeting_for_another_is_refused(api: Api) -> None:
    assert refused(api, {"type": 1, "schedule_for": "host1@sandbox.example"}) == (
        400,
        {
            "code": 3000,
            "message": "Instant meetings do not support the schedule_for parameter, "
            "and you can't schedule an instant meeting for another user.",
        },
    )
