"""Batches over HTTP: uploaded, planned, run, watched, downloaded, cancelled; each row told of, nothing made twice."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import problem

if TYPE_CHECKING:
    from tests.integration.service.ground import Service

CSV = "text/csv"
HEAD = "topic,start,timezone,key\n"
ROWS = "".join(f"Lesson {n},2031-12-{n + 1:02} 18:24,America/Sao_Paulo,row-{n}\n" for n in range(6))


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
    assert service.call("DELETE", f"/v1/batches/{found['id']}").json()["states"] == {"cancelled": 6}
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
