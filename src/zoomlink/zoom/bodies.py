"""What is asked of Zoom about a meeting: the bodies that create and change one, checked field by field and against
each other. No flows, no answers; settings are checked in :mod:`zoomlink.zoom.settings`, people and
tracking fields in :mod:`zoomlink.zoom.extras`, a series' rule in :mod:`zoomlink.zoom.series`.

Facts: https://developers.zoom.us/docs/api/meetings/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, tidy
from zoomlink.times import When, check_duration, parse_zone
from zoomlink.zoom.checks import check_agenda, check_flag, check_passcode, check_topic
from zoomlink.zoom.extras import own_arguments, top_level
from zoomlink.zoom.series import series_body

if TYPE_CHECKING:
    from zoomlink.zoom.extras import TrackingFields
    from zoomlink.zoom.settings import MeetingSettings

__all__ = ["INSTANT", "SCHEDULED", "SCREEN_SHARE", "SERIES", "UNFIXED", "changes_body", "meeting_body"]

INSTANT, SCHEDULED, UNFIXED, SERIES, SCREEN_SHARE = 1, 2, 3, 8, 10
_KINDS = {
    INSTANT: "An instant meeting (type 1)",
    SCHEDULED: "A scheduled meeting (type 2)",
    UNFIXED: "A recurring meeting without fixed time (type 3)",
    SERIES: "A series (type 8)",
    SCREEN_SHARE: "A screen-share meeting (type 10)",
}
# Zoom's OpenAPI description of an update by occurrence_id; it takes no notice of anything else.
_PER_OCCURRENCE = ("agenda", "start_time", "duration", "settings")
_SETTINGS_PER_OCCURRENCE = (
    "host_video",
    "participant_video",
    "join_before_host",
    "mute_upon_entry",
    "waiting_room",
    "watermark",
    "auto_recording",
)
_SETTINGS_FOR_CREATE = ("additional_data_center_regions", "show_join_info")
_SETTINGS_FOR_UPDATE = ("custom_keys",)


def meeting_body(
    topic: str,
    when: When | None,
    duration: int | str | None = None,
    *,
    type: int | None = None,
    agenda: str | None = None,
    passcode: str | None = None,
    default_password: bool | None = None,
    settings: Mapping[str, Any] | MeetingSettings | None = None,
    recurrence: Any = None,
    tracking_fields: TrackingFields | None = None,
    template_id: str | None = None,
    schedule_for: str | None = None,
    alternative_hosts: str | Iterable[str] | None = None,
    invitees: Iterable[str] | None = None,
    pre_schedule: bool | None = None,
    registration: str | None = None,
) -> dict[str, Any]:
    """Build the body that creates a meeting. Raises InvalidInputError naming the argument at fault.

    A single meeting's start goes out as an instant in UTC: that form cannot be misread, whereas a wall time depends on
    Zoom knowing the zone by the same name. `timezone` then says in which zone Zoom shows it. A series' start goes out
    as the time on the wall with its zone, so that it keeps that time when the clocks change.
    """
    kind = _kind(type, recurrence)
    body: dict[str, Any] = {"topic": check_topic(topic), "type": kind}
    if kind in {SCHEDULED, SERIES}:
        if when is None:
            raise InvalidInputError(f"{_KINDS[kind]} needs a start.", field="start")
        body.update(_start(when, series=kind == SERIES))
        body["duration"] = check_duration(60 if duration is None else duration)
    else:
        _refuse_given(kind, start=when, duration=duration)
    if recurrence is not None and when is not None:
        body["recurrence"] = series_body(recurrence, when)
    if agenda:
        body["agenda"] = check_agenda(agenda)
    if passcode is not None:
        body["password"] = check_passcode(passcode)
    if default_password is not None:
        body["default_password"] = check_flag(default_password, "default_password")
    body |= top_level(
        instant=kind == INSTANT,
        may_pre_schedule=kind in {SCHEDULED, UNFIXED},
        tracking_fields=tracking_fields,
        template_id=template_id,
        schedule_for=schedule_for,
        pre_schedule=pre_schedule,
    )
    own = own_arguments(alternative_hosts, invitees, registration)
    chosen = _settings(settings, own, kind=kind, misplaced=_SETTINGS_FOR_UPDATE, their_place="a meeting is updated")
    if chosen:
        body["settings"] = chosen
    return body


def changes_body(
    *,
    occurrence: str | None = None,
    topic: str | None = None,
    when: When | None = None,
    timezone: str | None = None,
    duration: int | str | None = None,
    type: int | None = None,
    agenda: str | None = None,
    passcode: str | None = None,
    settings: Mapping[str, Any] | MeetingSettings | None = None,
    recurrence: Any = None,
    series_starts: When | None = None,
    tracking_fields: TrackingFields | None = None,
    template_id: str | None = None,
    schedule_for: str | None = None,
    alternative_hosts: str | Iterable[str] | None = None,
    invitees: Iterable[str] | None = None,
    pre_schedule: bool | None = None,
    registration: str | None = None,
) -> dict[str, Any]:
    """Build the body that changes a meeting, or one `occurrence`: what is None is left out and so stays as it is.

    An empty `agenda` clears it. `series_starts` is when the series begins now, for a new `recurrence` without a new
    start. Raises InvalidInputError, also when there is nothing to change.
    """
    body: dict[str, Any] = {}
    if topic is not None:
        body["topic"] = check_topic(topic)
    if type is not None or recurrence is not None:
        body["type"] = _kind(type, recurrence)
    if when is not None:
        body.update(_start(when, series=recurrence is not None, zone=timezone is not None))
    elif timezone is not None:
        body["timezone"] = parse_zone(timezone).key
    if duration is not None:
        body["duration"] = check_duration(duration)
    if recurrence is not None:
        start = when or series_starts
        if start is None:
            raise InvalidInputError("A new recurrence needs the start of the series.", field="start")
        body["recurrence"] = series_body(recurrence, start)
    if agenda is not None:
        body["agenda"] = check_agenda(agenda)
    if passcode is not None:
        body["password"] = check_passcode(passcode)
    kind = body.get("type")
    body |= top_level(
        instant=kind == INSTANT,
        may_pre_schedule=kind in {None, SCHEDULED, UNFIXED},
        tracking_fields=tracking_fields,
        template_id=template_id,
        schedule_for=schedule_for,
        pre_schedule=pre_schedule,
    )
    own = own_arguments(alternative_hosts, invitees, registration)
    chosen = _settings(settings, own, kind=kind, misplaced=_SETTINGS_FOR_CREATE, their_place="a meeting is created")
    if chosen:
        body["settings"] = chosen
    if occurrence is not None:
        body = _for_occurrence(body)
    if not body:
        raise InvalidInputError("There is nothing to change.", hint="Name at least one field.")
    return body


def _kind(type: int | None, recurrence: Any) -> int:
    if type is None:
        return SCHEDULED if recurrence is None else SERIES
    if isinstance(type, bool) or type not in _KINDS:
        raise InvalidInputError(
            f"There is no type {tidy(repr(type), 20)} of meeting.",
            field="type",
            hint="1 instant, 2 scheduled, 3 recurring without fixed time, 8 a series, 10 screen share only.",
        )
    if recurrence is not None and type != SERIES:
        raise InvalidInputError(f"{_KINDS[type]} has no recurrence.", field="recurrence", hint="Use type 8.")
    return type


def _start(when: When, *, series: bool, zone: bool = True) -> dict[str, Any]:
    if series:
        if when.zone is None:
            raise InvalidInputError(
                "A series needs a time zone, not only an offset: offsets change with the clocks.",
                field="timezone",
                hint='Give one, such as timezone="Europe/Lisbon".',
            )
        return {"start_time": when.wall, "timezone": when.zone}
    return {"start_time": when.utc} | ({"timezone": when.zone} if when.zone is not None and zone else {})


def _refuse_given(kind: int, **values: Any) -> None:
    for field, value in values.items():
        if value is not None:
            raise InvalidInputError(
                f"{_KINDS[kind]} has no {field}; Zoom would take no notice of it.", field=field, hint="Leave it out."
            )


def _settings(
    settings: Mapping[str, Any] | MeetingSettings | None,
    own: Mapping[str, tuple[str, Any]],
    *,
    kind: int | None,
    misplaced: Sequence[str],
    their_place: str,
) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    if settings is not None and (not isinstance(settings, Mapping) or settings):
        # pydantic takes longer to load than a call: only who gives settings waits for it.
        from zoomlink.zoom.settings import settings_to_api

        chosen = settings_to_api(settings)
    for name in misplaced:
        if name in chosen:
            raise InvalidInputError(f"{name} can be set only when {their_place}.", field=f"settings.{name}")
    for name, (argument, value) in own.items():
        if name in chosen:
            raise InvalidInputError(
                f"{argument} and settings.{name} say the same thing twice.", field=argument, hint="Give one of them."
            )
        chosen[name] = value
    _check_settings_fit(kind, chosen)
    return chosen


def _check_settings_fit(kind: int | None, settings: Mapping[str, Any]) -> None:
    """Refuse what Zoom takes no notice of for this type of meeting; `kind` None means that it is not known."""
    if kind is None:
        return
    if "registration_type" in settings and kind != SERIES:
        raise InvalidInputError(
            "registration_type is for a series (type 8) only.", field="settings.registration_type", hint="Leave it out."
        )
    if settings.get("use_pmi") and kind not in {SCHEDULED, UNFIXED}:
        raise InvalidInputError(
            f"{_KINDS[kind]} cannot use the personal meeting id.", field="settings.use_pmi", hint="Leave use_pmi out."
        )
    if settings.get("join_before_host") and kind in {INSTANT, SCREEN_SHARE}:
        raise InvalidInputError(
            f"{_KINDS[kind]} starts with its host; nobody can join before.",
            field="settings.join_before_host",
            hint="Leave join_before_host out.",
        )
    if settings.get("approval_type") in {0, 1} and kind in {INSTANT, SCREEN_SHARE}:
        raise InvalidInputError(
            f"{_KINDS[kind]} has no registration.", field="settings.approval_type", hint="Use a scheduled meeting."
        )


def _for_occurrence(body: dict[str, Any]) -> dict[str, Any]:
    kept = dict(body)
    if "start_time" in kept:
        kept.pop("timezone", None)  # it said which instant is meant, and that is in start_time now
    names = {"password": "passcode"}
    for name in kept:
        if name not in _PER_OCCURRENCE:
            raise InvalidInputError(
                f"One occurrence cannot have its own {names.get(name, name)}.",
                field=names.get(name, name),
                hint="Leave it out, or change the whole series.",
            )
    for name in kept.get("settings", {}):
        if name not in _SETTINGS_PER_OCCURRENCE:
            raise InvalidInputError(
                f"One occurrence cannot have its own {name}.",
                field=f"settings.{name}",
                hint="It can have " + ", ".join(_SETTINGS_PER_OCCURRENCE) + ".",
            )
    return kept
