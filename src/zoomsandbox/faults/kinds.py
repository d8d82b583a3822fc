"""Every kind of fault in one table: its name, what it does, what can be chosen. Carrying it out is not done here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoomsandbox.faults import bodies, connections, errors, fields, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomsandbox.core.http import Exchange
    from zoomsandbox.faults.strike import Carry


@dataclass(frozen=True, slots=True)
class Argument:
    """Something that can be chosen about a fault. `low` and `high` bound a number; `choices` are all there are."""

    name: str
    default: Any
    says: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As ``GET /_sandbox/faults/kinds`` shows it."""
        told: dict[str, Any] = {"name": self.name, "default": self.default, "meaning": self.says}
        if self.low is not None:
            told["from"], told["to"] = self.low, self.high
        if self.choices:
            told["choices"] = list(self.choices)
        return told


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault.

    `route`: the requests it is about unless a rule says otherwise. `ends`: it decides the answer alone, so of several
    that strike one request the first such ends the row. `times`: how often, unless a rule says otherwise (None:
    always). `applies`: what a request must be besides, for the kind to make sense there.
    """

    name: str
    group: str
    says: str
    carry: Carry
    arguments: tuple[Argument, ...] = ()
    route: str = "*"
    ends: bool = True
    times: int | None = None
    applies: Callable[[Exchange, Mapping[str, Any]], bool] = lambda _exchange, _arguments: True

    def as_dict(self) -> dict[str, Any]:
        """As ``GET /_sandbox/faults/kinds`` shows it."""
        return {
            "kind": self.name,
            "group": self.group,
            "meaning": self.says,
            "route": self.route,
            "times": self.times,
            "arguments": [argument.as_dict() for argument in self.arguments],
        }


def _number(name: str, default: float, says: str, low: float, high: float) -> Argument:
    return Argument(name, default, says, low, high)


def _choice(name: str, default: str, says: str, choices: tuple[str, ...]) -> Argument:
    return Argument(name, default, says, choices=choices)


_WHILE = (
    _number("seconds", 1.0, "for how long, in real seconds", 0.0, 600.0),
    Argument("now", False, "begin when the rule is set, not with a request"),
)
_HANG = _number("seconds", 300.0, "until the connection is closed, in real seconds", 0.0, 3600.0)
_AT = _number("at", 10, "how many bytes are sent", 0, 10_000_000)
_BY = _number("by", 10, "by how many bytes", 1, 1_000_000)
_END = _choice("end", "close", "how the connection ends", ("close", "reset"))
_WHEN = _choice("when", "before", "before or after the commit", ("before", "after"))
_BODY = _choice("body", "json", "what the body is", errors.BODIES)
_STATUS = _number("status", 502, "the HTTP status", 200, 599)
_SOME_429 = (
    Argument("headers", True, "whether the headers that Zoom sends with it are there"),
    Argument("retry_after", "", "a Retry-After of your own: seconds, an HTTP date, an instant, or nonsense"),
    _number("status", 429, "the HTTP status", 200, 599),
    _number("code", 0, "the number in the body; 0: as Zoom has it", 0, 99_999),
)
_WHERE = _choice(
    "where",
    "lists",
    "lists: only in answers that are lists; everywhere: in every answer; stored: the meeting itself has lost it",
    fields.WHERE,
)
_LISTS = "meetings.list"

_TABLE = (
    # -- connections -------------------------------------------------------------------------------------------------
    Kind(
        "refuse-connection",
        "connection",
        "The request is broken off undone, all idle connections end, and for a while nobody listens.",
        connections.refuse_connection,
        _WHILE,
    ),
    Kind(
        "close-on-accept",
        "connection",
        "The request is broken off undone, and for a while new connections are accepted and closed at once.",
        connections.close_on_accept,
        _WHILE,
    ),
    Kind(
        "reset-before-commit",
        "connection",
        "The connection is reset (RST); nothing was done.",
        connections.before(lambda _: wire.silent("reset")),
    ),
    Kind(
        "reset-after-commit",
        "connection",
        "All is done, then the connection is reset (RST) without an answer.",
        connections.after(lambda _: wire.silent("reset")),
    ),
    Kind(
        "close-before-commit",
        "connection",
        "The connection is closed without an answer; nothing was done.",
        connections.before(lambda _: wire.silent("close")),
    ),
    Kind(
        "close-after-commit",
        "connection",
        "All is done, then the connection is closed without an answer.",
        connections.after(lambda _: wire.silent("close")),
    ),
    Kind(
        "hang-before-commit",
        "connection",
        "Nothing is done and nothing answered; in the end the connection is closed.",
        connections.before(lambda strike: wire.silent("close", strike["seconds"])),
        (_HANG,),
    ),
    Kind(
        "hang-after-commit",
        "connection",
        "All is done and nothing answered; in the end the connection is closed.",
        connections.after(lambda strike: wire.silent("close", strike["seconds"])),
        (_HANG,),
    ),
    Kind(
        "late-commit",
        "connection",
        "The answer, or none, comes first; what was asked is done later all the same.",
        connections.late_commit,
        (
            _number("delay", 60.0, "how much later, in seconds", 0.0, 1_000_000.0),
            _choice("clock", "sandbox", "whose seconds: the sandbox's clock, or real time", ("sandbox", "real")),
            _choice("answer", "504", "what the client gets first", connections.EARLY_ANSWERS),
        ),
    ),
    Kind("commit-twice", "connection", "All is done twice and answered once.", connections.commit_twice, ends=False),
    Kind(
        "close-after-answer",
        "connection",
        "The answer is right; then the connection is closed, though it was said to stay open.",
        connections.delivered(lambda _: wire.closed_after()),
    ),
    # -- the bytes of the answer -------------------------------------------------------------------------------------
    Kind(
        "cut-head",
        "bytes",
        "All is done; the answer ends within status line and headers.",
        connections.delivered(lambda strike: wire.cut(strike["at"], strike["end"], within_head=True)),
        (_number("at", 20, _AT.says, 0, 10_000_000), _END),
    ),
    Kind(
        "cut-body",
        "bytes",
        "All is done; the body ends after so many bytes, though more were promised.",
        connections.delivered(lambda strike: wire.cut(strike["at"], strike["end"])),
        (_AT, _END),
    ),
    Kind(
        "cut-chunked",
        "bytes",
        "All is done; the body comes in chunks and ends without the last one.",
        connections.delivered(lambda strike: wire.cut(strike["at"], strike["end"], chunked=True)),
        (_AT, _END),
    ),
    Kind(
        "content-length-too-large",
        "bytes",
        "All is done; Content-Length promises more than comes.",
        connections.delivered(lambda strike: wire.counted(lambda size: [size + strike["by"]])),
        (_BY,),
    ),
    Kind(
        "content-length-too-small",
        "bytes",
        "All is done; Content-Length promises less than comes.",
        connections.delivered(lambda strike: wire.counted(lambda size: [max(size - strike["by"], 0)])),
        (_BY,),
    ),
    Kind(
        "content-length-twice",
        "bytes",
        "All is done; there are two Content-Length headers and they differ.",
        connections.delivered(lambda strike: wire.counted(lambda size: [size, size + strike["by"]])),
        (_BY,),
    ),
    Kind(
        "drip",
        "bytes",
        "All is done; the answer comes byte by byte, and ends unfinished when the time is over.",
        connections.delivered(lambda strike: wire.dripped(strike["bytes_per_second"], strike["seconds"])),
        (
            _number("bytes_per_second", 2.0, "how fast", 0.1, 10_000_000.0),
            _number("seconds", 600.0, "for how long at most, in real seconds", 0.1, 3600.0),
        ),
    ),
    Kind(
        "huge-header",
        "bytes",
        "All is done; one header of the answer is very long.",
        bodies.huge_header,
        (_number("kilobytes", 200, "how long", 1, 16_384),),
        ends=False,
    ),
    Kind(
        "huge-body",
        "bytes",
        "All is done; blanks follow the JSON, as JSON allows, without end.",
        bodies.huge_body,
        (_number("megabytes", 64, "how many", 1, 4096),),
    ),
    Kind(
        "gzip-bomb",
        "bytes",
        "All is done; the answer is small, and very large once unpacked.",
        bodies.gzip_bomb,
        (_number("megabytes", 64, "how large", 1, 1024),),
    ),
    Kind(
        "odd-encoding",
        "bytes",
        "All is done; the answer's bytes are not what its type says.",
        bodies.odd_encoding,
        (_choice("encoding", "utf-16", "which", tuple(bodies.ENCODINGS)),),
        ends=False,
    ),
    Kind(
        "odd-json",
        "bytes",
        "All is done; the answer is JSON of an unusual sort, or none.",
        bodies.odd_json,
        (_choice("change", "nan", "which", tuple(bodies.ODD_JSON)),),
        ends=False,
    ),
    Kind(
        "garbage",
        "bytes",
        "All is done; what comes is not HTTP.",
        connections.after(lambda _: wire.bytes_only(bodies.GARBAGE)),
    ),
    Kind(
        "informational-first",
        "bytes",
        "All is done; an answer of the class 1xx comes before the real one.",
        connections.delivered(lambda strike: wire.bytes_first(f"HTTP/1.1 {strike['status']} Wait\r\n\r\n".encode())),
        (_number("status", 103, "its status", 100, 199),),
    ),
    # -- server errors and what stands in between --------------------------------------------------------------------
    *(
        Kind(
            f"{status}-{'after' if commit else 'before'}-commit",
            "server error",
            f"{status}, and {'all is done' if commit else 'nothing was done'}.",
            errors.server_error(status, commit=commit),
            (_BODY,),
        )
        for status in (500, 502, 503, 504)
        for commit in (False, True)
    ),
    Kind("html-page", "server error", "An HTML page with any status.", errors.page("html"), (_STATUS, _WHEN)),
    Kind("xml-page", "server error", "An XML document with any status.", errors.page("xml"), (_STATUS, _WHEN)),
    Kind(
        "redirect",
        "server error",
        "A redirect.",
        errors.redirect,
        (
            _number("status", 302, "which", 300, 308),
            Argument("to", "https://elsewhere.example/", "where to"),
            _WHEN,
        ),
    ),
    # -- limits ------------------------------------------------------------------------------------------------------
    Kind(
        "429-per-second", "limit", "Zoom's refusal of too many calls a second.", errors.limit("per-second"), _SOME_429
    ),
    Kind("429-daily", "limit", "Zoom's refusal when the account's day is used up.", errors.limit("daily"), _SOME_429),
    Kind(
        "429-host-daily",
        "limit",
        "Zoom's refusal of the 101st create or update for one host on one day.",
        errors.limit("host-daily"),
        _SOME_429,
    ),
    Kind(
        "429-concurrent",
        "limit",
        "Zoom's refusal when another write on the same user is under way.",
        errors.limit("concurrent"),
        _SOME_429,
    ),
    # -- tokens ------------------------------------------------------------------------------------------------------
    Kind(
        "401-once",
        "token",
        "The bearer token is refused, once unless `times` says more.",
        errors.unauthorised,
        (_choice("message", "expired", "which of Zoom's sentences", ("expired", "invalid")),),
        route="/**",
        times=1,
    ),
    Kind(
        "token-refused",
        "token",
        "The token endpoint refuses, in its own form.",
        errors.token_refused,
        (
            _number("status", 400, "the HTTP status", 400, 599),
            Argument("error", "invalid_client", "the member `error`"),
            Argument("reason", "Invalid client_id or client_secret", "the member `reason`"),
        ),
        route="token",
    ),
    Kind(
        "altered-token",
        "token",
        "One thing in the token's answer is odd.",
        fields.altered_token,
        (_choice("change", "no-expires-in", "which", tuple(fields.TOKEN_ALTERATIONS)),),
        route="token",
        ends=False,
    ),
    Kind(
        "slow-token",
        "token",
        "The token takes its time.",
        connections.wait_seconds,
        (_number("seconds", 5.0, "how long, in real seconds", 0.0, 600.0),),
        route="token",
        ends=False,
    ),
    # -- lists -------------------------------------------------------------------------------------------------------
    Kind(
        "list-lag",
        "list",
        "A new meeting is not in lists yet.",
        fields.list_lag,
        (_number("seconds", 30.0, "for how long after its creation, on the sandbox's clock", 0.0, 1_000_000.0),),
        route="/**",
        ends=False,
        applies=fields.is_list,
    ),
    Kind(
        "page-fails",
        "list",
        "A page after the first cannot be had; nth 1 is page 2.",
        errors.page_fails,
        (_number("status", 500, "the HTTP status", 400, 599),),
        route=_LISTS,
        applies=fields.later_page,
    ),
    Kind(
        "page-token-expired",
        "list",
        "The page token has expired when it is used.",
        errors.page_token_expired,
        route=_LISTS,
        applies=fields.later_page,
    ),
    Kind(
        "page-token-forever",
        "list",
        "Every page is the first one and names the same next page, without end.",
        fields.page_token_forever,
        route=_LISTS,
        ends=False,
    ),
    # -- what answers say --------------------------------------------------------------------------------------------
    Kind(
        "agenda-stripped",
        "content",
        "Agendas are empty.",
        fields.agenda_stripped,
        (_WHERE,),
        route="meetings.*",
        ends=False,
        applies=fields.shows_agenda,
    ),
    Kind(
        "agenda-edited",
        "content",
        "Agendas read otherwise.",
        fields.agenda_edited,
        (_WHERE, Argument("to", "Edited by a person.", "the new text; {agenda} stands for the old one")),
        route="meetings.*",
        ends=False,
        applies=fields.shows_agenda,
    ),
    Kind(
        "altered-answer",
        "content",
        "A meeting is made as asked, and the answer says something else.",
        fields.altered_answer,
        (
            Argument("change", "", "which; empty: only `set` and `remove`", choices=("", *fields.ALTERATIONS)),
            Argument("set", {}, "members of the answer, and what they become"),
            Argument("remove", [], "members of the answer that go"),
        ),
        route="meetings.create",
        ends=False,
    ),
    # -- time --------------------------------------------------------------------------------------------------------
    Kind(
        "latency",
        "time",
        "The answer comes later: by `ms`, or by chance between `ms` and `most_ms`.",
        connections.wait,
        (
            _number("ms", 1000.0, "milliseconds, real time", 0.0, 600_000.0),
            _number("most_ms", 0.0, "the upper end, when chance decides", 0.0, 600_000.0),
        ),
        ends=False,
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
