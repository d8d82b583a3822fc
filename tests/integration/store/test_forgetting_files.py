"""Files of batches in which a person stands are forgotten with the person: in every encoding, and in workbooks."""

from __future__ import annotations

import base64
import io
import zlib
from typing import TYPE_CHECKING

import pytest
from openpyxl import Workbook
from tests.integration.store.ground import ACCOUNT, NOW

from zoomlink.store.batches import BatchFile, BatchRow, FindBatch, ForgetFiles, KeepBatch

if TYPE_CHECKING:
    from zoomlink.store.records import Store


def keep(store: Store, number: int, data: bytes, **changes: str) -> str:
    row = BatchRow(f"bat_{number}", ACCOUNT, "tenant", "classes.csv", "done", 1, "{}", "{}", NOW + number, NOW)
    content = base64.b64encode(zlib.compress(data)).decode()
    return store.carry_out(KeepBatch(row._replace(**changes), content)).id  # type: ignore[arg-type] # names and texts


def workbook(text: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["topic", text])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        "topic,invitee\nLesson,Zoë&Co@Example.com\n".encode(),
        "topic;invitee\nLesson;Zoë&Co@Example.com\n".encode("utf-16"),
        "topic;invitee\nLesson;Zoë&Co@Example.com\n".encode("cp1252"),
        workbook("Zoë&Co@Example.com"),
    ],
    ids=["utf-8", "utf-16", "cp1252", "xlsx"],
)
def test_a_file_that_names_the_person_is_forgotten(store: Store, data: bytes) -> None:
    named, other = keep(store, 1, data), keep(store, 2, b"topic\nLesson\n")
    assert store.carry_out(ForgetFiles(ACCOUNT, None, "zoë&co@example.com")) == 1
    assert store.carry_out(BatchFile(named)) is None
    assert store.carry_out(BatchFile(other)) is not None
    kept = store.carry_out(FindBatch(named))
    assert kept is not None
    assert (kept.name, kept.state) == ("classes.csv", "done")


def test_a_name_and_a_problem_that_hold_it_go_and_the_rest_stays(store: Store) -> None:
    batch = keep(store, 1, b"topic\nLesson\n", name="zoe.csv", problems='{"2": "Zoe is busy"}')
    assert store.carry_out(ForgetFiles(ACCOUNT, "another", "Zoe")) == 0
    assert store.carry_out(ForgetFiles(ACCOUNT, "tenant", "Zoe")) == 1
    kept = store.carry_out(FindBatch(batch))
    assert kept is not None
    assert (kept.name, kept.problems) == ("erased", "{}")
    assert store.carry_out(BatchFile(batch)) is not None
