"""What several tests share: feeding a flow by hand, a clock that stands still, settings of no real account."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from zoomlink.config import Credentials, Settings
from zoomlink.secret import Secret
from zoomlink.zoom.flow import AccessToken, Moment, NeedToken, Now, Request, Response, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zoomlink.zoom.flow import Flow, Step

T = TypeVar("T")

NOW = datetime(2031, 6, 4, 18, 0, tzinfo=UTC)
API = "https://api.zoom.us"


def settings(**changes: Any) -> Settings:
    """Settings of an account that does not exist."""
    return Settings(Credentials("an-account", "a-client", Secret("a-secret")), **changes)


def token(value: str = "token-1", *, api_url: str = API, life: float = 3600.0, now: datetime = NOW) -> AccessToken:
    """A token that is good for `life` seconds from `now`."""
    expires = now + timedelta(seconds=life)
    return AccessToken(Secret(value), api_url, expires, expires - timedelta(seconds=min(60.0, life / 2)))


def answer(status: int, body: Any = None, **headers: str) -> Response:
    """An answer: `body` as JSON unless it is bytes; header names with underscores for hyphens."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, {"content-type": "application/json", **named}, content)


def refusal(status: int, code: int, message: str, **headers: str) -> Response:
    """An error in Zoom's own form."""
    return answer(status, {"code": code, "message": message}, **headers)


@dataclass
class FakeClock:
    """Time that moves only when it is told to, or when somebody sleeps."""

    wall: datetime = NOW
    ticks: float = 1000.0
    slept: list[tuple[float, float]] = field(default_factory=list)

    def now(self) -> Moment:
        return Moment(self.wall, self.ticks)

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def sleep(self, seconds: float, jitter: float) -> None:
        self.slept.append((seconds, jitter))
        self.advance(seconds + jitter)


@dataclass
class Drive:
    """What a flow did: the requests it sent, with their timeouts, the tokens it rejected, and its waits."""

    clock: FakeClock
    requests: list[Request] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    rejected: list[str | None] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return len(self.requests)

    @property
    def slept(self) -> list[tuple[float, float]]:
        return self.clock.slept

    def run(
        self,
        flow: Flow[T],
        script: Iterable[Response | Exception],
        *,
        tokens: Iterable[AccessToken | Exception] = (),
        sending_takes: float = 0.0,
    ) -> T:
        """Carry out `flow`: each sending takes the next of `script`, each token the next of `tokens`.

        An exception in either is thrown into the flow. A flow that asks for more than the script holds has failed.
        """
        answers = iter(script)
        coming = iter(tokens)
        count = 0
        step: Step = next(flow)
        while True:
            result: Any = None
            match step:
                case Now():
                    result = self.clock.now()
                case Sleep(seconds, jitter):
                    self.clock.sleep(seconds, jitter)
                case NeedToken(rejected):
                    self.rejected.append(rejected.value.reveal() if rejected else None)
                    count += 1
                    result = next(coming, None) or token(f"token-{count}", now=self.clock.wall)
                case Send(request, timeout):
                    self.requests.append(request)
                    self.timeouts.append(timeout)
                    self.clock.advance(sending_takes)
                    result = next(answers, None)
                    assert result is not None, f"sending number {self.sent} was not in the script"
            try:
                step = flow.throw(result) if isinstance(result, Exception) else flow.send(result)
            except StopIteration as done:
                assert next(answers, None) is None, "the script holds more answers than were fetched"
                finished: T = done.value
                return finished


def drive() -> Drive:
    """A fresh driver at the usual moment."""
    return Drive(FakeClock())


def meeting_answer(**changes: Any) -> dict[str, Any]:
    """Zoom's answer to a create, as to `meeting_request`."""
    return {
        "id": 81234567890,
        "uuid": "aB3d5fGh7JkLmN9pQrStUw==",
        "host_id": "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q",
        "host_email": "alice@example.com",
        "topic": "Piano lesson",
        "type": 2,
        "status": "waiting",
        "start_time": "2031-12-01T21:24:00Z",
        "duration": 60,
        "timezone": "America/Sao_Paulo",
        "created_at": "2031-06-04T18:00:00Z",
        "start_url": "https://us05web.zoom.us/s/81234567890?zak=eyJhbGciOiJub25lIn0.canary-zak",
        "join_url": "https://us05web.zoom.us/j/81234567890?pwd=OAexample.1",
        "password": "xY12AB",
        "settings": {"waiting_room": True},
        **changes,
    }


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The same object less some of its fields."""
    return {name: value for name, value in body.items() if name not in names}
