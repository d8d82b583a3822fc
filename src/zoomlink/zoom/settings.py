"""A meeting's settings as a strict model: every setting Zoom has, its type, its limits, and which exclude each other.

Loaded only when settings are given, since pydantic takes longer to load than a call to Zoom. Answers are not read with
it: those bend. Facts: https://developers.zoom.us/docs/api/meetings/ (create a meeting).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.settings_errors import ClashError, as_input_error

__all__ = [
    "AuthenticationException",
    "BreakoutRoom",
    "BreakoutRooms",
    "ContinuousChat",
    "CountryRule",
    "CustomKey",
    "Interpreter",
    "Interpreters",
    "Invitee",
    "MeetingSettings",
    "QuestionAndAnswer",
    "Resource",
    "SignInterpreter",
    "SignInterpreters",
    "VideoChannel",
    "VideoManagement",
    "WaitingRoomOptions",
    "settings_to_api",
]

_Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@;,]+@[^\s@;,]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _check_kind(cls, value: object, info: ValidationInfo) -> object:
        """Refuse what compares equal to a number without being one, and text that no screen can show."""
        if isinstance(value, bool | float) and info.field_name is not None:
            choices = [kind for kind in _kinds(cls.model_fields[info.field_name].annotation) if kind is int]
            return repr(value) if choices else value
        if isinstance(value, str) and any(_unfit(char) for char in value):
            raise PydanticCustomError("control_character", "holds a control character")
        return value


def _kinds(annotation: Any) -> Iterator[type]:
    """The types of the values a field lists one by one: int for Literal[0, 1, 2]."""
    for one in get_args(annotation):
        if get_origin(annotation) is Literal:
            yield type(one)
        else:
            yield from _kinds(one)


def _unfit(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\r\t"


class WaitingRoomOptions(_Strict):
    """Who waits, where the meeting has a waiting room."""

    mode: Literal["follow_setting", "custom"]
    """``follow_setting``: as the account has it; ``custom``: as said here."""
    who_goes_to_waiting_room: (
        Literal[
            "everyone",
            "users_not_in_account",
            "users_not_in_account_or_whitelisted_domains",
            "users_not_on_invite",
            "users_not_in_org",
        ]
        | None
    ) = None


class Invitee(_Strict):
    """A person who is invited."""

    email: _Email


class AuthenticationException(_Strict):
    """A guest who need not sign in; Zoom's answer has their own link."""

    email: _Email
    name: str | None = None


class CountryRule(_Strict):
    """From which countries people may join."""

    enable: bool | None = None
    method: Literal["approve", "deny"] | None = None
    """Whether `approved_list` or `denied_list` counts."""
    approved_list: list[str] | None = None
    denied_list: list[str] | None = None


class BreakoutRoom(_Strict):
    """One breakout room made in advance."""

    name: str
    participants: list[str] | None = None
    """E-mail addresses."""


class BreakoutRooms(_Strict):
    """Breakout rooms made in advance."""

    enable: bool | None = None
    rooms: list[BreakoutRoom] | None = None


class ContinuousChat(_Strict):
    """The chat that lives on before and after the meeting."""

    enable: bool | None = None
    auto_add_invited_external_users: bool | None = None
    """Deprecated by Zoom."""
    auto_add_meeting_participants: bool | None = None
    """Deprecated by Zoom."""


class QuestionAndAnswer(_Strict):
    """Questions during the meeting."""

    enable: bool | None = None
    allow_submit_questions: bool | None = None
    allow_anonymous_questions: bool | None = None
    question_visibility: Literal["answered", "all"] | None = None
    attendees_can_comment: bool | None = None
    attendees_can_upvote: bool | None = None


class Interpreter(_Strict):
    """An interpreter, and between which languages."""

    email: _Email
    interpreter_languages: str | None = None
    """Two languages separated by a comma: ``English,French``."""
    languages: str | None = None
    """Two country codes, ``US,FR``. Deprecated by Zoom."""


class Interpreters(_Strict):
    """Interpreters for spoken languages."""

    enable: bool | None = None
    interpreters: list[Interpreter] | None = None


class SignInterpreter(_Strict):
    """An interpreter for a sign language."""

    email: _Email
    sign_language: str | None = None


class SignInterpreters(_Strict):
    """Interpreters for sign languages."""

    enable: bool | None = None
    interpreters: list[SignInterpreter] | None = None


class VideoChannel(_Strict):
    """A channel of Zoom's video management."""

    channel_id: str
    name: str | None = None


class VideoManagement(_Strict):
    """Whether recordings are put into video management."""

    enable: bool
    channels: Annotated[list[VideoChannel], Field(max_length=5)] | None = None


class Resource(_Strict):
    """A whiteboard that belongs to the meeting."""

    resource_type: Literal["whiteboard"]
    resource_id: str
    permission_level: Literal["editor", "commenter", "viewer"] | None = None


class CustomKey(_Strict):
    """A key of one's own on the meeting."""

    key: Annotated[str, Field(max_length=64)]
    value: Annotated[str, Field(max_length=256)]


class MeetingSettings(_Strict):
    """Settings of a meeting, in Zoom's own names; what is left out is decided by the host's own settings.

    Raises InvalidInputError with `field` ``settings.<name>`` for an unknown name, a wrong type, a value Zoom does not
    take, and settings that exclude each other.
    """

    # Who comes in, and when ------------------------------------------------------------------------------------
    join_before_host: bool | None = None
    """Guests may meet before the host comes. Not with a waiting room."""
    jbh_time: Literal[0, 5, 10, 15] | None = None
    """Minutes before the start from which they may; 0 is at any time."""
    waiting_room: bool | None = None
    """Guests wait until the host lets them in. Switches `join_before_host` off."""
    waiting_room_options: WaitingRoomOptions | None = None
    meeting_authentication: bool | None = None
    """Only people who are signed in may join."""
    authentication_option: str | None = None
    """Id of the way to sign in, from the user's settings."""
    authentication_domains: str | None = None
    """Domains people must be signed in from, separated by commas."""
    authentication_exception: list[AuthenticationException] | None = None
    """Guests who need not sign in."""
    approved_or_denied_countries_or_regions: CountryRule | None = None
    use_pmi: bool | None = None
    """Use the host's personal meeting id: all such meetings share one link."""
    private_meeting: bool | None = None
    internal_meeting: bool | None = None
    """For people of the account alone."""

    # Hosts, guests and mail ------------------------------------------------------------------------------------
    alternative_hosts: str | None = None
    """Users who may start the meeting too: e-mail addresses or ids, separated by semicolons; a list will do."""
    alternative_hosts_email_notification: bool | None = None
    alternative_host_update_polls: bool | None = None
    alternative_host_manage_meeting_summary: bool | None = None
    alternative_host_manage_cloud_recording: bool | None = None
    email_notification: bool | None = None
    """Zoom mails alternative hosts and schedulers."""
    meeting_invitees: list[Invitee] | None = None
    contact_name: str | None = None
    contact_email: _Email | None = None
    calendar_type: Literal[1, 2] | None = None
    """1 Outlook, 2 Google Calendar."""
    push_change_to_calendar: bool | None = None

    # Registration ----------------------------------------------------------------------------------------------
    approval_type: Literal[0, 1, 2] | None = None
    """0 registration, approved at once; 1 registration, approved by the host; 2 none. Needs a licensed host."""
    registration_type: Literal[1, 2, 3] | None = None
    """For a series: 1 register once for all dates, 2 for each date, 3 once for chosen dates."""
    registrants_confirmation_email: bool | None = None
    registrants_email_notification: bool | None = None
    close_registration: bool | None = None
    """Close registration after the meeting's date."""
    show_share_button: bool | None = None
    show_join_info: bool | None = None
    """Only when a meeting is created."""
    allow_multiple_devices: bool | None = None
    email_in_attendee_report: bool | None = None

    # Sound and picture -----------------------------------------------------------------------------------------
    host_video: bool | None = None
    participant_video: bool | None = None
    disable_participant_video: bool | None = None
    mute_upon_entry: bool | None = None
    request_permission_to_unmute_participants: bool | None = None
    """Not with `allow_host_control_participant_mute_state`."""
    allow_host_control_participant_mute_state: bool | None = None
    audio: Literal["both", "telephony", "voip", "thirdParty"] | None = None
    audio_conference_info: Annotated[str, Field(max_length=2048)] | None = None
    """How to dial in, where `audio` is ``thirdParty``."""
    global_dial_in_countries: list[str] | None = None
    """Country codes whose telephone numbers are shown."""
    host_save_video_order: bool | None = None
    focus_mode: bool | None = None
    watermark: bool | None = None
    device_testing: bool | None = None
    participant_focused_meeting: bool | None = None

    # Recording and AI Companion --------------------------------------------------------------------------------
    auto_recording: Literal["local", "cloud", "none"] | None = None
    auto_add_recording_to_video_management: VideoManagement | None = None
    auto_start_meeting_summary: bool | None = None
    who_will_receive_summary: Literal[1, 2, 3, 4] | None = None
    """1 host; 2 host, co-hosts, alternative hosts; 3 those and invited people of the account; 4 all invited people."""
    auto_start_ai_companion_questions: bool | None = None
    who_can_ask_questions: Literal[1, 2, 3, 4, 5] | None = None
    """1 all who were there from when they joined; 2 all from the beginning; 3 host, co-hosts, alternative hosts; 4
    those and invited people of the account; 5 those and all invited people."""
    summary_template_id: str | None = None

    # The rest --------------------------------------------------------------------------------------------------
    encryption_type: Literal["enhanced_encryption", "e2ee"] | None = None
    """``e2ee`` rules out cloud recording, telephones and room systems."""
    additional_data_center_regions: list[str] | None = None
    """Only when a meeting is created."""
    breakout_room: BreakoutRooms | None = None
    continuous_meeting_chat: ContinuousChat | None = None
    question_and_answer: QuestionAndAnswer | None = None
    language_interpretation: Interpreters | None = None
    """At most 20 interpreters."""
    sign_language_interpretation: SignInterpreters | None = None
    """At most 20 interpreters."""
    resources: list[Resource] | None = None
    custom_keys: Annotated[list[CustomKey], Field(max_length=10)] | None = None
    """Only when a meeting is updated."""
    cn_meeting: bool | None = None
    """Deprecated by Zoom."""
    in_meeting: bool | None = None
    """Deprecated by Zoom."""

    if not TYPE_CHECKING:  # type checkers derive the signature from the fields

        def __init__(self, /, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise as_input_error(error, type(self)) from None

    @field_validator("alternative_hosts", mode="before")
    @classmethod
    def _join_hosts(cls, value: object) -> object:
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return ";".join(one.strip() for one in value)
        return value

    @model_validator(mode="after")
    def _check_clashes(self) -> MeetingSettings:
        for interpreters in ("language_interpretation", "sign_language_interpretation"):
            people = getattr(self, interpreters)
            if people is not None and len(people.interpreters or ()) > 20:
                raise ClashError(
                    interpreters,
                    f"A meeting takes at most 20 interpreters, not {len(people.interpreters)}.",
                    "Name fewer.",
                )
        if self.waiting_room and self.join_before_host:
            raise ClashError(
                "join_before_host",
                "waiting_room and join_before_host exclude each other: who waits cannot come in before the host.",
                "Switch one of them off.",
            )
        if self.request_permission_to_unmute_participants and self.allow_host_control_participant_mute_state:
            raise ClashError(
                "request_permission_to_unmute_participants",
                "request_permission_to_unmute_participants and allow_host_control_participant_mute_state "
                "exclude each other.",
                "Switch one of them off.",
            )
        if self.encryption_type == "e2ee" and self.auto_recording == "cloud":
            raise ClashError(
                "auto_recording",
                "A meeting with end-to-end encryption (e2ee) cannot be recorded in the cloud.",
                "Record locally, or use enhanced_encryption.",
            )
        if self.encryption_type == "e2ee" and self.audio in {"telephony", "thirdParty"}:
            raise ClashError(
                "audio",
                "A meeting with end-to-end encryption (e2ee) cannot be joined by telephone.",
                "Use voip, or enhanced_encryption.",
            )
        return self

    def to_api(self) -> dict[str, Any]:
        """Return Zoom's ``settings`` object: what was given, and nothing else."""
        return self.model_dump(mode="json", exclude_none=True)


def settings_to_api(settings: Mapping[str, Any] | MeetingSettings) -> dict[str, Any]:
    """Check settings, given as a model or as a mapping, and return Zoom's object. Raises InvalidInputError."""
    if isinstance(settings, MeetingSettings):
        return settings.to_api()
    if not isinstance(settings, Mapping):
        raise InvalidInputError(
            f"settings is a {type(settings).__name__}.",
            field="settings",
            hint='Give MeetingSettings, or a mapping such as {"waiting_room": True}.',
        )
    return MeetingSettings(**{str(name): value for name, value in settings.items()}).to_api()
