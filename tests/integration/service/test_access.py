"""Who may do what: keys and their limits, scopes of routes, and that what belongs to another looks like nothing."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute
from tests.integration.service.ground import ALL, Service, Services, at, lesson, problem

from zoomlink.service.access import PAGE_HEADER, Needs
from zoomlink.service.apikeys import SCOPES
from zoomlink.service.limits import MISTAKES
from zoomlink.service.sessions import COOKIE, OPERATOR, make_session
from zoomlink.service.state import now_ms
from zoomlink.store.carrying import day_of
from zoomlink.store.keys import USES as USED
from zoomlink.store.keys import RevokeKey, UseRow
from zoomlink.store.ops import Op

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from zoomlink.store.records import Records

PUBLIC = {"POST /webhooks/zoom", "GET /healthz", "GET /readyz", "GET /metrics"}
"""What needs no key: Zoom signs its events; the metrics ask for the scope admin where other machines can reach them."""
HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "cache-control",
    "x-request-id",
}


class Uses(Op[list[UseRow]]):
    def apply(self, records: Records) -> list[UseRow]:
        return records.select(USED)


def used(service: Service) -> int:
    return sum(row.used for row in service.do(Uses()) if row.day == day_of(now_ms()))


def routes(found: Any) -> Iterator[APIRoute]:
    """All routes of an app, with those of the routers in it."""
    for route in found.routes:
        if isinstance(route, APIRoute):
            yield route
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from routes(inner)


def scope_of(route: APIRoute) -> str | None:
    """The scope that a route's callers must have; None where none is declared."""
    waiting, found = [route.dependant], set()
    while waiting:
        one = waiting.pop()
        waiting += one.dependencies
        if isinstance(one.call, Needs):
            found.add(one.call.scope)
    assert len(found) <= 1
    return found.pop() if found else None


def operations(service: Service) -> list[tuple[str, str, str]]:
    """Every operation of the API with its scope."""
    found = []
    for route in routes(service.api.router):
        if route.endpoint.__module__.startswith("zoomlink.service.page"):
            continue  # its sessions are proven with the page
        for method in sorted(route.methods or ()):
            name, scope = f"{method} {route.path_format}", scope_of(route)
            assert (scope is None) == (name in PUBLIC), f"{name} declares the scope {scope}"
            if scope is not None:
                found.append((method, route.path_format, scope))
    return found


def body_of(method: str, path: str) -> dict[str, Any]:
    if (method, path) == ("POST", "/v1/links"):
        return {"json": lesson(), "headers": {"Idempotency-Key": "matrix"}}
    if (method, path) == ("POST", "/v1/batches"):
        rows = [{"topic": "Guitar", "start": "2031-12-05T18:24", "timezone": "America/Sao_Paulo"}]
        return {"json": {"items": rows}}
    return {"json": {"topic": "Changed"}} if method == "PATCH" else {}


QUERY = {"/v1/hosts/availability": "?start=2031-12-01T18:24Z"}


def seen(answer: httpx2.Response) -> tuple[int, bytes, dict[str, str]]:
    """All that a caller can tell answers apart by."""
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k != "x-request-id"}


def test_every_operation_declares_a_scope_or_is_public_by_name(service: Service) -> None:
    found = operations(service)
    described = {
        f"{method.upper()} {path}"
        for path, item in service.call("GET", "/openapi.json").json()["paths"].items()
        for method in item
    }
    assert {f"{method} {path}" for method, path, _ in found} | PUBLIC >= described
    assert {scope for _, _, scope in found} == {"links:read", "links:write", "host", "batches"}
    assert len(found) >= 17


def test_what_belongs_to_another_looks_exactly_like_what_is_missing(services: Services, zoom_sandbox: Any) -> None:
    other = {"ZOOM_ACCOUNT_ID": "other-account"}
    service = services.new({}, other, sweep=False)
    mine = service.create().json()["id"]
    batch = service.call("POST", "/v1/batches", **body_of("POST", "/v1/batches")).json()["id"]
    objects = {"/v1/links": (mine, "lnk_" + "0" * 26), "/v1/batches": (batch, "bat_" + "0" * 26)}
    checked = 0
    for method, path, needed in operations(service):
        prefix = "/".join(path.split("/")[:3])
        for scopes in (*SCOPES, "", ALL):
            strangers = [service.make_key(scopes, owner="stranger"), service.make_key(scopes, owner="website", desk=1)]
            if "{id}" not in path:
                if needed not in scopes.split():
                    answer = service.call(method, path + QUERY.get(path, ""), key=strangers[0], **body_of(method, path))
                    assert (answer.status_code, problem(answer)["type"]) == (403, "/problems/forbidden"), (path, scopes)
                continue
            own, missing = (path.replace("{id}", one) for one in objects[prefix])
            for key in (*strangers, service.make_key(scopes)):
                nothing = seen(service.call(method, missing, key=key, **body_of(method, path)))
                assert nothing[0] == (404 if needed in scopes.split() else 403), (method, path, scopes)
                if key in strangers:
                    assert seen(service.call(method, own, key=key, **body_of(method, path))) == nothing
                elif needed not in scopes.split():
                    assert service.call(method, own, key=key, **body_of(method, path)).status_code == 403
                checked += 1
    assert checked >= 200
    read = service.call("GET", f"/v1/links/{mine}").json()
    assert (read["topic"], read["state"]) == ("Guitar lesson", "ready")
    assert len(zoom_sandbox.ledger) == 1


def test_another_owner_sees_that_a_host_is_busy_and_nothing_else(service: Service) -> None:
    secret = lesson(topic="Talk about the takeover", agenda="Names: Ann, Bob", passcode="hush123")
    mine = service.create(secret).json()
    stranger = service.make_key(owner="stranger")
    answers = [
        service.create(lesson(), key=stranger),
        service.create(secret, key=stranger),
        service.call("GET", "/v1/hosts?start_from=2031-12-01T00:00:00Z", key=stranger),
        service.call("GET", "/v1/hosts/availability?start=2031-12-01T21:30Z", key=stranger),
        service.call("GET", "/v1/links", key=stranger),
        service.call("GET", "/v1/links?key=booking-1", key=stranger),
        service.call("GET", "/v1/links?host=me&state=ready", key=stranger),
        service.call("GET", f"/v1/links?cursor=0.{mine['id']}", key=stranger),
    ]
    assert [one.status_code for one in answers] == [409, 409, 200, 200, 200, 200, 200, 200]
    for one in answers:
        for word in ("takeover", "Ann", "hush123", mine["id"], mine["join_url"], str(mine["meeting_id"]), "booking-1"):
            assert word not in one.text
    assert [one.json()["items"] for one in answers[4:]] == [[], [], [], []]
    assert problem(answers[0])["next_free"] == "2031-12-01T22:24:00Z"


def test_one_key_of_two_owners_and_of_two_accounts_is_two_links(services: Services, zoom_sandbox: Any) -> None:
    service = services.new()
    links = [
        service.create(at(number), "same", key=service.make_key(owner=f"owner-{number}")).json() for number in range(20)
    ]
    assert {one["key"] for one in links} == {"same"}
    assert len({one["id"] for one in links}) == len(zoom_sandbox.ledger) == 20


def test_to_ask_for_anothers_takes_as_long_as_to_ask_for_nothing(service: Service) -> None:
    mine = service.create().json()["id"]
    stranger = service.make_key(owner="stranger")
    took: dict[str, list[float]] = {mine: [], "lnk_" + "0" * 26: []}
    for _ in range(60):
        for name, times in took.items():
            began = time.perf_counter()
            assert service.call("GET", f"/v1/links/{name}", key=stranger).status_code == 404
            times.append(time.perf_counter() - began)
    foreign, missing = (statistics.median(times) for times in took.values())
    assert abs(foreign - missing) < max(foreign, missing) / 2


# -- keys --------------------------------------------------------------------------------------------------------------


def test_no_key_and_no_good_key_are_refused_in_the_same_way(services: Services, environ: dict[str, str]) -> None:
    service = services.new()
    good = service.key
    expired = service.make_key(expires_at=now_ms() - 1)
    revoked = service.make_key(revoked_at=now_ms())
    rotated = service.make_key(revoked_at=now_ms() + 60_000)
    elsewhere = services.new({"ZOOMLINK_DATABASE": environ["ZOOMLINK_DATABASE"].replace("ledger", "other")}).make_key()
    gone = service.make_key(account="no-such-account")
    at = next(at for at in range(20, len(good)) if good[at] != good[at + 1])  # of two that are the same nobody sees it
    swapped = good[:at] + good[at + 1] + good[at] + good[at + 2 :]
    wrong = [
        *(
            f"Bearer {one}"
            for one in (expired, revoked, elsewhere, gone, good.upper(), good[:-1], good + "0", swapped, "")
        ),
        *(
            f"Bearer zlk_{good[5:]}",
            f"Bearer {good} {good}",
            f"Bearer {good},{good}",
            f"Bearer\t{good}",
            f"Basic {good}",
        ),
        *(good, f"Token {good}", "Bearer", "", "Bearer zlk_", f"Bearer {good[:14] + 'z' * 58}", f'Bearer "{good}"'),
    ]
    path = "/v1/links"
    answers = [service.call("GET", path, headers={"Authorization": one}) for one in wrong]
    answers += [
        service.call("GET", path, headers=[("Authorization", f"Bearer {good}")] * 2),
        service.call("GET", path, headers=[("Authorization", "Bearer x"), ("Authorization", f"Bearer {good}")]),
    ]
    told = {(one.status_code, one.text, one.headers["www-authenticate"]) for one in answers}
    assert len(told) == 1
    assert (answers[0].status_code, problem(answers[0])["type"]) == (401, "/problems/unauthenticated")
    assert problem(service.call("GET", path, key=None))["detail"] == "No API key was sent."
    for elsewhere_sent in (f"{path}?key={good}", f"{path}?access_token={good}", f"{path}?api_key={good}"):
        refused = service.call("GET", elsewhere_sent, key=None)
        assert refused.status_code in {401, 422}
        assert good not in refused.text
    assert service.call("GET", path, headers={"Cookie": f"{COOKIE}={good}"}, key=None).status_code == 401
    for fine in (good, rotated):
        assert service.call("GET", path, headers={"Authorization": f"bearer {fine}"}).status_code == 200


def test_a_key_that_is_revoked_is_over_at_once(service: Service) -> None:
    key = service.make_key()
    assert service.call("GET", "/v1/links", key=key).status_code == 200
    service.do(RevokeKey(key[4:14], now_ms()))
    assert service.call("GET", "/v1/links", key=key).status_code == 401


def test_of_a_key_only_the_hash_is_in_the_database(service: Service, environ: dict[str, str]) -> None:
    keys = [service.key, *(service.make_key() for _ in range(20))]
    for key in keys:
        service.call("GET", "/v1/links", key=key)
    file = Path(environ["ZOOMLINK_DATABASE"].removeprefix("sqlite:///"))
    content = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    for key in keys:
        assert key[4:14].encode() in content
        assert key[14:].encode() not in content
        assert key[14:40].encode() not in content


def test_whoever_guesses_keys_is_told_to_wait_and_others_are_not(service: Service) -> None:
    calls = [{"method": "GET", "path": "/v1/links", "key": f"zlk_{number}"} for number in range(MISTAKES + 50)]
    answers = service.together(calls)
    assert [one.status_code for one in answers[:MISTAKES]] == [401] * MISTAKES
    late = answers[-1]
    assert (late.status_code, problem(late)["type"], late.headers["retry-after"]) == (
        429,
        "/problems/rate-limited",
        "1",
    )
    assert service.call("GET", "/v1/links").status_code == 200


def test_the_calls_a_minute_of_a_key_are_exact(service: Service) -> None:
    key, other = service.make_key(per_minute=20), service.make_key(per_minute=20)
    answers = service.together([{"method": "GET", "path": "/v1/links", "key": key}] * 30)
    assert sorted(one.status_code for one in answers) == [200] * 20 + [429] * 10
    refused = next(one for one in answers if one.status_code == 429)
    assert problem(refused)["type"] == "/problems/key-limit"
    assert 55 <= int(refused.headers["retry-after"]) <= 60
    assert service.call("GET", "/v1/links", key=other).status_code == 200


def test_the_links_a_day_of_a_key_are_exact(services: Services, zoom_sandbox: Any) -> None:
    service = services.new(at_once=400)
    key = service.make_key(per_day=5)

    def post(asked: dict[str, Any], name: str) -> dict[str, Any]:
        return {"method": "POST", "path": "/v1/links", "json": asked, "headers": {"Idempotency-Key": name}, "key": key}

    copies = service.together([post(at(0), "copied")] * 50)
    assert {one.status_code for one in copies} == {201}
    assert used(service) == 1
    # As many at once as may be made: each holds its place until it is known to be wrong.
    for number in range(10):
        wrong = service.together([post(lesson(start="2020-01-01T00:00Z"), f"wrong-{number}-{one}") for one in range(4)])
        assert {one.status_code for one in wrong} == {422}
    busy = service.together([post(at(0), f"busy-{number}") for number in range(3)])
    assert {one.status_code for one in busy} == {409}
    nobody = service.create(lesson(host="nobody@example.com"), "refused", key=key)
    assert nobody.status_code in {404, 422}
    assert used(service) == 1
    answers = service.together([post(at(number), f"b-{number}") for number in range(1, 31)])
    assert sorted(one.status_code for one in answers) == [201] * 4 + [429] * 26
    assert used(service) == 5
    refused = next(one for one in answers if one.status_code == 429)
    assert problem(refused)["type"] == "/problems/key-limit"
    left = 86_400 - time.time() % 86_400
    assert abs(int(refused.headers["retry-after"]) - left) < 120
    assert service.create(at(0), "copied", key=key).headers["idempotent-replayed"] == "true"
    assert service.create(at(40), "again", key=key).status_code == 429
    assert len([one for one in zoom_sandbox.ledger if one["action"] == "create"]) == 5


def test_the_links_of_a_batch_count_too(service: Service, zoom_sandbox: Any) -> None:
    key = service.make_key(per_day=5)

    def upload(first: int, count: int) -> str:
        rows = [{**at(number), "key": f"row-{number}"} for number in range(first, first + count)]
        answer = service.call("POST", "/v1/batches", key=key, json={"items": rows})
        return f"/v1/batches/{answer.json()['id']}/run"

    small, large = upload(0, 4), upload(10, 6)
    refused = service.call("POST", large, key=key)
    assert (refused.status_code, problem(refused)["type"]) == (429, "/problems/key-limit")
    assert service.call("POST", small, key=key).status_code == 202
    assert used(service) == 4
    assert service.create(at(20), "one", key=key).status_code == 201
    assert service.create(at(21), "two", key=key).status_code == 429
    assert used(service) == 5


# -- the page's session, the metrics, headers --------------------------------------------------------------------------


def test_a_session_of_the_page_may_read_but_change_only_from_the_page(service: Service) -> None:
    secret = service.api.state.zoomlink.secret("page")
    made = service.create().headers["location"]
    for subject in (OPERATOR, service.key[4:14]):
        cookie = {"Cookie": f"{COOKIE}={make_session(subject, secret, time.time()).text}"}
        assert service.call("GET", made, key=None, headers=cookie).status_code == 200
        for method, path in (("DELETE", made), ("PATCH", made)):
            body: dict[str, Any] = body_of(method, path)
            refused = service.call(method, path, key=None, headers=cookie, **body)
            assert (refused.status_code, problem(refused)["detail"]) == (403, "That did not come from the page.")
            foreign = service.call(method, path, key=None, headers={**cookie, PAGE_HEADER: "0"}, **body)
            assert foreign.status_code == 403
    changed = service.call("PATCH", made, key=None, headers={**cookie, PAGE_HEADER: "1"}, json={"topic": "New"})
    assert changed.json()["topic"] == "New"
    stale = make_session(OPERATOR, secret, time.time() - 13 * 3600).text
    forged = make_session(OPERATOR, b"guess", time.time()).text
    for text in (stale, forged, "", "x"):
        assert service.call("GET", made, key=None, headers={"Cookie": f"{COOKIE}={text}"}).status_code == 401
    service.do(RevokeKey(service.key[4:14], now_ms()))
    assert service.call("GET", made, key=None, headers=cookie).status_code == 401


def test_the_metrics_are_for_this_machine_or_the_scope_admin(services: Services) -> None:
    near, far = services.new(), services.new(local=False)
    for host, status in {
        "localhost:8000": 200,
        "127.0.0.1": 200,
        "[::1]:8000": 200,
        "evil.example": 401,
        "": 401,
    }.items():
        assert near.call("GET", "/metrics", key=None, headers={"Host": host}).status_code == status
    proxied = {"Host": "localhost", "X-Forwarded-For": "192.0.2.1"}
    assert near.call("GET", "/metrics", key=None, headers=proxied).status_code == 401
    assert far.call("GET", "/metrics", key=None).status_code == 401
    assert far.call("GET", "/metrics", key=far.make_key("links:read")).status_code == 403
    far.create()
    found = far.call("GET", "/metrics", key=far.make_key("admin"))
    assert found.status_code == 200
    assert 'zoomlink_links{account="sandbox-account",state="ready"} 1.0' in found.text
    assert 'zoomlink_outcomes_total{outcome="ready"} 1.0' in found.text


def test_every_answer_has_the_security_headers_and_a_number_of_its_own(services: Services) -> None:
    service = services.new(https=True, at_once=1)

    async def breaks() -> None:
        raise RuntimeError("canary: what a programmer never thought of")

    service.api.add_api_route("/breaks", breaks, methods=["GET"])
    made = service.create()
    path, tag = made.headers["location"], made.headers["etag"]
    many = service.together([{"method": "PATCH", "path": path, "json": {"topic": f"{number}"}} for number in range(20)])
    answers = [
        made,
        *many,
        service.call("GET", path),
        service.call("GET", path, headers={"If-None-Match": "*"}),
        service.call("GET", f"{path}.ics"),
        service.call("POST", "/v1/links", json=lesson()),
        service.call("GET", path, key=None),
        service.call("GET", path, key=service.make_key("host")),
        service.call("GET", "/nothing"),
        *(service.call(method, path) for method in ("PUT", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW")),
        service.create(lesson(topic="x"), "other"),
        service.call("DELETE", path, headers={"If-Match": tag}),
        service.call("POST", "/v1/links", content=b"x" * 1_000_001, headers={"Content-Type": "application/json"}),
        service.call("POST", "/v1/links", content=b"{}", headers={"Idempotency-Key": "x"}),
        service.create({}, "empty"),
        service.call("GET", "/breaks"),
        *(service.call("GET", one, key=None) for one in ("/healthz", "/readyz", "/metrics", "/openapi.json")),
    ]
    statuses = {one.status_code for one in answers}
    assert statuses == {200, 201, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 500, 503}
    for one in answers:
        assert set(one.headers) >= HEADERS, one
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["strict-transport-security"] == "max-age=31536000"
        assert "unsafe" not in one.headers["content-security-policy"]
        if one.status_code >= 400 and one.request.method != "HEAD":
            problem(one)
    assert len({one.headers["x-request-id"] for one in answers}) == len(answers)
    broken = next(one for one in answers if one.status_code == 500)
    assert "canary" not in broken.text
    assert broken.headers["x-request-id"] in problem(broken)["hint"]
    assert service.call("PUT", path).headers["allow"] == "GET, PATCH, DELETE"
    assert service.call("PUT", "/v1/links").headers["allow"] == "GET, POST"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_no_header_makes_one_method_another(service: Service, header: str) -> None:
    path = service.create().headers["location"]
    service.call("GET", f"{path}?wait=0", headers={header: "DELETE"})
    assert service.call("POST", path, headers={header: "DELETE"}).status_code == 405
    assert service.call("GET", path).json()["state"] == "ready"
