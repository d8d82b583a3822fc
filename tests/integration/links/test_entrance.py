"""The entrance of a desk: arguments that cannot be meant are refused before all else; an owner sees only his own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import InvalidInputError, LinkDesk, LinkState, Settings, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LESSON: dict[str, Any] = {"start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
DAY = datetime(2031, 12, 1, tzinfo=UTC)
HALF = "host\udcff@sandbox.example"
"""What Python makes of a byte on the command line that is no text."""


@pytest.mark.parametrize(
    "wait",
    [float("inf"), float("nan"), float("-inf"), 1e308, 10**5000, 31_536_001, -1, None, True, "10"],
    ids=lambda wait: f"{wait:.9}" if isinstance(wait, float) else type(wait).__name__,
)
def test_a_wait_is_a_finite_number_of_seconds(desk: Any, zoom_sandbox: Any, wait: Any) -> None:
    link = desk.create("Piano", **LESSON)
    before = len(zoom_sandbox.requests)
    for call in (
        partial(desk.create, "Guitar", **LESSON, allow_overlap=True),
        partial(desk.update, link, topic="Guitar"),
        partial(desk.cancel, link),
    ):
        with pytest.raises(InvalidInputError) as refused:
            call(wait=wait)
        assert (refused.value.field, refused.value.hint) == ("wait", "Give a number from 0 to 31536000.")
    assert (desk.counts(), len(zoom_sandbox.requests)) == ({"ready": 1}, before)


@pytest.mark.parametrize("wait", [0, 0.5, 31_536_000])
def test_from_no_wait_to_a_year_all_are_taken(desk: Any, wait: float) -> None:
    link = desk.create("Piano", **LESSON, wait=wait)
    assert desk.update(link, topic="Guitar", wait=wait).topic == "Guitar"
    assert desk.cancel(link, wait=wait).state is LinkState.CANCELLED


@pytest.mark.parametrize("flag", ["no", 0, 1, None])
def test_a_switch_is_true_or_false_and_nothing_else(desk: Any, flag: Any) -> None:
    link = desk.create("Piano", **LESSON)
    for field, call in (
        ("allow_overlap", partial(desk.create, "Guitar", **LESSON)),
        ("allow_overlap", partial(desk.update, link, topic="Guitar")),
        ("notify", partial(desk.cancel, link)),
        ("watches", desk.settle),
    ):
        with pytest.raises(InvalidInputError) as refused:
            call(**{field: flag})
        assert (refused.value.field, refused.value.hint) == (field, "Give True or False.")
    assert desk.get(link) == link
    assert desk.counts() == {"ready": 1}


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda desk: desk.list(host=HALF), "host"),
        (lambda desk: desk.list(host=""), "host"),
        (lambda desk: desk.list(host=5), "host"),
        (lambda desk: desk.list(cursor="1.lnk_\udcff"), "cursor"),
        (lambda desk: desk.list(state=5), "state"),
        (lambda desk: desk.hosts([HALF], DAY, DAY + timedelta(days=1)), "host"),
        (lambda desk: desk.hosts("host1@sandbox.example", DAY, DAY + timedelta(days=1)), "hosts"),
        (lambda desk: desk.availability(**LESSON, hosts=[HALF]), "host"),
        (lambda desk: desk.availability(**LESSON, hosts=5), "hosts"),
        (lambda desk: desk.rebuild([HALF]), "host"),
    ],
)
def test_what_can_be_no_host_no_cursor_and_no_state_is_refused(
    desk: Any, call: Callable[[Any], object], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        call(desk)
    assert refused.value.field == field


def test_links_of_the_account_s_owner_are_listed_as_me_too(desk: Any) -> None:
    link = desk.create("Piano", **LESSON, host="me")
    assert link.host == "owner@sandbox.example"
    for name in ("me", "ME", " Owner@Sandbox.example"):
        assert desk.list(host=name).items == (link,)
    assert desk.list(host="host1@sandbox.example").items == ()


@pytest.fixture
def owned(environ: dict[str, str]) -> Iterator[Callable[[str], LinkDesk]]:
    """Make desks of owners, on the same ledger."""
    made: list[LinkDesk] = []

    def new(owner: str) -> LinkDesk:
        made.append(LinkDesk(Settings.from_env(environ), owner=owner))
        return made[-1]

    yield new
    for desk in made:
        desk.close()


def test_an_owner_neither_sees_nor_changes_what_is_another_s(
    owned: Callable[[str], LinkDesk], zoom_sandbox: Any
) -> None:
    ana, rui, all_of_them = owned("ana"), owned("rui"), owned("")
    link = ana.create("Piano", **LESSON, key="b1")
    before = len(zoom_sandbox.ledger)
    for name in (link, link.id, link.meeting_id):
        assert name is not None
        for refuses in (rui.get, rui.history, partial(rui.update, topic="Taken"), rui.cancel):
            with pytest.raises(ZoomLinkError) as refused:
                refuses(name)
            assert refused.value.slug == "not-found"
    assert (rui.find("b1"), rui.list().items, rui.counts()) == (None, (), {})
    assert (ana.list().items, ana.counts()) == ((link,), {"ready": 1})
    assert (all_of_them.list().items, all_of_them.counts()) == ((link,), {"ready": 1})
    assert len(zoom_sandbox.ledger) == before


def test_an_owner_s_desk_goes_on_with_all_links_and_shows_its_own(
    owned: Callable[[str], LinkDesk], zoom_sandbox: Any
) -> None:
    ana, rui = owned("ana"), owned("rui")
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    link = ana.create("Piano", **LESSON, key="b1", wait=0)
    zoom_sandbox.mend()
    assert link.state is LinkState.UNKNOWN
    end = time.monotonic() + 30
    while ana.get(link).state is not LinkState.READY:
        assert rui.settle() == []
        assert time.monotonic() < end
