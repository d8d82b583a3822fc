"""What becomes of files: the same rows give the same links, a changed row another, and what is in the way is said."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import LinkDesk, Settings, ZoomLinkError
from zoomlink.batches.engine import BatchDesk
from zoomlink.batches.rows import Options
from zoomlink.batches.table import FaultsError
from zoomlink.links.advance import advance
from zoomlink.links.rules import Call
from zoomlink.links.sending import begin_for
from zoomlink.zoom.flow import Moment

if TYPE_CHECKING:
    from zoomlink.batches.crew import Progress
    from zoomlink.batches.engine import OpenBatch
    from zoomlink.store.rows import LinkRow

HEAD = "topic,start,duration\n"
CLASSES = HEAD + "Piano,2031-12-01 18:00,60\nVoice,2031-12-01 18:00,45\nPiano,2031-12-08 18:00,60\n"


def made(batches: BatchDesk, text: str, name: str = "classes.csv", **options: Any) -> OpenBatch:
    return batches.run(batches.submit(text.encode(), name=name, options=Options(**options)))


def ids(batch: OpenBatch) -> list[str | None]:
    return [None if link is None else link.id for _, link, _ in batch.items()]


def result(batch: OpenBatch) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(batch.result().decode())))


def creates(zoom_sandbox: Any) -> list[dict[str, Any]]:
    return [one for one in zoom_sandbox.ledger if one["action"] == "create"]


def test_a_file_becomes_links_in_its_own_order(batches: BatchDesk, zoom_sandbox: Any) -> None:
    batch = made(batches, CLASSES)
    rows = result(batch)
    assert [(row["topic"], row["state"], row["problem"]) for row in rows] == [
        ("Piano", "ready", ""),
        ("Voice", "ready", ""),
        ("Piano", "ready", ""),
    ]
    there = {str(one["meeting_id"]): one for one in creates(zoom_sandbox)}
    assert [there[row["meeting_id"]]["topic"] for row in rows] == ["Piano", "Voice", "Piano"]
    assert sorted(row["host"] for row in rows[:2]) == ["host1@sandbox.example", "host2@sandbox.example"]
    assert (batch.view().state, batch.view().exit_code, batch.view().states) == ("done", 0, {"ready": 3})


def test_the_same_file_again_and_renamed_gives_the_same_batch_and_links(batches: BatchDesk, zoom_sandbox: Any) -> None:
    first = made(batches, CLASSES)
    again = made(batches, CLASSES.replace("\n", "\r\n"), name="other.csv")
    assert (again.id, ids(again)) == (first.id, ids(first))
    assert len(creates(zoom_sandbox)) == 3


def test_a_result_read_as_a_file_finds_its_links_and_changes_nothing(batches: BatchDesk, zoom_sandbox: Any) -> None:
    first = made(batches, CLASSES.replace("duration\n", "duration,passcode,host\n").replace(",60\n", ",60,,\n"))
    again = made(batches, first.result().decode())
    assert (ids(again), again.result()) == (ids(first), first.result())
    assert len(creates(zoom_sandbox)) == 3


def test_a_changed_row_is_another_link_and_the_others_stay(batches: BatchDesk, zoom_sandbox: Any) -> None:
    first = ids(made(batches, CLASSES))
    second = ids(made(batches, CLASSES.replace("12-08", "12-09")))
    assert second[:2] == first[:2]
    assert second[2] not in [None, *first]
    assert len(creates(zoom_sandbox)) == 4


def test_links_of_rows_that_changed_since_are_found_in_the_earlier_result_and_taken_back(
    batches: BatchDesk, zoom_sandbox: Any
) -> None:
    first = made(batches, CLASSES)
    changed = batches.submit(CLASSES.replace("Voice", "Violin").encode(), name="x.csv")
    left = batches.left_over(first.result(), changed)
    assert [row.id for row in left] == [ids(first)[1]]
    assert [row.state for row in batches.take_back(left)] == ["cancelled"]
    again = made(batches, CLASSES.replace("Voice", "Violin"))
    assert (again.view().states, batches.left_over(first.result(), again)) == ({"ready": 3}, [])
    assert batches.left_over(b"no table of ours", again) == []


def test_a_run_ends_when_another_process_takes_the_batch_back(batches: BatchDesk, environ: dict[str, str]) -> None:
    settings = Settings.from_env({**environ, "ZOOMLINK_PLAN": "free"})  # two a second
    text = HEAD + "".join(f"L{n},2031-12-{n + 1:02} 18:00,30\n" for n in range(25))
    with LinkDesk(settings) as other:
        slow = BatchDesk(other)
        batch = slow.submit(text.encode(), name="x.csv")
        runner = threading.Thread(target=slow.run, args=(batch,))
        runner.start()
        while batch.view().states.get("ready", 0) < 2:
            assert runner.is_alive()
        batches.cancel(batches.look(text.encode(), name="x.csv"))
        runner.join(30)
        assert not runner.is_alive()
    assert batches.look(text.encode(), name="x.csv").view().states == {"cancelled": 25}


def test_what_another_process_records_of_the_same_batch_meanwhile_is_no_clash(
    batches: BatchDesk, environ: dict[str, str]
) -> None:
    text = CLASSES + "Choir,2031-12-08 18:00,60\n"  # all hosts are taken then
    mine = batches.submit(text.encode(), name="x.csv")
    with LinkDesk(Settings.from_env(environ)) as desk:
        other = BatchDesk(desk)
        theirs = other.record(other.submit(text.encode(), name="x.csv"))
    batches.run(mine)
    assert (ids(mine), mine.view().problems, mine.view().exit_code) == (ids(theirs), {}, 0)


def test_a_link_that_another_process_is_sending_is_waited_for_no_longer_than_it_takes(
    batches: BatchDesk, environ: dict[str, str]
) -> None:
    batch = batches.record(batches.submit(CLASSES.encode(), name="x.csv"))
    with LinkDesk(Settings.from_env(environ)) as other:
        call = Call("other")
        row = batch.links[0]
        begun = other.do(begin_for(other.rules, call, row.id, Moment(datetime.now(UTC), 0.0), row.attempt))
        assert begun.row is not None
        lease = begun.row.lease_at
        done: list[LinkRow] = []

        def told(progress: Progress) -> None:
            if progress.done == 2 and not done:
                assert progress.next_due is None  # it is being sent, and waits for nothing
                done.append(other.run(advance(row, other.rules, call, begun)))

        batches.run(batch, told)
    assert [one.state for one in done] == ["ready"]
    assert (batch.view().state, batch.view().states) == ("done", {"ready": 3})
    assert lease is not None
    assert time.time() * 1000 < lease


def test_equal_rows_are_as_many_links(batches: BatchDesk) -> None:
    found = ids(made(batches, HEAD + "Piano,2031-12-01 18:00,60\n" * 2))
    assert len(set(found)) == 2


def test_a_row_that_changes_under_its_own_key_is_refused_by_its_line(batches: BatchDesk) -> None:
    head = "key,topic,start\n"
    made(batches, head + "a1,Piano,2031-12-01 18:00\na2,Voice,2031-12-02 18:00\n")
    with pytest.raises(FaultsError) as refused:
        batches.submit((head + "a1,Piano,2031-12-01 18:00\na2,Violin,2031-12-02 18:00\n").encode(), name="x.csv")
    (fault,) = refused.value.faults
    assert (fault.line, fault.column) == (3, "topic")
    assert fault.message == "The key a2 belongs to another request, which has another topic."


def test_a_row_no_host_can_take_is_told_why_and_the_others_are_made(batches: BatchDesk) -> None:
    batch = made(batches, HEAD + "A,2031-12-01 18:00,60\nB,2031-12-01 18:30,60\nC,2031-12-01 18:45,60\n")
    view = batch.view()
    assert (view.states, view.exit_code) == ({"ready": 2}, 7)
    assert list(view.problems) == [4]
    assert view.problems[4].startswith("No host is free then: ")
    assert "line 2 (“A”) until 2031-12-01 19:00" in view.problems[4]
    assert view.problems[4].endswith("Next free: 2031-12-01 19:00.")


def test_what_others_booked_is_respected_also_in_zoom(batches: BatchDesk, desk: LinkDesk, zoom_sandbox: Any) -> None:
    desk.create("Choir", start="2031-12-01T18:00", host="host1@sandbox.example")
    start = "2031-12-01T21:00:00Z"
    desk.zoom.meetings.create("host2@sandbox.example", topic="Board", start=start, duration=30)
    batch = made(batches, HEAD + "Piano,2031-12-01 18:00,60\nVoice,2031-12-01 18:30,30\n")
    assert [None if link is None else link.host for _, link, _ in batch.items()] == [None, "host2@sandbox.example"]


def test_faulty_rows_refuse_the_file_unless_they_are_to_be_left_out(batches: BatchDesk, zoom_sandbox: Any) -> None:
    text = HEAD + "Piano,2031-12-01 18:00,60\n,2031-12-02 18:00,60\nVoice,2001-12-01 18:00,60\n"
    with pytest.raises(FaultsError) as refused:
        batches.submit(text.encode(), name="x.csv")
    assert [(fault.line, fault.column) for fault in refused.value.faults] == [(3, "topic"), (4, "start")]
    assert creates(zoom_sandbox) == []
    batch = made(batches, text, skip_faulty=True)
    assert (batch.view().states, batch.view().exit_code, list(batch.view().problems)) == ({"ready": 1}, 2, [3, 4])


def test_a_batch_that_was_taken_back_makes_nothing_any_more(batches: BatchDesk, zoom_sandbox: Any) -> None:
    batch = made(batches, CLASSES)
    batches.cancel(batch)
    assert (batch.view().state, batch.view().states) == ("cancelled", {"cancelled": 3})
    again = made(batches, CLASSES)
    assert (ids(again), again.view().states) == (ids(batch), {"cancelled": 3})
    actions = [one["action"] for one in zoom_sandbox.ledger]
    assert (actions.count("create"), actions.count("delete")) == (3, 3)


def test_a_batch_taken_back_before_it_ran_makes_nothing(batches: BatchDesk, zoom_sandbox: Any) -> None:
    batch = batches.submit(CLASSES.encode(), name="x.csv")
    batches.cancel(batch)
    assert batches.run(batches.submit(CLASSES.encode(), name="x.csv")).view().state == "cancelled"
    assert zoom_sandbox.ledger == []


def test_a_batch_is_opened_again_by_its_id_and_only_by_its_owner(desk: LinkDesk) -> None:
    mine, other = BatchDesk(desk.as_owner("ana")), BatchDesk(desk.as_owner("rui"))
    batch = made(mine, CLASSES)
    opened = mine.open(batch.id)
    assert (ids(opened), opened.result(), opened.view()) == (ids(batch), batch.result(), batch.view())
    assert [row.id for row in mine.newest()] == [batch.id]
    assert other.newest() == []
    with pytest.raises(ZoomLinkError) as refused:
        other.open(batch.id)
    assert refused.value.slug == "not-found"
    assert made(other, CLASSES).id != batch.id


def test_a_refused_row_is_tried_again_when_the_batch_is_run_again(batches: BatchDesk, zoom_sandbox: Any) -> None:
    text = "topic,start,host\nPiano,2031-12-01 18:00,nobody@sandbox.example\nVoice,2031-12-01 18:00,\n"
    batch = made(batches, text)
    assert (batch.view().states, batch.view().exit_code) == ({"ready": 1, "refused": 1}, 4)
    body = json.dumps({"email": "nobody@sandbox.example", "type": 2}).encode()
    asked = urllib.request.Request(f"{zoom_sandbox.url}/_sandbox/users", body, {"content-type": "application/json"})
    urllib.request.urlopen(asked).close()
    again = made(batches, text)
    assert (again.view().states, ids(again)) == ({"ready": 2}, ids(batch))


def test_plan_stores_nothing_and_sends_nothing(batches: BatchDesk, zoom_sandbox: Any, desk: LinkDesk) -> None:
    plan = batches.plan(batches.read(CLASSES.encode()))
    assert [one.host for one in plan.placements] == [
        "host1@sandbox.example",
        "host2@sandbox.example",
        "host1@sandbox.example",
    ]
    assert (plan.hosts, plan.at_least, plan.days) == (2, 2, 1)
    assert (zoom_sandbox.ledger, zoom_sandbox.requests, desk.counts(), batches.newest()) == ([], [], {}, [])


# -- whose links, and which -----------------------------------------------------------------------------------------


def test_whoever_sees_all_deals_with_a_tenant_s_batch_as_the_tenant_does(desk: LinkDesk, zoom_sandbox: Any) -> None:
    mine, tenant = BatchDesk(desk), BatchDesk(desk.as_owner("ana"))
    text = "topic,start,key\nPiano,2031-12-01 18:00,a-1\nVoice,2031-12-02 18:00,a-2\n"
    own = made(mine, text)
    theirs = tenant.submit(text.replace("18:00", "20:00").encode(), name="x.csv")
    opened = mine.open(theirs.id)
    assert (opened.id, opened.row.owner, ids(opened)) == (theirs.id, "ana", [None, None])
    opened = mine.run(opened)
    assert ids(opened) == ids(tenant.open(theirs.id))
    assert not set(ids(opened)) & set(ids(own))
    assert mine.refresh(opened).id == theirs.id
    assert mine.cancel(mine.open(theirs.id)).view().states == {"cancelled": 2}
    assert mine.refresh(own).view().states == {"ready": 2}
    assert len(creates(zoom_sandbox)) == 4


def test_the_same_keys_with_other_times_are_another_batch(batches: BatchDesk) -> None:
    text = "topic,start,key\nPiano,2031-12-01 18:00,a-1\n"
    first = batches.submit(text.encode(), name="x.csv", options=Options(timezone="America/Sao_Paulo"))
    second = batches.submit(text.encode(), name="x.csv", options=Options(timezone="Europe/Lisbon"))
    assert second.id != first.id
    done = batches.run(batches.open(second.id))
    [link] = done.ready()
    assert f"{link.start_time:%H:%M}" == "18:00"
    assert link.timezone == "Europe/Lisbon"
    # The first one's row has its key taken now, and is told so instead of being given the other's link.
    with pytest.raises(FaultsError):
        batches.submit(text.encode(), name="x.csv", options=Options(timezone="America/Sao_Paulo"))


def test_until_it_runs_a_batch_is_what_was_uploaded_last(batches: BatchDesk) -> None:
    text = "Assunto,topic,start\nPiano,Piano,2031-12-01 18:00\n"
    first = batches.submit(text.encode(), name="one.csv", options=Options(columns=(("topic", "Assunto"),)))
    other = text.replace("Assunto,topic", "topic,Assunto")
    second = batches.submit(other.encode(), name="two.csv")
    assert second.id == first.id
    opened = batches.open(first.id)
    assert (opened.source, opened.options.columns, opened.view().name) == (other.encode(), (), "two.csv")
    batches.run(opened)
    with pytest.raises(ZoomLinkError) as refused:
        batches.submit(text.encode(), name="one.csv", options=Options(columns=(("topic", "Assunto"),)))
    assert (refused.value.slug, refused.value.message) == (
        "conflict",
        f"The batch {first.id} is done with these very rows, and is read in another way now.",
    )
    assert batches.open(first.id).source == other.encode()
    assert batches.submit(other.encode(), name="three.csv").view().name == "two.csv"
    # With nothing left to mean in another way, it is the same batch.
    zoned = other.replace("start", "start,timezone").replace("18:00", "18:00,America/Sao_Paulo")
    again = batches.submit(zoned.encode(), name="four.csv", options=Options(timezone="Europe/Lisbon"))
    assert (again.id, again.view().states) == (first.id, {"ready": 1})


def test_what_the_settings_say_when_it_is_uploaded_is_what_its_rows_mean(environ: dict[str, str]) -> None:
    with LinkDesk(Settings.from_env(environ)) as desk:
        name = BatchDesk(desk).submit(CLASSES.encode(), name="x.csv").id
    with LinkDesk(Settings.from_env({**environ, "ZOOMLINK_TIMEZONE": "Europe/Lisbon"})) as desk:
        opened = BatchDesk(desk).open(name)
        assert {wish.request.when.zone for wish in opened.batch.wishes} == {"America/Sao_Paulo"}


def test_only_what_a_batch_recorded_is_taken_back_with_it(
    batches: BatchDesk, desk: LinkDesk, zoom_sandbox: Any
) -> None:
    text = "topic,start,key\nPiano,2031-12-01 18:00,a-1\nVoice,2031-12-02 18:00,a-2\n"
    single = desk.create("Piano", start="2031-12-01T18:00", key="a-1")
    never = batches.submit(text.encode(), name="x.csv")
    batches.cancel(never)
    assert (batches.open(never.id).view().state, desk.get(single.id).state) == ("cancelled", "ready")
    more = text + "Choir,2031-12-03 18:00,a-3\n"
    ran = made(batches, more)
    assert ran.view().states == {"ready": 3}
    cancelled = batches.cancel(batches.open(ran.id))
    assert (cancelled.view().state, cancelled.view().states) == ("cancelled", {"cancelled": 2, "ready": 1})
    assert desk.get(single.id).state == "ready"
    assert sorted(one["topic"] for one in zoom_sandbox.ledger if one["action"] == "delete") == ["Choir", "Voice"]


def test_a_cancellation_that_was_cut_short_goes_on(batches: BatchDesk, environ: dict[str, str]) -> None:
    batch = made(batches, CLASSES)
    batches.begin_to_cancel(batch.id)
    assert (batches.open(batch.id).view().state, [row.id for row in batches.running()]) == ("cancelling", [batch.id])
    with LinkDesk(Settings.from_env(environ)) as desk:
        other = BatchDesk(desk)
        assert other.run(other.open(batch.id)).view().state == "cancelling"  # nothing is made anew
        row = other.go_on_cancelling(batch.id)
        assert row is not None
        assert (row.state, other.open(batch.id).view().states) == ("cancelled", {"cancelled": 3})
        assert other.running() == []


def test_how_it_stands_is_seen_anew_each_time(batches: BatchDesk, desk: LinkDesk, environ: dict[str, str]) -> None:
    text = HEAD + "A,2031-12-01 18:00,60\nB,2031-12-01 18:30,60\nC,2031-12-01 18:45,60\n"
    seen = batches.submit(text.encode(), name="x.csv")
    with LinkDesk(Settings.from_env(environ)) as other:
        made(BatchDesk(other), text)
    seen = batches.refresh(seen)
    assert (seen.view().state, seen.view().states, list(seen.view().problems)) == ("done", {"ready": 2}, [4])
    gone = ids(seen)[0]
    assert gone is not None
    desk.cancel(gone)
    assert batches.refresh(seen).view().states == {"cancelled": 1, "ready": 1}
