"""Desks of several owners over one ledger: each sees its own links, and whoever has no owner sees all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import LinkDesk, Settings, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT: dict[str, Any] = {"timezone": "Europe/Lisbon", "allow_overlap": True}


@pytest.fixture
def whole(environ: dict[str, str]) -> Iterator[LinkDesk]:
    with LinkDesk(Settings.from_env(environ)) as desk:
        yield desk


def test_an_owner_s_links_are_missing_for_another_owner(whole: LinkDesk, zoom_sandbox: Any) -> None:
    ours, theirs = whole.as_owner("ours"), whole.as_owner("theirs")
    first = ours.create("Piano", start="2031-12-01T18:24", key="b1", **AT)
    second = theirs.create("Guitar", start="2031-12-01T18:24", key="b1", **AT)
    assert first.id != second.id
    asked: tuple[Callable[[], Any], ...] = (
        lambda: theirs.get(first.id),
        lambda: theirs.cancel(first.id),
        lambda: theirs.update(first.id, topic="x"),
    )
    for ask in asked:
        with pytest.raises(ZoomLinkError) as missing:
            ask()
        with pytest.raises(ZoomLinkError) as never_there:
            theirs.get("lnk_00000000000000000000000000")
        assert missing.value.slug == "not-found"
        assert missing.value.message.replace(first.id, "") == never_there.value.message.replace("lnk_" + "0" * 26, "")
    assert [link.id for link in theirs.list().items] == [second.id]
    assert {link.id for link in whole.list().items} == {first.id, second.id}
    assert (ours.counts(), whole.counts()) == ({"ready": 1}, {"ready": 2})


def test_a_desk_for_an_owner_shares_the_token_and_closes_nothing(whole: LinkDesk, zoom_sandbox: Any) -> None:
    with whole.as_owner("ours") as ours:
        ours.create("Piano", start="2031-12-01T18:24", **AT)
    whole.create("Guitar", start="2031-12-01T20:24", **AT)
    assert [request["path"] for request in zoom_sandbox.requests].count("/oauth/token") == 1
