"""Whatever JSON Zoom answers, reading it never raises, and neither does comparing it with what was asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers import NOW, meeting_answer

from zoomlink.zoom.differences import differences
from zoomlink.zoom.invitations import Invitation, SipUri
from zoomlink.zoom.models import Meeting, Occurrence, User
from zoomlink.zoom.past import Participant, PastInstance, PastMeeting
from zoomlink.zoom.registration import Registrant, RegistrationQuestions
from zoomlink.zoom.templates import Template
from zoomlink.zoom.user_settings import PasscodePolicy, UserSettings
from zoomlink.zoom.users import Scheduler, UserSummary

MOMENTS = ["", "0", "2031-12-01T21:24:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "0", "2031-12-01T21:24:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
OTHER_NAMES = """
    occurrences recurrence tracking_fields registration_url registrant_id email first_name sip_links expire_in
    sip_dialing questions custom_questions occurrence_id pmi name user_email participant_pin_code schedule_meeting
    feature in_meeting length total_users_count
"""
NAMES = st.sampled_from([*sorted(meeting_answer()), *OTHER_NAMES.split()])
OBJECTS = st.dictionaries(NAMES, ANYTHING, max_size=8)
KINDS: list[Any] = [
    Meeting.from_api,
    Occurrence.from_api,
    User.from_api,
    Invitation.from_api,
    lambda body: SipUri.from_api(body, NOW),
    PastMeeting.from_api,
    PastInstance.from_api,
    Participant.from_api,
    Registrant.from_api,
    lambda body: Registrant.from_api(body, {"email": "a@b.c"}),
    RegistrationQuestions.from_api,
    Template.from_api,
    Scheduler.from_api,
    UserSummary.from_api,
    PasscodePolicy.from_api,
    UserSettings,
]
HELPERS = [name for name, value in vars(UserSettings).items() if isinstance(value, property)]
ASKED = [
    {"topic": "Piano", "type": 2, "start_time": "2031-12-01T21:24:00Z", "duration": 60, "timezone": "Europe/Lisbon"},
    {
        "type": 8,
        "start_time": "2031-10-20T01:30:00",
        "timezone": "Europe/Lisbon",
        "recurrence": {"type": 2, "weekly_days": "2", "end_times": 4},
        "settings": {"meeting_invitees": [{"email": "a@b.c"}], "breakout_room": {"enable": True}, "jbh_time": 5},
        "tracking_fields": [{"field": "Dept", "value": "x"}],
        "password": "abc",
        "agenda": "x",
    },
]


@pytest.mark.parametrize("read", KINDS)
@settings(max_examples=60, deadline=None)
@given(body=OBJECTS | ANYTHING)
def test_reading_never_raises(read: Any, body: Any) -> None:
    found = read(body)
    repr(found)
    if isinstance(found, UserSettings):
        for name in HELPERS:
            getattr(found, name)


@settings(max_examples=200, deadline=None)
@given(body=OBJECTS, dates=st.lists(ANYTHING, max_size=3), chosen=ANYTHING, asked=st.sampled_from(ASKED))
def test_comparing_never_raises(body: dict[str, Any], dates: list[Any], chosen: Any, asked: dict[str, Any]) -> None:
    occurrences = [{"occurrence_id": "1", "start_time": one} for one in dates]
    fields = {"meeting_invitees": chosen, "breakout_room": chosen, "jbh_time": chosen}
    meeting = Meeting.from_api(
        {"occurrences": occurrences, "settings": fields, "recurrence": {"end_times": chosen}} | body
    )
    assert all(isinstance(one, str) for one in differences(meeting, asked, now=NOW))


def test_meeting_keeps_what_it_does_not_know() -> None:
    found = Meeting.from_api(meeting_answer(status="paused", type=77, new={"a": 1}))
    assert (found.status, found.type, found.raw["new"]) == ("paused", 77, {"a": 1})


def test_meeting_with_series_can_be_compared_and_hashed() -> None:
    body = meeting_answer(recurrence={"type": 1}, settings={"a": 1}, tracking_fields=[{"field": "x", "value": "y"}])
    assert Meeting.from_api(body) == Meeting.from_api(body)
    assert hash(Meeting.from_api(body)) == hash(Meeting.from_api(body))


def test_series_that_zoom_put_an_hour_off_after_the_clock_change_is_said() -> None:
    starts = ["2031-10-20T17:00:00Z", "2031-10-27T17:00:00Z", "2031-11-03T17:00:00Z", "2031-11-10T17:00:00Z"]
    starts += ["2031-11-17T17:00:00Z"]
    meeting = Meeting.from_api({"type": 8, "occurrences": [{"start_time": start} for start in starts]})
    asked = {"type": 8, "start_time": "2031-10-20T18:00:00", "timezone": "Europe/Lisbon", "recurrence": {}}
    assert differences(meeting, asked) == [
        "Zoom put the occurrence of 2031-10-27 at 17:00, not 18:00 (Europe/Lisbon).",
        "Zoom put the occurrence of 2031-11-03 at 17:00, not 18:00 (Europe/Lisbon).",
        "Zoom put the occurrence of 2031-11-10 at 17:00, not 18:00 (Europe/Lisbon).",
        "1 more occurrences are at another time than was asked for.",
    ]


def test_day_on_which_the_time_does_not_exist_is_no_difference() -> None:
    # 30 March 2031, 01:30: Lisbon's clocks jump from 01:00 to 02:00.
    starts = ["2031-03-29T01:30:00Z", "2031-03-30T01:30:00Z", "2031-03-31T00:30:00Z"]
    meeting = Meeting.from_api({"type": 8, "occurrences": [{"start_time": start} for start in starts]})
    asked = {"type": 8, "start_time": "2031-03-29T01:30:00", "timezone": "Europe/Lisbon", "recurrence": {}}
    assert differences(meeting, asked) == []


def test_series_without_occurrence_is_said() -> None:
    meeting = Meeting.from_api(
        {"type": 8, "occurrences": [{"start_time": "2031-10-20T17:00:00Z", "status": "deleted"}]}
    )
    asked = {"type": 8, "start_time": "2031-10-20T18:00:00", "timezone": "Europe/Lisbon", "recurrence": {}}
    assert differences(meeting, asked) == ["The series has no occurrence."]
