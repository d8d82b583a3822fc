"""Batches over HTTP: uploaded, planned, run, watched, downloaded, cancelled; each row told of, nothing made twice."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import problem

from zoomlink.service.state import now_ms
from zoomlink.store.batches import BATCH_FILES, BatchFile, BatchFileRow, FindBatch, MoveBatch, StartBatch
from zoomlink.store.ops import Op

if TYPE_CHECKING:
    from tests.integration.service.ground import Service, Services

    from zoomlink.store.records import Records

CSV = "text/csv"
HEAD = "topic,start,timezone,key\n"
ROWS = "".join(f"Lesson {n},2031-12-{n + 1:02} 18:24,America/Sao_Paulo,row-{n}\n" for n in range(6))


@dataclass(frozen=True, slots=True)
class PutFile(Op[None]):
    """Put another file in the place of a batch's."""

    batch: str
    content: str

    def apply(self, records: Records) -> None:
        records.write(BATCH_FILES, BatchFileRow(self.batch, self.content, now_ms()))


def upload(service: Service, body: str | bytes = HEAD + ROWS, kind: str = CSV, query: str = "", **more: Any) -> Any:
    return service.call("POST", f"/v1/batches{query}", content=body, headers={"Content-Type": kind}, **more)


def watched(service: Service, name: str) -> list[dict[str, Any]]:
    """What an event stream says until it ends."""
    text = service.call("GET", f"/v1/batches/{name}/events").text
    parts = [dict(line.split(": ", 1) for line in part.splitlines()) for part in text.strip().split("\n\n")]
    assert parts[-1] == {"event": "end", "data": "{}"}
    assert {part["event"] for part in parts[:-1]} == {"progress"}
    return [json.loads(part["data"]) for part in parts[:-1]]


def creates(zoom_sandbox: Any) -> list[str]:
    return sorted(commit["topic"] for commit in zoom_sandbox.ledger if commit["action"] == "create")


def test_a_file_becomes_links_in_its_own_order(service: Service, zoom_sandbox: Any) -> None:
    answer = upload(service, query="?name=classes.csv")
    found = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/batches/{found['id']}")
    assert (found["state"], found["rows"], found["name"]) == ("planned", 6, "classes.csv")
    assert (found["plan"]["to_make"], found["plan"]["hosts"], creates(zoom_sandbox)) == (6, 1, [])
    assert service.call("POST", f"/v1/batches/{found['id']}/run").status_code == 202
    last = watched(service, found["id"])[-1]
    assert (last["state"], last["done"], last["states"]) == ("done", 6, {"ready": 6})
    rows = list(csv.DictReader(io.StringIO(service.call("GET", f"/v1/batches/{found['id']}/links.csv").text)))
    assert [row["topic"] for row in rows] == [f"Lesson {n}" for n in range(6)]
    assert {row["state"] for row in rows} == {"ready"}
    assert rows[0]["join_url"].startswith("http")
    assert creates(zoom_sandbox) == [f"Lesson {n}" for n in range(6)]
    again = upload(service).json()
    assert (again["id"], again["state"], again["plan"]["there_already"]) == (found["id"], "done", 6)
    assert service.call("POST", f"/v1/batches/{found['id']}/run").json()["state"] == "done"
    assert len(creates(zoom_sandbox)) == 6
    assert [one["id"] for one in service.call("GET", "/v1/batches").json()["items"]] == [found["id"]]


def test_json_is_a_file_too_and_comes_back_as_csv(service: Service) -> None:
    items = [{"topic": "Piano", "start": "2031-12-01T18:24", "timezone": "Europe/Lisbon", "key": "p-1"}]
    found = upload(service, json.dumps({"items": items}), "application/json").json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    watched(service, found["id"])
    [row] = csv.DictReader(io.StringIO(service.call("GET", f"/v1/batches/{found['id']}/links.csv").text))
    assert (row["topic"], row["state"]) == ("Piano", "ready")
    [line] = service.call("GET", f"/v1/batches/{found['id']}/links").text.splitlines()
    assert json.loads(line)["join_url"] == row["join_url"]


def test_a_dry_run_stores_nothing(service: Service, zoom_sandbox: Any) -> None:
    answer = upload(service, query="?dry_run=1")
    assert answer.status_code == 202
    assert set(answer.json()) == {"plan"}
    assert service.call("GET", "/v1/batches").json()["items"] == []
    assert creates(zoom_sandbox) == []


def test_every_faulty_row_is_named_at_once(service: Service) -> None:
    answer = upload(service, HEAD + "A,2031-02-30 18:24,Europe/Lisbon,a\n,2031-12-01 18:24,Nowhere/Land,b\n")
    found = problem(answer)
    assert (answer.status_code, found["field"]) == (422, "items")
    assert [(one["line"], one["column"]) for one in found["faults"]] == [(2, "start"), (3, "topic"), (3, "timezone")]
    left = upload(service, HEAD + ROWS + "A,2031-02-30 18:24,Europe/Lisbon,a\n", query="?skip_faulty=1").json()
    assert [one["line"] for one in left["problems"]] == [8]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("", CSV, 422),
        ("{}", "application/json", 422),
        ("[]", "application/json", 422),
        ('{"items": [1]}', "application/json", 422),
        ('{"items": [{"topic": "x"}', "application/json", 400),
        (b"\x89PNG\r\n", "image/png", 415),
        (b"%PDF-1.7", CSV, 422),
        (HEAD, CSV, 422),
        ("colour\nred\n", CSV, 422),
    ],
)
def test_what_is_no_table_is_refused(service: Service, body: Any, kind: str, status: int) -> None:
    answer = upload(service, body, kind)
    assert (answer.status_code, problem(answer)["status"]) == (status, status)


def test_a_batch_is_taken_back(service: Service, zoom_sandbox: Any) -> None:
    found = upload(service).json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    watched(service, found["id"])
    answer = service.call("DELETE", f"/v1/batches/{found['id']}")
    assert (answer.status_code, answer.json()["state"] in {"cancelling", "cancelled"}) == (202, True)
    last = watched(service, found["id"])[-1]
    assert (last["state"], last["states"]) == ("cancelled", {"cancelled": 6})
    assert [commit["action"] for commit in zoom_sandbox.ledger].count("delete") == 6
    assert service.call("POST", f"/v1/batches/{found['id']}/run").status_code == 409


def test_another_owner_s_batch_is_missing(service: Service) -> None:
    found = upload(service).json()
    other = service.make_key(owner="another")
    never = service.call("GET", f"/v1/batches/bat_{'0' * 26}", key=other)
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/run"),
        ("GET", "/events"),
        ("GET", "/links.csv"),
        ("GET", "/links"),
    ):
        answer = service.call(method, f"/v1/batches/{found['id']}{path}", key=other)
        assert (answer.status_code, answer.content) == (404, never.content)
    assert service.call("GET", "/v1/batches", key=other).json()["items"] == []
    assert upload(service, key=service.make_key("links:read links:write")).status_code == 403


def test_cells_that_begin_a_formula_stay_as_they_are_and_ours_are_harmless(service: Service) -> None:
    found = upload(service, HEAD + '"=cmd()",2031-12-01 18:24,Europe/Lisbon,f-1\n').json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    watched(service, found["id"])
    [row] = csv.DictReader(io.StringIO(service.call("GET", f"/v1/batches/{found['id']}/links.csv").text))
    assert row["topic"] == "=cmd()"
    assert not {row["join_url"][:1], row["passcode"][:1], row["host"][:1]} & set("=+-@")


def test_a_batch_that_never_ran_is_over_at_once_and_touches_no_link(service: Service, zoom_sandbox: Any) -> None:
    single = {"topic": "Lesson 0", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
    service.create(single, "row-0")
    found = upload(service).json()
    answer = service.call("DELETE", f"/v1/batches/{found['id']}").json()
    assert (answer["state"], answer["states"]) == ("cancelled", {"ready": 1})
    assert [commit["action"] for commit in zoom_sandbox.ledger] == ["create"]


def test_whoever_sees_all_batches_runs_and_cancels_a_tenant_s_own_links(service: Service, zoom_sandbox: Any) -> None:
    found = upload(service).json()
    everybody = service.make_key(owner="")
    theirs = upload(service, HEAD + ROWS.replace("18:24", "20:24"), key=everybody).json()
    service.call("POST", f"/v1/batches/{theirs['id']}/run", key=everybody)
    text = service.call("GET", f"/v1/batches/{theirs['id']}/events", key=everybody).text
    assert text.rstrip().endswith("event: end\ndata: {}")
    assert service.call("POST", f"/v1/batches/{found['id']}/run", key=everybody).json()["state"] == "running"
    watched(service, found["id"])
    seen = service.call("GET", f"/v1/batches/{found['id']}", key=everybody).json()
    assert (seen, seen["states"]) == (service.call("GET", f"/v1/batches/{found['id']}").json(), {"ready": 6})
    service.call("DELETE", f"/v1/batches/{found['id']}", key=everybody)
    assert watched(service, found["id"])[-1]["states"] == {"cancelled": 6}
    assert service.call("GET", f"/v1/batches/{theirs['id']}", key=everybody).json()["states"] == {"ready": 6}
    assert len(creates(zoom_sandbox)) == 12


def test_running_is_said_when_the_ledger_has_it(service: Service) -> None:
    names = [
        upload(service, HEAD + ROWS.replace("row-", f"b{n}-").replace("18:24", f"{n}:24")).json() for n in range(6)
    ]
    answers = [service.call("POST", f"/v1/batches/{one['id']}/run") for one in names]
    assert {one.json()["state"] for one in answers} <= {"running", "done"}
    kept = [service.do(FindBatch(one["id"])).state for one in names]
    assert set(kept) <= {"running", "done"}
    assert [watched(service, one["id"])[-1]["state"] for one in names] == ["done"] * 6


def test_what_runs_or_is_being_cancelled_goes_on_with_the_next_process(services: Services) -> None:
    first = services.new()
    found = upload(first).json()
    other = upload(first, HEAD + ROWS.replace("row-", "other-").replace("18:24", "20:24")).json()
    first.call("POST", f"/v1/batches/{other['id']}/run")
    watched(first, other["id"])
    first.do(StartBatch(found["id"], now_ms()))  # as a process leaves them that ends just then
    first.do(MoveBatch(other["id"], ("done",), "cancelling", now_ms()))
    second = services.new()
    second.key = first.key
    assert watched(second, found["id"])[-1]["states"] == {"ready": 6}
    assert watched(second, other["id"])[-1]["states"] == {"cancelled": 6}


def test_rows_without_a_host_are_tried_again(service: Service, zoom_sandbox: Any) -> None:
    rows = HEAD + "".join(f"L{n},2031-12-01 18:24,America/Sao_Paulo,c-{n}\n" for n in range(2))
    found = upload(service, rows).json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    last = watched(service, found["id"])[-1]
    assert (last["state"], last["states"], last["problem_count"]) == ("done", {"ready": 1}, 1)
    [made] = service.call("GET", "/v1/links").json()["items"]
    service.call("DELETE", f"/v1/links/{made['id']}")
    assert service.call("GET", f"/v1/batches/{found['id']}").json()["states"] == {"cancelled": 1}
    assert service.call("POST", f"/v1/batches/{found['id']}/run").json()["state"] == "running"
    assert watched(service, found["id"])[-1]["states"] == {"cancelled": 1, "ready": 1}
    assert creates(zoom_sandbox) == ["L0", "L1"]


def test_a_batch_counts_for_the_day_of_its_key_once_with_its_start(service: Service) -> None:
    capped = service.make_key(owner="capped", per_day=8)
    first = upload(service, key=capped).json()
    second = upload(service, HEAD + ROWS.replace("row-", "more-").replace("18:24", "20:24"), key=capped).json()
    for _ in range(3):
        assert service.call("POST", f"/v1/batches/{first['id']}/run", key=capped).status_code == 202
    refused = service.call("POST", f"/v1/batches/{second['id']}/run", key=capped)
    assert (refused.status_code, problem(refused)["title"]) == (429, "The key's own limit is reached")
    assert service.call("GET", f"/v1/batches/{second['id']}", key=capped).json()["state"] == "planned"


def test_what_a_route_does_not_know_is_refused(service: Service) -> None:
    assert problem(upload(service, query="?dryrun=1"))["field"] == "dryrun"
    found = upload(service).json()
    assert service.call("GET", f"/v1/batches/{found['id']}?wait=1").status_code == 422
    assert service.call("POST", f"/v1/batches/{found['id']}/run?now=1").status_code == 422
    assert upload(service, query="?column=topic:topic&column=start:start").status_code == 202


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"items": [{"topic": "x\\ud800", "start": "2031-12-01T18:24", "timezone": "Europe/Lisbon"}]}', "", 400),
        ('{"topic": "x\\ud800", "start": "2031-12-01T18:24", "timezone": "Europe/Lisbon"}', "x-ndjson", 422),
        ('{"topic": "x", "\\udfff": "", "start": "2031-12-01T18:24", "timezone": "Europe/Lisbon"}', "x-ndjson", 422),
    ],
)
def test_half_a_character_is_refused(service: Service, body: str, kind: str, status: int) -> None:
    answer = upload(service, body, f"application/{kind or 'json'}")
    assert (answer.status_code, problem(answer)["status"]) == (status, status)


def test_what_has_passed_is_found_before_anything_is_planned(service: Service) -> None:
    answer = upload(service, HEAD + "A,2001-12-01 18:24,Europe/Lisbon,a\n", query="?dry_run=1")
    assert [(one["line"], one["column"]) for one in problem(answer)["faults"]] == [(2, "start")]


def test_a_stream_that_the_service_breaks_off_does_not_say_that_it_is_the_end(service: Service) -> None:
    found = upload(service).json()
    [runs] = service.api.state.zoomlink.batches.values()
    with ThreadPoolExecutor(1) as pool:
        stream = pool.submit(service.call, "GET", f"/v1/batches/{found['id']}/events")
        while not runs.watchers:
            assert not stream.done()
        service.portal.call(runs.stop)
        text = stream.result().text
    assert (text.count("event: progress"), "event: end" in text) == (1, False)


def test_what_cannot_be_foreseen_is_tried_again(services: Services) -> None:
    first = services.new()
    found = upload(first).json()
    content = first.do(BatchFile(found["id"]))
    first.do(StartBatch(found["id"], now_ms()))
    first.do(PutFile(found["id"], "AAAA"))  # which cannot be unpacked
    second = services.new()
    second.key = first.key
    [runs] = second.api.state.zoomlink.batches.values()
    while not runs.troubles:
        assert second.call("GET", "/healthz").status_code == 200
    second.do(PutFile(found["id"], content))
    assert watched(second, found["id"])[-1]["states"] == {"ready": 6}
    assert runs.troubles == 1


def test_links_that_wait_for_a_day_wait_for_it_and_are_cancelled_at_once(services: Services) -> None:
    hosts = {"ZOOMLINK_PLAN": "business", "ZOOMLINK_HOSTS": "host1@sandbox.example"}
    service = services.new(hosts)
    days = [(n // 24 % 28 + 1, n % 24) for n in range(101)]
    rows = "".join(f"D{n},2031-05-{day:02} {hour:02}:00,Europe/Lisbon,d-{n}\n" for n, (day, hour) in enumerate(days))
    found = upload(service, HEAD + rows).json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    [runs] = service.api.state.zoomlink.batches.values()
    seen: dict[str, Any] = {}
    while not runs.pauses:
        seen = service.call("GET", f"/v1/batches/{found['id']}").json()
    assert (seen["states"], seen["state"]) == ({"parked": 1, "ready": 100}, "running")
    assert runs.pauses[found["id"]] > 60
    service.call("DELETE", f"/v1/batches/{found['id']}")
    assert watched(service, found["id"])[-1]["states"] == {"cancelled": 101}


def test_a_file_is_read_once_however_many_look_at_it_at_the_same_time(services: Services) -> None:
    first = services.new()
    found = upload(first).json()
    second = services.new()  # which has not read it yet
    [runs] = second.api.state.zoomlink.batches.values()

    async def looks() -> list[Any]:
        return await asyncio.gather(*(runs.opened("website", found["id"]) for _ in range(5)))

    seen = second.portal.call(looks)
    assert {id(one) for one in seen} == {id(seen[0])}
