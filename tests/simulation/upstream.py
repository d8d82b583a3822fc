"""A model of Zoom for simulations, and the judge's own ledger. It shares no code with zoomlink nor with zoomsandbox.

A request is taken apart into an effect (what Zoom does, and when) and an answer (what is heard of it, and when); a
fault is a table's row that says how the two part ways. Nothing here knows what the product ought to do.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from zoomlink.errors import TransportError
from zoomlink.zoom.flow import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from zoomlink.zoom.flow import Request

__all__ = ["API", "EPOCH", "KINDS", "OWNER", "Exchange", "Made", "Upstream", "Weather"]

EPOCH = datetime(2031, 6, 4, 18, 0, tzinfo=UTC)
API = "https://api.zoom.us"
OWNER = "host0@example.com"
LABEL = re.compile(r"Booking (\d+)\b")


@dataclass(frozen=True, slots=True)
class Weather:
    """How badly things go: probabilities, and spans in seconds."""

    faults: float = 0.30
    """Of all requests."""
    crash: float = 0.03
    """Of a process, at each of its steps."""
    late: float = 60.0
    """What Zoom does after its answer was lost, it does within this span ..."""
    later: float = 60.0
    """... or, one time in five, within this one."""
    lag: float = 5.0
    """For so long a list may not show a new meeting."""
    stall: float = 0.0
    """Of a process, at each of its steps: it stands still for up to two minutes."""
    skew: float = 0.0
    """Zoom's clock is ahead of ours or behind it by so much."""
    refusals: float = 0.01
    """Of creates: Zoom says no, and would say yes another time."""
    page: int = 7
    """Entries on a page of a list."""


class Kind(NamedTuple):
    """One way in which an exchange can go wrong."""

    effect: str
    """``never``; ``done`` before the answer; ``late``, after it."""
    answer: str
    """The name of an answer, below."""
    certain: bool = False
    """True when whoever hears the answer knows that nothing was done."""


KINDS: dict[str, Kind] = {
    **{
        f"{answer} {effect}": Kind(effect, answer)
        for answer in ("500", "502", "503", "504", "reset", "timeout")
        for effect in ("never", "done", "late")
    },
    **{f"{answer} {effect}": Kind(effect, answer) for answer in ("408", "307") for effect in ("never", "done")},
    "cut": Kind("done", "cut"),
    "garbled": Kind("done", "garbled"),
    "page 200": Kind("done", "page 200"),
    "page 201": Kind("done", "page 201"),
    "page 403": Kind("never", "page 403"),
    "without id": Kind("done", "without id"),
    "foreign link": Kind("done", "foreign link"),
    "success refused": Kind("never", "success refused"),
    "429 second": Kind("never", "429 second", certain=True),
    "429 wait": Kind("never", "429 wait", certain=True),
    "429 concurrent": Kind("never", "429 concurrent", certain=True),
    "401": Kind("never", "401", certain=True),
    "connection refused": Kind("never", "connection refused", certain=True),
}
WRITES = {name: kind for name, kind in KINDS.items() if name != "success refused"}
"""For what may be repeated: there a 2xx is believed."""
DAILY: dict[str, Kind] = {
    "429 host day": Kind("never", "429 host day", certain=True),
    "429 account day": Kind("never", "429 account day", certain=True),
}
SCRIPTED: dict[str, Kind] = {"400": Kind("never", "400", certain=True)}
"""Only where a script says so: by chance, Zoom says no at the rate of the weather."""
READS: dict[str, Kind] = {
    name: Kind("done", name)
    for name in ("500", "502", "503", "reset", "timeout", "408", "307", "cut", "garbled", "page 200", "page 403")
} | {
    name: Kind("never", name)
    for name in ("empty object", "429 second", "429 wait", "401", "connection refused", "token expired")
}


@dataclass(slots=True)
class Made:
    """One meeting that exists, or existed."""

    number: int
    id: int
    label: int
    """Whose it is, by its agenda."""
    host: str
    body: dict[str, Any]
    at: float
    listed_at: float
    stamp: str
    """When it was made, by Zoom's clock."""
    deleted_at: float | None = None
    deleted_by: str = ""

    @property
    def live(self) -> bool:
        return self.deleted_at is None

    @property
    def join_url(self) -> str:
        return f"https://us05web.zoom.us/j/{self.id}?pwd=p{self.number}"

    def answer(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "uuid": f"uuid-{self.number}",
            "host_email": self.host,
            "status": "waiting",
            "created_at": self.stamp,
            "join_url": self.join_url,
            "password": f"pass{self.number}",
            "settings": {"waiting_room": True},
            **self.body,
        }

    def entry(self) -> dict[str, Any]:
        left_out = {"password", "settings", "status", "host_email"}
        answer = {name: value for name, value in self.answer().items() if name not in left_out}
        return {**answer, "agenda": str(answer.get("agenda", ""))[:250]}


@dataclass(slots=True)
class Post:
    """One create that left a process."""

    sent: float
    certain: bool = False
    heard: float | None = None
    """When its answer was delivered to a living process."""
    cleared: bool = False


class Walk(NamedTuple):
    """A list that was read to its end."""

    began: float
    ended: float


@dataclass(slots=True)
class Exchange:
    """A request on its way: what is done after which span, and what is heard of it after which."""

    what: str
    effect_after: float | None
    answer_after: float
    effect: Callable[[float], None]
    answer: Callable[[float], Response | TransportError]


@dataclass(slots=True)
class Upstream:
    """Zoom, with its weather."""

    rng: Random
    weather: Weather
    say: Callable[[str], None]
    daily: bool = True
    script: dict[str, list[str | None]] | None = None
    """Instead of chance: what goes wrong with each request in turn, by operation."""
    made: dict[int, Made] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    posts: dict[int, list[Post]] = field(default_factory=dict)
    walks: dict[str, list[Walk]] = field(default_factory=dict)
    blind: list[str] = field(default_factory=list)
    """Creates that were sent although an earlier one might have been done and nobody had looked since."""
    _begun: dict[str, tuple[str, float, int]] = field(default_factory=dict)
    _ahead: float = 0.0

    def __post_init__(self) -> None:
        self._ahead = self.rng.uniform(-self.weather.skew, self.weather.skew)

    def of(self, label: int) -> list[Made]:
        """All meetings that were ever made for a label, in order."""
        return [one for one in self.made.values() if one.label == label]

    def by_person(self, meeting: int, now: float) -> None:
        """A person deletes a meeting on Zoom's page."""
        self._delete(meeting, now, "person")

    def exchange(self, request: Request, timeout: float, now: float) -> Exchange:
        """Take a request in."""
        url = urlsplit(request.url)
        path, query = url.path.removeprefix("/v2"), {name: value[0] for name, value in parse_qs(url.query).items()}
        parts = path.strip("/").split("/")
        operation = f"{request.method} {parts[0]}{'/meetings' if len(parts) == 3 else ''}"
        self.calls[operation] += 1
        if operation == "POST users/meetings":
            return self._create(_address(parts[1]), json.loads(request.body), timeout, now)
        if operation == "GET users/meetings":
            return self._list(_address(parts[1]), query, timeout, now)
        if operation == "GET users":
            user = {"id": parts[1], "email": _address(parts[1]), "type": 2, "status": "active"}
            return self._other(operation, lambda at: answer(200, user), timeout)
        number = int(parts[1])
        if operation == "GET meetings":
            return self._other(operation, lambda at: self._get(number, at), timeout)
        if operation == "DELETE meetings":
            return self._other(operation, lambda at: self._delete(number, at, "us"), timeout, writes=True)
        if operation == "PATCH meetings":
            body = json.loads(request.body)
            return self._other(operation, lambda at: self._patch(number, body), timeout, writes=True)
        if operation == "GET past_meetings":
            return self._other(operation, lambda at: _NO_MEETING, timeout)
        raise AssertionError(f"the model of Zoom knows nothing of {request.method} {path}")

    # -- operations ----------------------------------------------------------------------------------------------------

    def _create(self, host: str, body: dict[str, Any], timeout: float, now: float) -> Exchange:
        found = LABEL.search(body.get("agenda", ""))
        assert found is not None
        label = int(found[1])
        self._check_blind(label, host, now)
        post = Post(now)
        self.posts.setdefault(label, []).append(post)
        kind = self._kind("POST", KINDS, DAILY if self.daily else None)
        refuse = kind is None and self.script is None and self.rng.random() < self.weather.refusals

        def effect(at: float) -> Response:
            if refuse:
                self.refused[label] += 1
                return answer(400, {"code": 300, "message": "Validation Failed."})
            number = len(self.made) + 1
            lag = self.rng.uniform(0, self.weather.lag) if self.rng.random() < 0.5 else 0.0
            identity = 80_000_000_000 + number * 7_919 + self.rng.randrange(7_919)
            made = Made(number, identity, label, host, body, at, at + lag, stamp(at + self._ahead))
            self.made[made.id] = made
            self.say(f"Zoom makes {made.id} for {label}")
            return answer(201, made.answer())

        def heard(at: float) -> None:
            post.heard = at
            post.certain = refuse or (kind is not None and kind.certain)

        return self._exchange("POST", kind, effect, timeout, heard)

    def _check_blind(self, label: int, host: str, now: float) -> None:
        for number, post in enumerate(self.posts.get(label, ())):
            if post.cleared or (post.heard is not None and post.certain):
                continue
            since = post.sent if post.heard is None else post.heard
            post.cleared = any(walk.began >= since and walk.ended <= now for walk in self.walks.get(host, ()))
            if not post.cleared:
                self.blind.append(f"{label}: sent again at {now:.3f}, number {number + 1} went at {post.sent:.3f}")

    def _list(self, host: str, query: dict[str, str], timeout: float, now: float) -> Exchange:
        token = query.get("next_page_token")
        kind = self._kind("LIST", READS, None)
        if kind is not None and kind.answer == "token expired" and token is None:
            kind = READS["503"]
        ended: list[float] = []

        def effect(at: float) -> Response:
            began, after = at, 0
            if token is not None:
                _, began, after = self._begun[token]
            rows = [one for one in self.made.values() if one.host == host and one.live and one.listed_at <= at]
            rows = [one for one in rows if one.number > after]
            page = rows[: self.weather.page]
            body: dict[str, Any] = {"page_size": 300, "meetings": [one.entry() for one in page]}
            if len(rows) > len(page):
                following = f"walk-{len(self._begun) + 1}"
                self._begun[following] = (host, began, page[-1].number)
                body["next_page_token"] = following
            elif kind is None:
                ended.append(began)
            return answer(200, body)

        def heard(at: float) -> None:
            if ended:
                self.walks.setdefault(host, []).append(Walk(ended[0], at))

        return self._exchange("LIST", kind, effect, timeout, heard)

    def _get(self, number: int, now: float) -> Response:
        found = self.made.get(number)
        return _NO_MEETING if found is None or not found.live else answer(200, found.answer())

    def _delete(self, number: int, now: float, by: str) -> Response:
        found = self.made.get(number)
        if found is None or not found.live:
            return _NO_MEETING
        found.deleted_at, found.deleted_by = now, by
        self.say(f"Zoom deletes {number} of {found.label} ({by})")
        return Response(204, {}, b"")

    def _patch(self, number: int, body: dict[str, Any]) -> Response:
        found = self.made.get(number)
        if found is None or not found.live:
            return _NO_MEETING
        found.body = {**found.body, **body}
        return Response(204, {}, b"")

    def _other(
        self, operation: str, effect: Callable[[float], Response], timeout: float, *, writes: bool = False
    ) -> Exchange:
        kind = self._kind(operation, WRITES if writes else READS, None)
        if kind is not None and kind.answer == "token expired":
            kind = READS["503"]
        return self._exchange(operation, kind, effect, timeout, None)

    # -- faults --------------------------------------------------------------------------------------------------------

    def _kind(self, operation: str, kinds: dict[str, Kind], rare: dict[str, Kind] | None) -> Kind | None:
        if self.script is not None:
            coming = self.script.get(operation.split(maxsplit=1)[0], [])
            name = coming.pop(0) if coming else None
            return None if name is None else (kinds | DAILY | SCRIPTED)[name]
        if self.rng.random() >= self.weather.faults:
            return None
        if rare and self.rng.random() < 0.02:
            kinds = rare
        name = self.rng.choice(list(kinds))
        self.faults[f"{operation.split(maxsplit=1)[0]} {name}"] += 1
        return kinds[name]

    def _exchange(
        self,
        what: str,
        kind: Kind | None,
        effect: Callable[[float], Response],
        timeout: float,
        heard: Callable[[float], None] | None,
    ) -> Exchange:
        rng = self.rng
        span = rng.uniform(1, 40) if rng.random() < 0.03 else rng.uniform(0.05, 0.6)
        box: list[Response] = []

        def carry_out(at: float) -> None:
            box.append(effect(at))

        name = "" if kind is None else kind.answer
        if name == "timeout":
            span = timeout
        effect_after: float | None = span / 2
        if kind is not None and kind.effect == "never":
            effect_after = None
        elif kind is not None and kind.effect == "late":
            most = self.weather.later if rng.random() < 0.2 else self.weather.late
            effect_after = span + rng.uniform(0, most)
        after = min(span, timeout)

        def tell(at: float) -> Response | TransportError:
            if heard is not None:
                heard(at)
            if span > timeout or name == "timeout":
                return TransportError("Zoom did not answer in time.", sent=True)
            return distorted(name, box[0] if box else None, rng, EPOCH + timedelta(seconds=at))

        return Exchange(f"{what} {name}".strip(), effect_after, after, carry_out, tell)


def answer(status: int, body: Any, **headers: str) -> Response:
    """An answer in Zoom's form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, json.dumps(body).encode())


def _address(segment: str) -> str:
    """The user that a path names: ``me`` is the app's owner."""
    return OWNER if segment == "me" else segment.replace("%40", "@").lower()


def stamp(at: float) -> str:
    """A moment as Zoom writes it, without fractions of a second."""
    return (EPOCH + timedelta(seconds=int(at))).strftime("%Y-%m-%dT%H:%M:%SZ")


_NO_MEETING = answer(404, {"code": 3001, "message": "Meeting does not exist."})
_PAGE = b"<html><body>A word from the gateway</body></html>"
_PLAIN_STATUS = {"500": 500, "502": 502, "503": 503, "504": 504, "408": 408}


def distorted(name: str, true: Response | None, rng: Random, wall: datetime) -> Response | TransportError:
    """What is heard instead of the true answer under a fault of this name."""
    body = b"" if true is None else true.body
    if name in _PLAIN_STATUS:
        if rng.random() < 0.5:
            return Response(_PLAIN_STATUS[name], {"content-type": "text/html"}, _PAGE)
        return answer(_PLAIN_STATUS[name], {"code": 1000, "message": "Internal error."})
    if name.startswith("page"):
        return Response(int(name[5:]), {"content-type": "text/html"}, _PAGE)
    match name:
        case "":
            assert true is not None
            return true
        case "reset":
            return TransportError("The connection was reset.", sent=True)
        case "connection refused":
            return TransportError("The connection was refused.", sent=False)
        case "307":
            return Response(307, {"location": "https://elsewhere.example/"}, b"")
        case "cut":
            return Response(201, {"content-type": "application/json"}, body[: len(body) // 2])
        case "garbled":
            return Response(201, {"content-type": "application/json"}, b"\xff\xfe" + body)
        case "foreign link":
            return answer(201, {**json.loads(body or b"{}"), "join_url": "https://zoom.us.example/j/1"})
        case "429 wait":
            return answer(*_SAID["429 second"], retry_after=str(rng.randint(2, 20)))
        case "429 account day":
            until = (wall + timedelta(hours=rng.randint(1, 5))).strftime("%Y-%m-%dT%H:%M:%SZ")
            return answer(*_SAID[name], retry_after=until)
    return answer(*_SAID[name])


def _no(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
    return status, {"code": code, "message": message}


_SAID: dict[str, tuple[int, dict[str, Any]]] = {
    "without id": (201, {"topic": "?", "join_url": "https://us05web.zoom.us/j/1"}),
    "empty object": (200, {}),
    "success refused": _no(200, 3000, "Something is odd."),
    "429 second": _no(429, 429, "You have reached the maximum per-second rate limit."),
    "429 concurrent": _no(429, 429, "Too many concurrent requests. Try again later."),
    "429 host day": _no(
        429,
        429,
        "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this "
        "particular user.",
    ),
    "429 account day": _no(429, 429, "You have reached the maximum daily rate limit for this API."),
    "400": _no(400, 300, "Validation Failed."),
    "401": _no(401, 124, "Invalid access token."),
    "token expired": _no(400, 300, "The next page token is invalid or expired."),
}
