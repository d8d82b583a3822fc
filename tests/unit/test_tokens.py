"""Where a client gets its token: fetched once however many ask, and refused credentials are not hammered."""

from __future__ import annotations

import copy
import os
import threading
import warnings
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import pytest
from tests.helpers import FakeClock, token

from zoomlink.client.tokens import REFUSED_FOR, AsyncMemoryTokens, MemoryTokens
from zoomlink.errors import AuthenticationError, ServerError, TransportError, UnexpectedResponseError, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomlink.zoom.flow import AccessToken

REFUSED = AuthenticationError("No.", status_code=400)


class Source:
    """Gives out token after token, or fails as it is told; counts how often it is asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls = 0
        self.failure: ZoomLinkError | None = None
        self.life = 3600.0

    def fetch(self, _rejected: AccessToken | None = None) -> AccessToken:
        self.calls += 1
        self.clock.advance(0.5)
        if self.failure is not None:
            raise copy.copy(self.failure)
        return token(f"token-{self.calls}", life=self.life, now=self.clock.wall)

    async def afetch(self, _rejected: AccessToken | None = None) -> AccessToken:
        await anyio.lowlevel.checkpoint()
        return self.fetch()


class Both:
    """The two sources of tokens behind one synchronous face, so that every fact is told of both."""

    def __init__(self, kind: str) -> None:
        self.clock = FakeClock()
        self.source = Source(self.clock)
        if kind == "threads":
            self.get: Callable[..., AccessToken] = MemoryTokens(self.source.fetch, self.clock.now).get
        else:
            tokens = AsyncMemoryTokens(self.source.afetch, self.clock.now)
            self.get = lambda rejected=None: anyio.run(tokens.get, rejected)


@pytest.fixture(params=["threads", "tasks"])
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


def test_a_token_is_kept_until_it_is_time_to_renew_it(both: Both) -> None:
    first = both.get()
    both.clock.advance(3539)
    assert both.get() is first
    both.clock.advance(2)
    second = both.get()
    assert second.value.reveal() == "token-2"
    assert both.get() is second
    assert both.source.calls == 2


def test_a_rejected_token_is_renewed_and_the_new_one_kept(both: Both) -> None:
    first = both.get()
    second = both.get(first)
    assert second.value.reveal() == "token-2"
    assert both.get() is second
    assert both.get(first) is second  # a latecomer who was refused with the old one
    assert both.source.calls == 2


def test_rejecting_a_token_of_another_time_fetches_nothing(both: Both) -> None:
    first = both.get()
    assert both.get(token("from-another-process")) is first
    assert both.source.calls == 1


def test_refused_credentials_are_not_asked_about_again_for_a_minute(both: Both) -> None:
    both.source.failure = REFUSED
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            both.get()
        both.clock.advance(1)
    assert both.source.calls == 1
    both.clock.advance(REFUSED_FOR)
    with pytest.raises(AuthenticationError):
        both.get()
    assert both.source.calls == 2
    both.clock.advance(REFUSED_FOR)
    both.source.failure = None
    assert both.get().value.reveal() == "token-3"


@pytest.mark.parametrize(
    "failure",
    [TransportError("x", sent=True), ServerError("x", status_code=503), UnexpectedResponseError("x", status_code=200)],
    ids=lambda failure: type(failure).__name__,
)
def test_other_failures_are_tried_again_by_the_next_call(both: Both, failure: ZoomLinkError) -> None:
    both.source.failure = failure
    with pytest.raises(type(failure)):
        both.get()
    both.source.failure = None
    assert both.get().value.reveal() == "token-2"


def test_a_token_that_still_serves_is_used_though_a_renewal_failed(both: Both) -> None:
    first = both.get()
    both.source.failure = ServerError("x", status_code=503)
    with pytest.raises(ServerError):
        both.get(first)
    both.source.failure = None
    assert both.get() is first
    assert both.source.calls == 2


def test_each_caller_gets_an_error_of_its_own(both: Both) -> None:
    both.source.failure = REFUSED
    caught: list[Exception] = []
    for _ in range(2):
        with pytest.raises(AuthenticationError) as seen:
            both.get()
        caught.append(seen.value)
    assert caught[0] is not caught[1]
    assert str(caught[0]) == str(caught[1])


class Gate:
    """Holds the fetch back until everybody who shall wait for it has asked."""

    def __init__(self, waiters: int) -> None:
        self.clock = FakeClock()
        self.source = Source(self.clock)
        self.asked = threading.Semaphore(0)
        self.waiters = waiters

    def now(self) -> Any:
        moment = self.clock.now()
        self.asked.release()  # everybody reads the time before queueing
        return moment

    def fetch(self, _rejected: AccessToken | None = None) -> AccessToken:
        for _ in range(self.waiters + 1):  # whoever fetches has read it twice
            assert self.asked.acquire(timeout=10)
        return self.source.fetch()


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except ZoomLinkError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_twenty_threads_make_one_fetch() -> None:
    gate = Gate(20)
    tokens = MemoryTokens(gate.fetch, gate.now)
    found = in_threads(20, tokens.get)
    assert [entry.value.reveal() for entry in found] == ["token-1"] * 20
    assert gate.source.calls == 1


def test_twenty_threads_refused_with_one_token_make_one_renewal() -> None:
    gate = Gate(20)
    tokens = MemoryTokens(gate.fetch, gate.now)
    old = token("old")
    found = in_threads(20, lambda: tokens.get(old))
    assert {entry.value.reveal() for entry in found} == {"token-1"}
    assert gate.source.calls == 1


@pytest.mark.parametrize("failure", [REFUSED, ServerError("x", status_code=503)], ids=["refused", "failed"])
def test_twenty_threads_share_a_failure(failure: ZoomLinkError) -> None:
    gate = Gate(20)
    gate.source.failure = failure
    tokens = MemoryTokens(gate.fetch, gate.now)
    found = in_threads(20, tokens.get)
    assert [type(entry) for entry in found] == [type(failure)] * 20
    assert gate.source.calls == 1


async def _fifty_tasks(failure: ZoomLinkError | None) -> tuple[list[Any], int]:
    clock = FakeClock()
    source = Source(clock)
    source.failure = failure
    everybody_asked = anyio.Event()
    asked = 0

    def now() -> Any:
        nonlocal asked
        asked += 1
        if asked > 50:  # whoever fetches has asked twice
            everybody_asked.set()
        return clock.now()

    async def fetch(_rejected: AccessToken | None) -> AccessToken:
        await everybody_asked.wait()
        return source.fetch()

    tokens = AsyncMemoryTokens(fetch, now)
    results: list[Any] = []

    async def ask() -> None:
        try:
            results.append((await tokens.get()).value.reveal())
        except ZoomLinkError as error:
            results.append(type(error))

    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(ask)
    return results, source.calls


def test_fifty_tasks_make_one_fetch() -> None:
    assert anyio.run(_fifty_tasks, None) == (["token-1"] * 50, 1)


def test_fifty_tasks_share_a_failure() -> None:
    assert anyio.run(_fifty_tasks, ServerError("x", status_code=503)) == ([ServerError] * 50, 1)


async def _cancelled_fetch() -> str:
    clock = FakeClock()
    started = anyio.Event()
    attempts = 0

    async def fetch(_rejected: AccessToken | None) -> AccessToken:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            started.set()
            await anyio.sleep_forever()
        return token("second")

    tokens = AsyncMemoryTokens(fetch, clock.now)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(tokens.get)
            await started.wait()
            group.cancel_scope.cancel()
        return (await tokens.get()).value.reveal()


def test_a_cancelled_fetch_leaves_the_way_free() -> None:
    assert anyio.run(_cancelled_fetch) == "second"


def test_a_child_process_is_not_stopped_by_a_fetch_that_was_under_way() -> None:
    clock = FakeClock()
    fetching, go_on = threading.Event(), threading.Event()

    def fetch(_rejected: AccessToken | None) -> AccessToken:
        fetching.set()
        go_on.wait(20)
        return token("parent")

    tokens = MemoryTokens(fetch, clock.now)
    thread = threading.Thread(target=tokens.get)
    thread.start()
    assert fetching.wait(20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of what is tested here
        child = os.fork()
    if child == 0:  # the thread that fetches does not exist here, but the lock it holds did
        go_on.set()
        answered = threading.Event()

        def ask() -> None:
            tokens.get()
            answered.set()

        threading.Thread(target=ask, daemon=True).start()
        os._exit(0 if answered.wait(5) else 1)
    go_on.set()
    thread.join(20)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_cache_shows_no_token() -> None:
    tokens = MemoryTokens(lambda _rejected: token("canary"), FakeClock().now)
    tokens.get()
    assert "canary" not in repr(vars(tokens))
