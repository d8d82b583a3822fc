"""What requests and answers look like, as models: for reading bodies strictly, and for the description of the API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from zoomlink.model import LinkState

__all__ = [
    "BATCH",
    "HOST",
    "HOST_FORM",
    "KEY_FORM",
    "LINK",
    "PROBLEM",
    "AvailabilityOut",
    "BatchOut",
    "BatchPage",
    "BusyOut",
    "HostOut",
    "HostPage",
    "LinkChange",
    "LinkOut",
    "LinkPageOut",
    "LinkRequestBody",
    "ProblemOut",
    "RowProblemOut",
    "StartUrlOut",
]

LINK: dict[str, Any] = {
    "id": "lnk_01m8ae38kk8x4473kgr02jc3z6",
    "key": "booking-4711",
    "state": "ready",
    "topic": "Guitar lesson",
    "start_time": "2031-12-01T21:24:00Z",
    "timezone": "America/Sao_Paulo",
    "duration": 60,
    "join_url": "https://us05web.zoom.us/j/81234567890?pwd=example",
    "passcode": "xY12AB",
    "meeting_id": 81234567890,
    "host": "alice@example.com",
    "created_at": "2031-06-04T18:00:00Z",
    "updated_at": "2031-06-04T18:00:01Z",
    "next_try_at": None,
    "warnings": [],
    "problem": None,
}
PROBLEM: dict[str, Any] = {
    "type": "/problems/no-host",
    "title": "No host is free",
    "status": 409,
    "detail": "alice@example.com is busy with another meeting from 18:00 to 19:00.",
    "hint": "The next time at which a host is free: 2031-12-01T19:00:00Z.",
    "busy": [],
    "next_free": "2031-12-01T19:00:00Z",
}
HOST: dict[str, Any] = {"host": "alice@example.com", "capacity": 1, "licensed": True, "writes_left": 97, "busy": []}
BATCH: dict[str, Any] = {
    "id": "bat_01m8ae38kk8x4473kgr02jc3z6",
    "name": "classes.csv",
    "state": "running",
    "rows": 300,
    "done": 120,
    "states": {"ready": 120, "planned": 180},
    "parked_until": None,
    "problems": [],
    "created_at": "2031-06-04T18:00:00Z",
}
_REQUEST: dict[str, Any] = {
    "topic": "Guitar lesson",
    "start": "2031-12-01T18:24",
    "timezone": "America/Sao_Paulo",
    "duration": 60,
}

Topic = Annotated[StrictStr, Field(min_length=1, max_length=200, description="What the meeting is called.")]
Start = Annotated[
    StrictStr,
    Field(
        min_length=3,
        max_length=64,
        description="When it starts: a date and a time in `timezone` (`2031-12-01T18:24`), ISO 8601 with `Z` or an "
        "offset, or `now`. A time that does not exist, exists twice or lies in the past is refused.",
        examples=["2031-12-01T18:24", "2031-12-01T21:24:00Z"],
    ),
]
Zone = Annotated[
    StrictStr,
    Field(min_length=1, max_length=64, description="IANA name of the zone.", examples=["America/Sao_Paulo"]),
]
Minutes = Annotated[StrictInt, Field(ge=1, le=1440, description="Minutes.")]
HOST_FORM = r"^[A-Za-z0-9@._+'=-]{1,128}$"
KEY_FORM = r"^[\x21-\x7e]{1,255}$"
"""What a host (an address or a user id) and a key look like."""
Host = Annotated[
    StrictStr,
    Field(pattern=HOST_FORM, description="E-mail address of the host; by default one of the pool."),
]
Passcode = Annotated[
    StrictStr,
    Field(pattern=r"^[A-Za-z0-9@*_!#$%&.+=?^-]{1,10}$", description="Zoom makes one where none is given."),
]
Agenda = Annotated[StrictStr, Field(max_length=2000, description="What it is about. The marker's line is added.")]
Things = Annotated[dict[str, Any], Field(max_length=200)]


class LinkRequestBody(BaseModel):
    """A link that is wanted."""

    model_config = ConfigDict(extra="forbid", title="LinkRequest", json_schema_extra={"examples": [_REQUEST]})

    topic: Topic
    start: Start
    timezone: Zone | None = None
    duration: Minutes = 60
    host: Host | None = None
    passcode: Passcode | None = None
    agenda: Agenda | None = None
    settings: Things | None = Field(None, description="Zoom's meeting settings, in Zoom's names.")
    recurrence: Things | None = Field(None, description="The rule of a series, in Zoom's names.")
    allow_overlap: StrictBool = Field(False, description="Also when the host has another meeting then.")
    callback: Annotated[StrictStr, Field(min_length=8, max_length=2000)] | None = Field(
        None,
        description="An https address that is told, signed, when the link is ready or has come to an end.",
        examples=["https://example.com/zoom-links"],
    )


_CHANGEABLE = ("topic", "start", "duration", "host", "passcode", "agenda", "settings", "recurrence")
"""One of them at least; the zone and whether it may overlap say more of these."""


def _left() -> Any:
    """What is not named; null is no value, and the description has none."""
    return None


class LinkChange(BaseModel):
    """What is to be changed of a link; what is not named stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"start": "2031-12-02T18:24", "duration": 45}],
            "anyOf": [{"required": [name]} for name in _CHANGEABLE],
        },
    )

    topic: Topic = Field(default_factory=_left)
    start: Start = Field(default_factory=_left)
    timezone: Zone = Field(default_factory=_left)
    duration: Minutes = Field(default_factory=_left)
    host: Host = Field(default_factory=_left)
    passcode: Passcode = Field(default_factory=_left)
    agenda: Agenda = Field(default_factory=_left)
    settings: Things = Field(default_factory=_left)
    recurrence: Things = Field(default_factory=_left)
    allow_overlap: StrictBool = False


class LinkOut(BaseModel):
    """A link: one request, one join URL, and its state."""

    model_config = ConfigDict(title="Link", json_schema_extra={"examples": [LINK]})

    id: Annotated[str, Field(pattern=r"^lnk_[0-9a-z]{26}$")]
    key: str = Field(description="The Idempotency-Key it was asked for with.")
    state: LinkState
    topic: str
    start_time: str = Field(description="The instant of the start, UTC.")
    timezone: str | None
    duration: int = Field(description="Minutes.")
    join_url: str | None = Field(description="For guests; null until the meeting exists.")
    passcode: str | None = Field(description="For guests.")
    meeting_id: int | None
    host: str
    created_at: str
    updated_at: str
    next_try_at: str | None = Field(description="When it goes on, while it is not ready.")
    warnings: list[str]
    problem: str | None = Field(description="What went wrong last, in words.")


class LinkPageOut(BaseModel):
    """Some links, in the order of their start."""

    model_config = ConfigDict(
        title="LinkPage", json_schema_extra={"examples": [{"items": [LINK], "next_cursor": None}]}
    )

    items: list[LinkOut]
    next_cursor: str | None = Field(description="Where the next page begins; null on the last one.")


class StartUrlOut(BaseModel):
    """The host's private entrance. It lives two hours: hand it to the host, store it nowhere."""

    model_config = ConfigDict(title="StartUrl")

    start_url: str


class BusyOut(BaseModel):
    """A time in which a host is busy."""

    model_config = ConfigDict(title="Busy")

    host: str
    start: str
    end: str
    link: str | None
    topic: str | None
    meeting_id: int | None


class HostOut(BaseModel):
    """A host of the pool."""

    model_config = ConfigDict(title="Host", json_schema_extra={"examples": [HOST]})

    host: str
    capacity: int = Field(description="Meetings it may run at once.")
    licensed: bool | None = Field(description="null: not known yet.")
    writes_left: int | None = Field(description="Meetings that can be made or changed today.")
    busy: list[BusyOut]


class HostPage(BaseModel):
    """All hosts of the pool."""

    items: list[HostOut]
    next_cursor: str | None = None


class AvailabilityOut(BaseModel):
    """Who is free at a time."""

    model_config = ConfigDict(
        title="Availability",
        json_schema_extra={"examples": [{"hosts": ["alice@example.com"], "busy": [], "next_free": None}]},
    )

    hosts: list[str] = Field(description="Who is free, in the order in which they would be chosen.")
    busy: list[BusyOut] = Field(description="What is in the way, where none is free.")
    next_free: str | None = Field(description="When one is free, where none is.")


class RowProblemOut(BaseModel):
    """What is in the way of one row."""

    model_config = ConfigDict(title="RowProblem")

    line: int = Field(description="Where the row stands in the file, from 1.")
    problem: str


class BatchOut(BaseModel):
    """A batch: many links from one file."""

    model_config = ConfigDict(title="Batch", json_schema_extra={"examples": [BATCH]})

    id: Annotated[str, Field(pattern=r"^bat_[0-9a-z]{26}$")] | None = Field(
        None, description="Not with `dry_run`: then nothing was stored."
    )
    name: str | None = None
    state: str | None = Field(None, description="`planned`, `running`, `done`, `cancelling` or `cancelled`.")
    rows: int | None = None
    done: int | None = Field(None, description="Links that need nothing more.")
    states: dict[str, int] | None = Field(None, description="How many links are in which state.")
    parked_until: str | None = Field(None, description="When those go on that wait for a new day.")
    problems: list[RowProblemOut] | None = None
    created_at: str | None = None
    plan: dict[str, Any] | None = Field(
        None, description="When it was uploaded: host and day of each row, clashes, and when it will be done."
    )


class BatchPage(BaseModel):
    """Batches, the newest first."""

    items: list[BatchOut]
    next_cursor: str | None = None


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(title="Problem", extra="allow", json_schema_extra={"examples": [PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    hint: str | None = None
    zoom_code: int | None = None
    tracking_id: str | None = None
