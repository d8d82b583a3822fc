"""What a worker decides by itself: what can be done at once, how long to wait after failures, what a line says."""

from __future__ import annotations

from typing import Any

import pytest

from zoomlink.errors import ConfigurationError, InvalidRequestError, LedgerError
from zoomlink.store.rows import LinkRow
from zoomlink.worker.parting import parted, patience
from zoomlink.worker.telling import line, told_of

NOW = 1_938_362_400_000


def link(number: int, state: str, host: str = "a@example.com", **changes: Any) -> LinkRow:
    row = LinkRow(
        id=f"lnk_{number}",
        account="an-account",
        owner="",
        key=f"key-{number}",
        fingerprint="",
        marker="",
        state=state,
        version=1,
        attempt=0,
        mode="fast",
        host=host,
        due_at=NOW,
    )
    return row._replace(**changes)


def test_links_that_share_a_list_stay_together_and_the_others_are_on_their_own() -> None:
    rows = [
        link(1, "planned"),
        link(2, "unknown"),
        link(3, "unknown", host="b@example.com"),
        link(4, "planned"),
        link(5, "sending", lease_at=NOW - 1),
        link(6, "ready", wish='{"do":"cancel"}'),
        link(7, "ready"),
    ]
    found = [[row.id.removeprefix("lnk_") for row in part] for part in parted(rows, NOW)]
    assert found == [["1"], ["2", "5", "7"], ["3"], ["4"], ["6"]]


def test_nothing_is_parted_into_nothing() -> None:
    assert parted([], NOW) == []


def test_after_failures_it_waits_longer_up_to_a_minute() -> None:
    assert [patience(failures) for failures in (0, 1, 2, 3, 6, 7, 8, 100)] == [0, 1, 2, 4, 32, 60, 60, 60]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "done"),
        ({"link": "lnk_1", "attempt": 2}, "done link=lnk_1 attempt=2"),
        ({"left": None, "again_in": 0.5}, "done again_in=0.5"),
        ({"detail": 'It is "away".'}, 'done detail="It is \\"away\\"."'),
        ({"detail": ""}, 'done detail=""'),
        ({"detail": "a=b"}, 'done detail="a=b"'),
    ],
)
def test_a_line_is_an_event_with_its_values(values: dict[str, object], expected: str) -> None:
    assert line("done", values) == expected


def test_a_line_stays_one_line_whatever_a_value_holds() -> None:
    assert "\n" not in line("done", {"detail": "one\ntwo\r\nlevel=critical"})


def test_of_errors_only_what_concerns_nobodys_link_is_said() -> None:
    assert told_of(LedgerError("The ledger is away.", hint="Wait.")) == {
        "error": "ledger",
        "detail": "The ledger is away.",
    }
    assert told_of(ConfigurationError("ZOOM_CLIENT_ID is missing."))["detail"] == "ZOOM_CLIENT_ID is missing."
    refused = InvalidRequestError("Topic “Canary” is not allowed.", status_code=400, code=300, tracking_id="track-1")
    assert told_of(refused) == {"error": refused.slug, "tracking_id": "track-1"}
    try:
        raise KeyError("what people wrote")
    except KeyError as error:
        told = told_of(error)
    assert told["error"] == "KeyError"
    assert str(told["at"]).startswith("test_worker.py:")
    assert "wrote" not in str(told)
