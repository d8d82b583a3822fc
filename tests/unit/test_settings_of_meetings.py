"""The strict model of a meeting's settings: all of Zoom's, none but Zoom's, and what excludes what."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.settings import BreakoutRoom, BreakoutRooms, MeetingSettings, settings_to_api


def refused(**values: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        settings_to_api(values)
    return caught.value


def test_what_is_given_goes_out_and_nothing_else() -> None:
    assert MeetingSettings().to_api() == {}
    assert MeetingSettings(waiting_room=False, jbh_time=0, use_pmi=None).to_api() == {
        "waiting_room": False,
        "jbh_time": 0,
    }
    assert settings_to_api({"audio": "voip", "contact_name": "Zoë"}) == {"audio": "voip", "contact_name": "Zoë"}


def test_model_and_mapping_are_the_same() -> None:
    model = MeetingSettings(breakout_room=BreakoutRooms(enable=True, rooms=[BreakoutRoom(name="A")]))
    mapping = {"breakout_room": {"enable": True, "rooms": [{"name": "A"}]}}
    assert settings_to_api(model) == settings_to_api(mapping) == mapping


def test_alternative_hosts_may_be_a_list() -> None:
    assert settings_to_api({"alternative_hosts": ["a@example.com", " b@example.com"]}) == {
        "alternative_hosts": "a@example.com;b@example.com"
    }


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"waiting_rom": True}, "waiting_rom", 'Zoom has no meeting setting "waiting_rom". Did you mean waiting_room'),
        ({"waiting_room": "yes"}, "waiting_room", "settings.waiting_room has to be true or false."),
        ({"waiting_room": 1}, "waiting_room", "settings.waiting_room has to be true or false."),
        ({"jbh_time": 7}, "jbh_time", "settings.jbh_time does not have a value Zoom takes. It takes 0, 5, 10 or 15."),
        ({"jbh_time": "5"}, "jbh_time", "settings.jbh_time does not have a value Zoom takes. It takes 0, 5, 10 or 15."),
        ({"jbh_time": True}, "jbh_time", "settings.jbh_time does not have a value Zoom takes."),
        ({"contact_name": 3}, "contact_name", "settings.contact_name has to be text."),
        ({"contact_email": "nobody"}, "contact_email", "settings.contact_email has to be an e-mail address."),
        ({"breakout_room": 3}, "breakout_room", "settings.breakout_room has to be an object."),
        ({"resources": "x"}, "resources", "settings.resources has to be a list."),
        (
            {"breakout_room": {"enabled": True}},
            "breakout_room.enabled",
            'There is no field in settings.breakout_room called "enabled". Did you mean enable?',
        ),
        (
            {"breakout_room": {"rooms": [{"name": "A", "participant": []}]}},
            "breakout_room.rooms.0.participant",
            'There is no field in settings.breakout_room.rooms.0 called "participant". Did you mean participants?',
        ),
        ({"waiting_room_options": {}}, "waiting_room_options.mode", "settings.waiting_room_options.mode is missing."),
        ({"audio_conference_info": "x" * 2049}, "audio_conference_info", "settings.audio_conference_info is too long."),
        (
            {"auto_add_recording_to_video_management": {"enable": True, "channels": [{"channel_id": "x"}] * 6}},
            "auto_add_recording_to_video_management.channels",
            "settings.auto_add_recording_to_video_management.channels is too long. Zoom takes 5 entries.",
        ),
        ({"audio": "loud", "host_video": 1}, "host_video", "settings.host_video has to be true or false."),
        (
            {"waiting_room": True, "join_before_host": True},
            "join_before_host",
            "waiting_room and join_before_host exclude each other: who waits cannot come in before the host.",
        ),
        (
            {"request_permission_to_unmute_participants": True, "allow_host_control_participant_mute_state": True},
            "request_permission_to_unmute_participants",
            "request_permission_to_unmute_participants and allow_host_control_participant_mute_state exclude each",
        ),
        (
            {"encryption_type": "e2ee", "auto_recording": "cloud"},
            "auto_recording",
            "A meeting with end-to-end encryption (e2ee) cannot be recorded in the cloud.",
        ),
        (
            {"encryption_type": "e2ee", "audio": "telephony"},
            "audio",
            "A meeting with end-to-end encryption (e2ee) cannot be joined by telephone.",
        ),
        (
            {"language_interpretation": {"interpreters": [{"email": "a@b.c"}] * 21}},
            "language_interpretation",
            "A meeting takes at most 20 interpreters, not 21.",
        ),
        (
            {"sign_language_interpretation": {"interpreters": [{"email": "a@b.c"}] * 21}},
            "sign_language_interpretation",
            "A meeting takes at most 20 interpreters, not 21.",
        ),
        # True equals 1 in Python: "approve by hand" must not come of it
        ({"approval_type": True}, "approval_type", "settings.approval_type does not have a value Zoom takes."),
        ({"registration_type": 1.0}, "registration_type", "settings.registration_type does not have a value"),
        ({"jbh_time": False}, "jbh_time", "settings.jbh_time does not have a value Zoom takes."),
        ({"contact_name": "a\x00b"}, "contact_name", "settings.contact_name holds a control character."),
        ({"alternative_hosts": "\ud800"}, "alternative_hosts", "settings.alternative_hosts holds a control character."),
    ],
)
def test_each_fault_has_its_sentence_and_its_field(values: dict[str, Any], field: str, sentence: str) -> None:
    error = refused(**values)
    assert error.field == f"settings.{field}"
    assert str(error).startswith(sentence)


def test_several_faults_are_named_at_once() -> None:
    error = refused(waiting_room="canary", audio="canary", nonsense=1)
    assert error.field == "settings.waiting_room"
    assert error.hint == "Look at settings.audio, settings.nonsense too."
    assert "canary" not in str(error)


def test_values_are_never_shown() -> None:
    for values in ({"contact_email": "canary"}, {"jbh_time": "canary"}, {"audio": "canary"}, {"resources": "canary"}):
        assert "canary" not in f"{refused(**values)!r} {refused(**values)}"


@pytest.mark.parametrize("settings", [["waiting_room"], "waiting_room", 3, True])
def test_what_is_no_settings_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        settings_to_api(settings)
    assert caught.value.field == "settings"


def test_model_made_by_hand_raises_the_same_error() -> None:
    unknown: dict[str, Any] = {"waiting_rom": True}
    with pytest.raises(InvalidInputError, match='Zoom has no meeting setting "waiting_rom"'):
        MeetingSettings(**unknown)


@pytest.mark.parametrize("name", ["self", "model_config", "__init__", "to_api", ""])
def test_odd_names_are_unknown_settings_too(name: str) -> None:
    assert refused(**{name: 1}).message == f'Zoom has no meeting setting "{name}".'


@pytest.mark.zoom_openapi
def test_model_has_all_settings_of_zooms_description_and_no_others() -> None:
    paths = json.loads((Path(os.environ["ZOOM_OPENAPI_DIR"]) / "meetings.json").read_text())
    paths = paths.get("spec", paths)["paths"]
    known: dict[str, Any] = {}
    for path, method in (("/meetings/{meetingId}", "patch"), ("/users/{userId}/meetings", "post")):
        body = paths[path][method]["requestBody"]["content"]["application/json"]["schema"]
        known |= body["properties"]["settings"]["properties"]
    # Deprecated, or answered only.
    for name in ("enforce_login", "enforce_login_domains", "global_dial_in_numbers", "authentication_name"):
        known.pop(name)
    assert set(MeetingSettings.model_fields) == set(known)
    for name, schema in known.items():
        assert _choices(MeetingSettings.model_fields[name].annotation) == set(schema.get("enum", ())), name
        inner = _model(MeetingSettings.model_fields[name].annotation)
        below = schema.get("properties") or schema.get("items", {}).get("properties")
        if below:
            assert inner is not None
            assert set(inner.model_fields) == set(below), name


def _choices(annotation: Any) -> set[Any]:
    if "Literal" in str(getattr(annotation, "__origin__", "")):
        return set(get_args(annotation))
    return {choice for inner in get_args(annotation) if not _model(inner) for choice in _choices(inner)}


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model(inner)) is not None), None)
