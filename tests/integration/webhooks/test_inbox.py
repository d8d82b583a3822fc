"""Stored before it is acknowledged, applied once, in whatever order: what a receiver of webhooks promises."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import os
import sqlite3
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.helpers import FakeClock
from tests.integration.webhooks.conftest import ONCE, ONE, SECRET, Site

from zoomlink import LinkDesk, LinkState, Secret, Settings, Webhooks
from zoomlink.client.http import HTTPSender
from zoomlink.store.memory import MemoryStore
from zoomlink.store.sqlite import SQLiteStore
from zoomlink.webhooks.signature import SIGNATURE, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zoomlink import Link, ZoomClient
    from zoomlink.zoom.flow import Request, Response

AT = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)


def body(event: str, number: int | str, at: datetime = AT, account: str = "sandbox-account", **object: Any) -> bytes:
    said = {"account_id": account, "object": {"id": number, **object}}
    return json.dumps({"event": event, "event_ts": int(at.timestamp() * 1000), "payload": said}).encode()


def signed(content: bytes, *, ago: int = 0, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(datetime.now(UTC).timestamp()) - ago)
    message = b"v0:" + stamp.encode() + b":" + content
    return {TIMESTAMP: stamp, SIGNATURE: "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}


@pytest.fixture
def webhooks(new_site: Callable[..., Site]) -> Webhooks:
    made = new_site().webhooks
    assert isinstance(made, Webhooks)
    return made


def test_ten_thousand_replays_of_one_event_are_applied_once(environ: dict[str, str], zoom_sandbox: Any) -> None:
    with LinkDesk(Settings.from_env(environ), store=MemoryStore()) as desk:
        webhooks = Webhooks(desk)
        content = body("meeting.started", 81234567890)
        again = json.dumps(json.loads(content), indent=1, sort_keys=True).encode()
        replies = [
            webhooks.receive(*((content, signed(content, ago=at % 250)) if at % 3 else (again, signed(again))))
            for at in range(10_000)
        ]
        assert {reply.status for reply in replies} == {204}
        assert [at for at, reply in enumerate(replies) if reply.event is not None] == [0]
        assert [event.name for event in webhooks.work()] == ["meeting.started"]
        assert (webhooks.receive(content, signed(content)).event, webhooks.work()) == (None, [])


def test_a_replay_is_known_after_a_restart_and_by_other_processes(new_site: Callable[..., Site]) -> None:
    content = body("meeting.participant_joined", 7)
    first, second = new_site().webhooks, new_site(tasks=True).webhooks
    assert first.receive(content, signed(content)).event is not None
    assert [event.name for event in second.work()] == ["meeting.participant_joined"]
    first.desk.close()
    assert [one.receive(content, signed(content)).event for one in (first, second, new_site().webhooks)] == [None] * 3


def test_an_event_of_another_account_reaches_that_account(new_site: Callable[..., Site], webhooks: Webhooks) -> None:
    content = body("meeting.participant_joined", 7, account="another")
    reply = webhooks.receive(content, signed(content))
    assert (reply.status, reply.event, webhooks.work()) == (204, None, [])
    other = new_site(ZOOM_ACCOUNT_ID="another").webhooks
    assert [event.account_id for event in other.work()] == ["another"]


def test_an_event_that_names_no_account_is_the_desks(webhooks: Webhooks) -> None:
    content = json.dumps({"event": "something.new", "payload": {}}).encode()
    reply = webhooks.receive(content, signed(content))
    assert reply.event is not None
    assert [event.id for event in webhooks.work()] == [reply.event.id]


def test_neither_passcodes_nor_links_nor_tokens_are_kept_and_names_only_until_it_is_done(
    webhooks: Webhooks, tmp_path: Path
) -> None:
    content = body(
        "meeting.participant_joined",
        7,
        password="canary-1",
        join_url="https://zoom.us/j/7?pwd=canary-2",
        start_url="https://zoom.us/s/7?zak=canary-3",
        settings={"download_token": "canary-4"},
        participant={"email": "canary-5@example.com"},
    )
    webhooks.receive(content, signed(content))

    def stored() -> list[str]:
        with sqlite3.connect(tmp_path / "ledger.db") as ledger:
            whole = "\n".join(str(row) for row in ledger.execute("SELECT * FROM zoomlink_inbox"))
        ledger.close()
        return [f"canary-{number}" for number in range(1, 6) if f"canary-{number}" in whole]

    assert stored() == ["canary-5"]
    webhooks.work()
    assert stored() == []


def test_who_is_to_be_forgotten_is_taken_out_of_events_that_still_wait(webhooks: Webhooks, tmp_path: Path) -> None:
    for at, name in enumerate(("Ana Sílva", "Rui")):
        content = body("meeting.participant_joined", 7 + at, participant={"user_name": name})
        webhooks.receive(content, signed(content))
    webhooks.desk.erase("ana sílva")
    with sqlite3.connect(tmp_path / "ledger.db") as ledger:
        kept = sorted(payload for (payload,) in ledger.execute("SELECT payload FROM zoomlink_inbox"))
    ledger.close()
    assert (kept[0], "Rui" in kept[1]) == ("", True)
    assert b"lva" not in (tmp_path / "ledger.db").read_bytes() + (tmp_path / "ledger.db-wal").read_bytes()
    assert [event.name for event in webhooks.work()] == ["meeting.participant_joined"] * 2


# -- what is stored ----------------------------------------------------------------------------------------------------


def test_a_locked_ledger_is_answered_with_503_in_time_and_the_event_is_new_when_it_comes_again(
    webhooks: Webhooks, tmp_path: Path
) -> None:
    content = body("meeting.participant_joined", 7)
    locker = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    locker.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    reply = webhooks.receive(content, signed(content))
    assert (reply.status, reply.event) == (503, None)
    assert time.monotonic() - began < 2.5  # Zoom waits for three seconds
    assert str(tmp_path) not in reply.body.decode()
    locker.execute("ROLLBACK")
    locker.close()
    again = webhooks.receive(content, signed(content))
    assert (again.status, again.event is not None) == (204, True)


def test_a_locked_table_in_postgresql_is_answered_with_503_in_time(
    new_site: Callable[..., Site], postgres_url: str
) -> None:
    webhooks = new_site(ZOOMLINK_DATABASE=postgres_url).webhooks
    content = body("meeting.participant_joined", 7)
    with psycopg.connect(postgres_url) as locker:
        locker.execute("LOCK TABLE zoomlink_inbox IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        assert webhooks.receive(content, signed(content)).status == 503
        assert time.monotonic() - began < 2.5
    again = webhooks.receive(content, signed(content))
    assert (again.status, again.event is not None) == (204, True)
    assert [event.name for event in webhooks.work()] == ["meeting.participant_joined"]


def test_a_desk_waits_for_a_locked_ledger_as_long_as_before_after_that(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "ledger.db", patience=30)
    settings = Settings.from_env(
        {"ZOOM_ACCOUNT_ID": "sandbox-account", "ZOOM_CLIENT_ID": "c", "ZOOM_CLIENT_SECRET": "s"}
    )
    with LinkDesk(settings, store=store) as desk:
        webhooks = Webhooks(desk, secrets=[SECRET])
        webhooks.receive(content := body("meeting.participant_joined", 7), signed(content))
        with store.connection() as connection:
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 30_000
    store.close()


class Dying:
    """A store that dies at its n-th operation, before it or after it was carried out."""

    def __init__(self, store: Any, at: int, *, after: bool) -> None:
        self._store, self._at, self._after = store, at, after
        self.ahead = store.ahead

    def carry_out(self, op: Any) -> Any:
        self._at -= 1
        if self._at == 0 and not self._after:
            raise KeyboardInterrupt
        found = self._store.carry_out(op)
        if self._at == 0:
            raise KeyboardInterrupt
        return found

    def close(self) -> None:
        pass


def test_a_worker_that_dies_at_any_step_leaves_the_event_for_the_next(
    environ: dict[str, str], zoom: ZoomClient, zoom_sandbox: Any
) -> None:
    settings = Settings.from_env(environ)
    died = 0
    for at, after in itertools.product(range(1, 40), (False, True)):
        zoom_sandbox.reset()
        store, clock = MemoryStore(), FakeClock(datetime.now(UTC))
        with LinkDesk(settings, store=store, clock=clock, policy=ONCE) as desk:
            link = desk.create("Piano", start=AT, host=ONE)
            assert link.meeting_id is not None
            zoom.meetings.update(link.meeting_id, topic="By hand", start=AT + timedelta(hours=1))
            content = body("meeting.updated", link.meeting_id)
            assert Webhooks(desk).receive(content, signed(content)).status == 204
            try:
                with LinkDesk(settings, store=Dying(store, at, after=after), clock=clock, policy=ONCE) as dying:
                    Webhooks(dying).work()
                break
            except KeyboardInterrupt:
                died += 1
            clock.advance(121)  # after two minutes it is handed out again
            Webhooks(desk).work()
            followed = desk.get(link.id)
            assert (followed.topic, followed.start_time) == ("By hand", AT + timedelta(hours=1)), (at, after)
            assert followed.sequence == 1
            assert Webhooks(desk).work() == []
            assert Webhooks(desk).receive(content, signed(content)).event is None
    assert died > 10


def test_zoom_out_of_reach_leaves_events_for_later_and_asks_it_once(
    environ: dict[str, str], zoom: ZoomClient, zoom_sandbox: Any
) -> None:
    clock = FakeClock(datetime.now(UTC))
    with LinkDesk(Settings.from_env(environ), store=MemoryStore(), clock=clock, policy=ONCE) as desk:
        webhooks = Webhooks(desk)
        links = [desk.create("Piano", start=AT + timedelta(hours=at), host=ONE) for at in range(5)]
        for link in links:
            zoom.meetings.delete(link.meeting_id or 0)
            content = body("meeting.deleted", link.meeting_id or 0)
            webhooks.receive(content, signed(content))
        zoom_sandbox.fail("503-before-commit", route="meetings.get")
        before = len(zoom_sandbox.requests)
        assert webhooks.work() == []
        assert len(zoom_sandbox.requests) - before == 1
        assert [desk.get(link.id).state for link in links] == [LinkState.READY] * 5
        zoom_sandbox.mend()
        clock.advance(4)
        assert webhooks.work() == []
        clock.advance(2)
        assert len(webhooks.work()) == 5
        assert [desk.get(link.id).state for link in links] == [LinkState.DELETED] * 5


def test_a_meeting_that_was_just_made_and_is_not_shown_yet_is_not_taken_for_deleted(
    environ: dict[str, str], zoom: ZoomClient, zoom_sandbox: Any
) -> None:
    clock = FakeClock(datetime.now(UTC))
    with LinkDesk(Settings.from_env(environ), store=MemoryStore(), clock=clock, policy=ONCE) as desk:
        webhooks = Webhooks(desk)
        link = desk.create("Piano", start=AT, host=ONE)
        zoom.meetings.delete(link.meeting_id or 0)  # for Zoom's not showing it yet
        content = body("meeting.updated", link.meeting_id or 0)
        webhooks.receive(content, signed(content))
        assert webhooks.work() == []
        assert desk.get(link.id).state is LinkState.READY
        zoom.meetings.recover(link.meeting_id or 0)
        clock.advance(6)
        assert len(webhooks.work()) == 1
        assert desk.get(link.id).state is LinkState.READY
        zoom.meetings.delete(link.meeting_id or 0)
        clock.advance(300)
        content = body("meeting.updated", link.meeting_id or 0, AT + timedelta(seconds=1))
        webhooks.receive(content, signed(content, ago=-306))
        assert len(webhooks.work()) == 1
        assert desk.get(link.id).state is LinkState.DELETED


def test_a_proxys_word_for_a_missing_page_deletes_nothing(environ: dict[str, str], zoom_sandbox: Any) -> None:
    clock = FakeClock(datetime.now(UTC))
    with LinkDesk(Settings.from_env(environ), store=MemoryStore(), clock=clock, policy=ONCE) as desk:
        webhooks = Webhooks(desk)
        link = desk.create("Piano", start=AT, host=ONE)
        zoom_sandbox.fail("html-page", route="meetings.get", status=404)
        content = body("meeting.deleted", link.meeting_id or 0)
        webhooks.receive(content, signed(content))
        for _ in range(10):
            assert webhooks.work() == []
            clock.advance(3600)
        assert desk.get(link.id).state is LinkState.READY
        zoom_sandbox.mend()
        assert len(webhooks.work()) == 1
        assert desk.get(link.id).state is LinkState.READY  # it is there


# -- in any order ------------------------------------------------------------------------------------------------------


def state(desk: LinkDesk, link: Link) -> Any:
    found = desk.get(link.id)
    around = desk.hosts([ONE], link.start_time - timedelta(hours=1), link.start_time + timedelta(hours=3))
    busy = [(one.start, one.end, one.link) for one in around[0].busy]
    return (
        found.state,
        found.topic,
        found.start_time,
        found.duration,
        found.passcode,
        found.join_url,
        found.sequence,
        busy,
    )


EVENTS = ("meeting.created", "meeting.updated", "meeting.deleted", "meeting.recovered", "meeting.started")
ENDINGS = ("recovered", "deleted", "updated")
TORTURE = os.environ.get("ZOOMLINK_TORTURE") == "1"


class Remembering:
    """Sends each request once, and knows the answer from then on: Zoom does not change any more."""

    def __init__(self) -> None:
        self._sender = HTTPSender()
        self._answers: dict[tuple[str, str], Response] = {}

    def send(self, request: Request, timeout: float) -> Response:
        key = (request.method, request.url)
        if key not in self._answers:
            self._answers[key] = self._sender.send(request, timeout)
        return self._answers[key]

    def close(self) -> None:
        self._sender.close()


@pytest.mark.parametrize(
    ("count", "at_once"), [(21 if TORTURE else 9, True), (21 if TORTURE else 3, False)], ids=["together", "one by one"]
)
def test_all_orders_of_five_events_of_several_meetings_end_in_the_same_state(
    count: int, at_once: bool, environ: dict[str, str], zoom: ZoomClient
) -> None:
    settings = Settings.from_env({**environ, "ZOOMLINK_HOSTS": ONE})
    with LinkDesk(settings, store=MemoryStore(), policy=ONCE) as first:
        made = [first.create("Piano", start=AT + timedelta(hours=3 * at), host=ONE) for at in range(count)]
    for at, link in enumerate(made):
        number, ending = link.meeting_id or 0, ENDINGS[at % 3]
        zoom.meetings.update(number, topic=f"By hand {at}", start=link.start_time + timedelta(hours=1), duration=45)
        if ending != "updated":
            zoom.meetings.delete(number)
        if ending == "recovered":
            zoom.meetings.recover(number)
    ends = []
    sender = Remembering()
    for order in itertools.permutations(EVENTS):
        with LinkDesk(settings, store=MemoryStore(), policy=ONCE, sender=sender) as desk:
            webhooks = Webhooks(desk)
            for link in made:  # the ledger as it was before anybody changed anything
                as_before(desk, link)
            for turn in range(5):
                for at, link in enumerate(made):  # each meeting's in another order, all mixed
                    name = order[(turn + at) % 5]
                    said: int | str = str(link.meeting_id) if name == "meeting.started" else link.meeting_id or 0
                    content = body(name, said, topic="Piano")
                    assert webhooks.receive(content, signed(content)).status == 204
                    if not at_once:
                        assert len(webhooks.work()) == 1
            assert len(webhooks.work(1000)) == (5 * count if at_once else 0)
            ends.append([state(desk, link) for link in made])
    assert len(ends) == 120
    assert all(one == ends[0] for one in ends)
    assert [found[0] for found in ends[0][:3]] == [LinkState.READY, LinkState.DELETED, LinkState.READY]
    assert [found[1] for found in ends[0][:3]] == ["By hand 0", "Piano", "By hand 2"]
    assert {found[6] for found in ends[0] if found[0] is LinkState.READY} == {1}


def as_before(desk: LinkDesk, made: Link) -> Link:
    """The link in another ledger, as it was when it was made."""
    from zoomlink.links.transitions import spans_of
    from zoomlink.store.ops import Add
    from zoomlink.store.rows import LinkRow

    at = int(made.start_time.timestamp() * 1000)
    sent = int(datetime.now(UTC).timestamp() * 1000) - 600_000
    row = LinkRow(
        id=made.id,
        account="sandbox-account",
        owner="",
        key=made.key,
        fingerprint="x",
        marker="",
        state="ready",
        version=3,
        attempt=1,
        mode="fast",
        host=made.host,
        asked='{"topic":"Piano"}',
        body='{"topic":"Piano","type":2,"duration":60}',
        topic="Piano",
        start_at=at,
        timezone=made.timezone,
        duration=60,
        meeting_id=made.meeting_id,
        join_url=made.join_url,
        passcode=made.passcode,
        sent_at=sent,
        first_sent_at=sent,
    )
    desk.do(Add(row, "planned", spans_of(row)))
    return made


def test_a_storm_is_taken_in_quickly_and_each_meeting_looked_at_once(
    environ: dict[str, str], zoom: ZoomClient, zoom_sandbox: Any
) -> None:
    with LinkDesk(Settings.from_env(environ), policy=ONCE) as desk:
        webhooks = Webhooks(desk)
        links = [desk.create("Piano", start=AT + timedelta(hours=at), host=ONE) for at in range(10)]
        spans = []
        for at in range(500):
            content = body("meeting.updated", links[at % 10].meeting_id or 0, AT + timedelta(seconds=at))
            began = time.perf_counter()
            assert webhooks.receive(content, signed(content)).status == 204
            spans.append(time.perf_counter() - began)
        before = len(zoom_sandbox.requests)
        assert len(webhooks.work(1000)) == 500
        assert len(zoom_sandbox.requests) - before == 10
        assert statistics.quantiles(spans, n=100)[98] < 0.3


def test_a_secret_is_never_shown(webhooks: Webhooks) -> None:
    content = body("meeting.updated", 7)
    said = [webhooks.receive(content, signed(content, secret="x")), webhooks, Webhooks(webhooks.desk, secrets=[SECRET])]
    assert not any(SECRET in repr(one) for one in said)
    assert Secret(SECRET)
