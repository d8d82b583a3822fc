"""What goes out when a meeting is created: every field, every type, and what is refused before anything is sent."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.helpers import NOW

from zoomlink.client.base import create_body
from zoomlink.errors import InvalidInputError
from zoomlink.zoom.recurrence import Recurrence


def body(**given: Any) -> dict[str, Any]:
    return create_body(
        **{"topic": "Piano", "start": "2031-12-01T18:24Z", "timezone": None, "default_timezone": None, "now": NOW}
        | given
    )


def refused(**given: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        body(**given)
    return caught.value


def test_single_meeting_goes_out_as_an_instant_with_its_zone() -> None:
    assert body(start="2031-12-01T18:24", timezone="America/Sao_Paulo") == {
        "topic": "Piano",
        "type": 2,
        "start_time": "2031-12-01T21:24:00Z",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
    }


def test_series_goes_out_as_wall_time_so_that_it_survives_the_clock_change() -> None:
    rule = Recurrence.weekly("mon", count=4)
    sent = body(start="2031-10-20T18:00", timezone="Europe/Lisbon", recurrence=rule)
    assert (sent["type"], sent["start_time"], sent["timezone"]) == (8, "2031-10-20T18:00:00", "Europe/Lisbon")
    assert sent["recurrence"] == {"type": 2, "repeat_interval": 1, "weekly_days": "2", "end_times": 4}


def test_recurrence_may_be_a_mapping_in_zooms_names() -> None:
    end = datetime(2031, 11, 3, 23, 0, tzinfo=UTC)
    rule = {"type": 2, "weekly_days": "2", "end_date_time": end, "repeat_interval": None}
    sent = body(start="2031-10-20T18:00", timezone="Europe/Lisbon", recurrence=rule)
    assert sent["recurrence"] == {
        "type": 2,
        "repeat_interval": 1,
        "weekly_days": "2",
        "end_date_time": "2031-11-03T23:59:59Z",
    }


@pytest.mark.parametrize("kind", [1, 3, 10])
def test_meeting_without_fixed_time_has_neither_start_nor_duration(kind: int) -> None:
    assert body(start=None, type=kind) == {"topic": "Piano", "type": kind}


def test_all_that_may_be_given_is_sent_under_zooms_names() -> None:
    sent = body(
        duration="45",
        agenda="Bring\nthe score",
        passcode="abc123",
        default_password=False,
        registration="manual",
        alternative_hosts=["ana@example.com", " bob@example.com "],
        invitees=["guest@example.com"],
        tracking_fields={"Department": "Music"},
        template_id="tpl",
        schedule_for="carol@example.com",
        pre_schedule=True,
        settings={"mute_upon_entry": True},
    )
    assert sent == {
        "topic": "Piano",
        "type": 2,
        "start_time": "2031-12-01T18:24:00Z",
        "duration": 45,
        "agenda": "Bring\nthe score",
        "password": "abc123",
        "default_password": False,
        "schedule_for": "carol@example.com",
        "template_id": "tpl",
        "pre_schedule": True,
        "tracking_fields": [{"field": "Department", "value": "Music"}],
        "settings": {
            "mute_upon_entry": True,
            "alternative_hosts": "ana@example.com;bob@example.com",
            "meeting_invitees": [{"email": "guest@example.com"}],
            "approval_type": 1,
        },
    }


def test_alternative_hosts_may_be_zooms_own_text() -> None:
    assert body(alternative_hosts="ana@example.com; bob@example.com;")["settings"] == {
        "alternative_hosts": "ana@example.com;bob@example.com"
    }


def test_tracking_fields_may_be_zooms_own_list() -> None:
    assert body(tracking_fields=[{"field": "Dept"}])["tracking_fields"] == [{"field": "Dept", "value": ""}]


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"start": None}, "start", "A scheduled meeting (type 2) needs a start."),
        ({"start": None, "type": 8}, "start", "A series (type 8) needs a start."),
        ({"start": None, "type": 1, "timezone": "UTC"}, "timezone", "A time zone says nothing without a start."),
        ({"type": 1}, "start", "An instant meeting (type 1) has no start; Zoom would take no notice of it."),
        (
            {"type": 3, "start": None, "duration": 30},
            "duration",
            "A recurring meeting without fixed time (type 3) has no duration; Zoom would take no notice of it.",
        ),
        ({"type": 4}, "type", "There is no type 4 of meeting."),
        ({"type": True}, "type", "There is no type True of meeting."),
        (
            {"type": 2, "recurrence": {"type": 1, "end_times": 2}},
            "recurrence",
            "A scheduled meeting (type 2) has no recurrence.",
        ),
        (
            {"recurrence": {"type": 1, "end_times": 2}, "start": "2031-12-01T18:24+01:00"},
            "timezone",
            "A series needs a time zone, not only an offset: offsets change with the clocks.",
        ),
        (
            {"start": "2020-12-01T18:24Z"},
            "start",
            "2020-12-01 18:24 (UTC) has passed; it is 2031-06-04 18:00 (UTC) now.",
        ),
        ({"passcode": "12345678901"}, "passcode", "The passcode has 11 characters; Zoom takes 10."),
        ({"passcode": "geheim ä"}, "passcode", "The passcode does not have the form Zoom takes."),
        ({"passcode": ""}, "passcode", "The passcode does not have the form Zoom takes."),
        ({"topic": " "}, "topic", "A meeting needs a topic."),
        ({"topic": "x" * 201}, "topic", "The topic has 201 characters; Zoom takes 200."),
        ({"agenda": "x" * 2001}, "agenda", "The agenda has 2001 characters; Zoom takes 2000."),
        ({"duration": 1441}, "duration", "A duration of 1441 minutes is not possible."),
        ({"default_password": 1}, "default_password", "default_password is a int."),
        ({"registration": "auto"}, "registration", "'auto' is no registration Zoom knows."),
        ({"alternative_hosts": ["a b"]}, "alternative_hosts", "'a b' is no Zoom user."),
        ({"alternative_hosts": {"a": 1}}, "alternative_hosts", "alternative_hosts is a dict, not a list of users."),
        ({"invitees": "ana@example.com"}, "invitees", "invitees is a str, not a list of e-mail addresses."),
        ({"invitees": ["ana"]}, "invitees", "'ana' is no e-mail address."),
        ({"tracking_fields": [3]}, "tracking_fields", "A tracking field is a int."),
        ({"tracking_fields": {"": "x"}}, "tracking_fields", "A tracking field needs a name."),
        ({"tracking_fields": {"Dept": 3}}, "tracking_fields", "The tracking field's value is a int, not text."),
        (
            {"tracking_fields": [{"feild": "Dept"}]},
            "tracking_fields.feild",
            'A tracking field has no field "feild".',
        ),
        ({"schedule_for": "a b"}, "host", "'a b' is no Zoom user."),
        (
            {"type": 1, "start": None, "schedule_for": "carol@example.com"},
            "schedule_for",
            "An instant meeting cannot be scheduled for somebody else.",
        ),
        (
            {"type": 1, "start": None, "pre_schedule": True},
            "pre_schedule",
            "Only single meetings and those without fixed time can be pre-scheduled.",
        ),
        (
            {"settings": {"alternative_hosts": "a@example.com"}, "alternative_hosts": ["b@example.com"]},
            "alternative_hosts",
            "alternative_hosts and settings.alternative_hosts say the same thing twice.",
        ),
        (
            {"settings": {"approval_type": 0}, "registration": "off"},
            "registration",
            "registration and settings.approval_type say the same thing twice.",
        ),
        (
            {"settings": {"registration_type": 2}},
            "settings.registration_type",
            "registration_type is for a series (type 8) only.",
        ),
        (
            {
                "settings": {"use_pmi": True},
                "recurrence": {"type": 1, "end_times": 2},
                "timezone": "UTC",
                "start": "2031-12-01T10:00",
            },
            "settings.use_pmi",
            "A series (type 8) cannot use the personal meeting id.",
        ),
        (
            {"settings": {"join_before_host": True}, "type": 1, "start": None},
            "settings.join_before_host",
            "An instant meeting (type 1) starts with its host; nobody can join before.",
        ),
        (
            {"registration": "automatic", "type": 10, "start": None},
            "settings.approval_type",
            "A screen-share meeting (type 10) has no registration.",
        ),
        (
            {"settings": {"custom_keys": [{"key": "a", "value": "b"}]}},
            "settings.custom_keys",
            "custom_keys can be set only when a meeting is updated.",
        ),
        ({"recurrence": "weekly"}, "recurrence", "The recurrence is a str."),
    ],
)
def test_bad_input_is_refused_with_its_own_sentence(given: dict[str, Any], field: str, sentence: str) -> None:
    if given.get("recurrence") == "weekly":
        given = given | {"timezone": "UTC", "start": "2031-12-01T10:00"}
    error = refused(**given)
    assert (error.message, error.field) == (sentence, field)


@pytest.mark.parametrize(
    "rule",
    [
        {"type": 1, "end_times": 61},
        {"type": 1, "end_times": 3, "end_date_time": "2031-12-05T00:00:00Z"},
        {"type": 1, "end_date_time": "2031-11-01T00:00:00Z"},
        {"type": 1, "end_date_time": "2032-11-01T00:00:00Z"},
        {"type": 4, "end_times": 3},
        {"type": 1, "end_times": 3, "every": 2},
        {"type": 2, "weekly_days": "8", "end_times": 3},
        {"type": 1, "repeat_interval": 100, "end_times": 3},
    ],
    ids=["61", "two-ends", "none", "too-many", "type", "unknown", "day", "interval"],
)
def test_impossible_series_is_refused_before_anything_is_sent(rule: dict[str, Any]) -> None:
    assert refused(start="2031-12-01T10:00", timezone="UTC", recurrence=rule).field == "recurrence"


def test_passcode_is_never_shown() -> None:
    assert "geheim" not in str(refused(passcode="geheim 1"))


def test_creating_without_settings_does_not_load_pydantic() -> None:
    script = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "import zoomlink.client.sync_client, zoomlink.client.async_client\n"
        "from zoomlink.client.base import create_body\n"
        "create_body(topic='T', start='2031-12-01T10:00Z', timezone=None, default_timezone=None, settings={},\n"
        "            registration='off', now=datetime(2031, 1, 1, tzinfo=UTC))\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'pydantic'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
