"""The page without a browser: who may see and do what, what is kept out of it, what stays when things go wrong."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import LESSON, Service, Services

from zoomlink.model import LinkState
from zoomlink.problems import PROBLEMS
from zoomlink.service.page.texts import LANGUAGES, texts
from zoomlink.service.sessions import COOKIE, new_visit
from zoomlink.service.state import now_ms
from zoomlink.store.keys import RevokeKey
from zoomlink.store.ops import Op

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

    from zoomlink.store.records import Records

FORM = {"topic": "Guitar lesson", "date": "2031-12-01", "time": "18:24", "timezone": "America/Sao_Paulo"}


class Reader:
    """Somebody with a browser, and its cookies."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx2.Response:
        """One request; redirects are not followed."""
        sent: dict[str, Any] = {} if form is None else {"data": dict(form)}
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.service.call(method, path, key=None, headers={"Cookie": cookie, **headers}, **sent)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    def get(self, path: str) -> httpx2.Response:
        return self.call("GET", path)

    def post(self, path: str, **form: str) -> httpx2.Response:
        """Send a form of the page."""
        token = re.search(r'name="token" value="([^"]+)"', self.get("/").text)
        return self.call("POST", path, {"token": token[1] if token else "", **form})

    def make(self, **changes: str) -> httpx2.Response:
        return self.post("/links", **{**FORM, "duration": "60", "form_key": "page-1", **changes})


@pytest.fixture
def reader(service: Service) -> Reader:
    """Whoever runs the server, at the page."""
    code, op = new_visit()
    service.do(op)
    found = Reader(service)
    answer = found.get(f"/enter?code={code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return found


def with_key(service: Service, key: str) -> Reader:
    found = Reader(service)
    assert found.call("POST", "/enter", {"key": key}).status_code == 303
    return found


def location(answer: httpx2.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_the_cookie_is_for_this_server_and_no_script(services: Services) -> None:
    for https in (False, True):
        service = services.new(https=https)
        answer = Reader(service).call("POST", "/enter", {"key": service.key})
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE))
        parts = {one.strip().lower() for one in cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= parts
        assert ("secure" in parts) is https


def test_a_one_time_address_opens_the_page_once(service: Service) -> None:
    code, op = new_visit()
    service.do(op)
    assert Reader(service).get(f"/enter?code={code}").status_code == 303
    second = Reader(service).get(f"/enter?code={code}")
    assert (second.status_code, COOKIE in second.headers.get("set-cookie", "")) == (401, False)
    assert "zoomlink page" in second.text
    assert code not in second.text


def test_nobody_is_signed_in_by_another_site(service: Service) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        answer = Reader(service).call("POST", "/enter", {"key": service.key}, **headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


def test_what_is_not_public_leads_to_the_sign_in(service: Service) -> None:
    for path in ("/links", "/hosts", "/batches", "/links/lnk_" + "0" * 26, "/links/lnk_" + "0" * 26 + "/qr.svg"):
        assert location(Reader(service).get(path)) == "/"
    for path in ("/links", "/leave", "/batches", "/links/lnk_" + "0" * 26 + "/cancel"):
        assert location(Reader(service).call("POST", path, FORM)) == "/"
    assert service.call("GET", "/v1/links").json()["items"] == []


def test_every_form_needs_the_sessions_own_token(service: Service, reader: Reader) -> None:
    other = with_key(service, service.key)
    token = re.search(r'name="token" value="([^"]+)"', other.get("/").text)
    assert token is not None
    path = location(reader.make())
    for target in ("/links", f"{path}/change", f"{path}/cancel", f"{path}/start", "/leave", "/batches"):
        for stolen in ("", token[1]):
            answer = reader.call("POST", target, {**FORM, "token": stolen, "sure": "yes"})
            assert answer.status_code == 403, target
    assert "Ready" in reader.get(path).text


@pytest.mark.parametrize(
    ("scopes", "path", "form"),
    [
        ("links:read", "/links", FORM),
        ("links:read", "LINK/change", FORM),
        ("links:read", "LINK/cancel", {"sure": "yes"}),
        ("links:read,links:write".replace(",", " "), "LINK/start", {}),
        ("links:read links:write", "/batches", {}),
    ],
)
def test_a_session_may_what_its_key_may(service: Service, scopes: str, path: str, form: dict[str, str]) -> None:
    made = service.create().json()
    reader = with_key(service, service.make_key(scopes))
    answer = reader.post(path.replace("LINK", f"/links/{made['id']}"), **form)
    assert answer.status_code == 403
    assert service.call("GET", f"/v1/links/{made['id']}").json() == made
    assert len(service.call("GET", "/v1/links").json()["items"]) == 1


def test_who_may_only_make_links_sees_each_once(service: Service) -> None:
    reader = with_key(service, service.make_key("links:write"))
    shown = reader.make()
    assert shown.status_code == 201
    assert "Your link is ready" in shown.text
    link = service.call("GET", "/v1/links").json()["items"][0]
    assert f'value="{link["join_url"]}"'.replace("&", "&amp;") in shown.text
    assert "qr.svg" not in shown.text
    assert reader.get(f"/links/{link['id']}").status_code == 403


def test_a_foreign_link_looks_like_none(service: Service) -> None:
    made = service.create().json()
    stranger = with_key(service, service.make_key(owner="stranger"))
    for path in ("", "/qr.svg"):
        foreign = stranger.get(f"/links/{made['id']}{path}")
        missing = stranger.get(f"/links/lnk_{'0' * 26}{path}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.text.replace(made["id"], "") == missing.text.replace(f"lnk_{'0' * 26}", "")
    assert stranger.post(f"/links/{made['id']}/cancel", sure="yes").status_code == 404
    for path in ("/", "/links", "/hosts?day=2031-12-01", f"/links?q={made['id']}", "/links?q=booking-1"):
        assert "Guitar" not in stranger.get(path).text


def test_a_key_that_was_revoked_ends_its_sessions(service: Service) -> None:
    reader = with_key(service, service.make_key(expires_at=None))
    assert reader.get("/links").status_code == 200
    ended = with_key(service, key := service.make_key())

    service.do(RevokeKey(key[4:14], now_ms()))
    assert location(ended.get("/links")) == "/"


def test_the_hosts_entrance_is_shown_to_whoever_asks_for_it_and_nowhere_else(service: Service, reader: Reader) -> None:
    path = location(reader.make())
    assert "zak=" not in reader.get(path).text
    shown = reader.post(f"{path}/start")
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert re.search(r'href="[^"]+zak=[^"]+" rel="noopener noreferrer"', shown.text)
    assert "zak=" not in reader.get(path).text


def test_a_form_sent_again_gives_the_same_link(service: Service, reader: Reader) -> None:
    assert location(reader.make()) == location(reader.make())
    assert location(reader.make(form_key="page-2", time="20:00")) != location(reader.make())
    own = reader.make(form_key="page-3", key="booking-9", time="22:00")
    assert location(reader.make(form_key="page-4", key="booking-9", time="22:00")) == location(own)
    taken = reader.make(form_key="page-5", key="booking-9", time="23:30")
    assert taken.status_code == 422
    assert "This booking number belongs to another link." in taken.text
    assert location(own) in taken.text


def test_a_change_asks_for_what_was_changed_and_nothing_else(service: Service, reader: Reader) -> None:
    path = location(reader.make(agenda="Bring your own guitar"))
    page = reader.get(path).text
    values = dict(re.findall(r'name="(date|time|timezone|topic|passcode)" type="\w+" value="([^"]*)"', page))
    values["timezone"] = "America/Sao_Paulo"
    form = {**values, "duration": "60", "agenda": "Bring your own guitar"}
    assert reader.post(f"{path}/change", **form).headers["location"].endswith("?same=1")
    assert reader.post(f"{path}/change", **{**form, "topic": "Singing"}).headers["location"].endswith("?changed=1")
    assert "Changed: topic." in reader.get(path).text
    refused = reader.post(f"{path}/change", **{**form, "passcode": ""})
    assert "A passcode can be changed here, but not taken away." in refused.text


def test_what_zoom_refuses_is_told_on_the_form(service: Service, reader: Reader) -> None:
    answer = reader.make(other_host="nobody@sandbox.example")
    assert answer.status_code in {422, 404}
    assert "nobody@sandbox.example" in answer.text
    assert 'name="topic" type="text" value="Guitar lesson"' in answer.text


def test_links_are_found_by_topic_host_key_and_number(service: Service, reader: Reader) -> None:
    first = service.create(name="booking-1").json()
    service.create({**LESSON, "topic": "Piano", "start": "2031-12-02T18:24"}, name="booking-2")
    for query in ("guit", "GUITAR less", "booking-1", first["id"], str(first["meeting_id"])):
        found = reader.get(f"/links?q={query}").text
        assert ("Guitar lesson" in found, "Piano" in found) == (True, False), query
    assert "Nothing fits" in reader.get("/links?q=drums").text
    assert "Nothing fits" in reader.get("/links?state=ended").text
    assert "Nothing in the last three months" in reader.get("/links?when=past").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_problem_has_its_page(service: Service, language: str) -> None:
    reader, t = Reader(service), texts(language)
    for slug in PROBLEMS:
        answer = reader.get(f"/problems/{slug}?lang={language}")
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert t(f"problems.{slug}.title") in answer.text.replace("&#39;", "'")
    assert reader.get("/problems/none").status_code == 404
    assert reader.get(f"/docs?lang={language}").status_code == 200


def test_static_files_are_kept_for_a_year_under_their_version(service: Service) -> None:
    reader = Reader(service)
    for address in set(re.findall(r'"(/static/[^"]+)"', reader.get("/").text)):
        answer = reader.get(address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        old = re.sub(r"/static/\w+/", "/static/old/", address)
        assert reader.get(old).headers["cache-control"] == "no-cache"
    assert reader.get("/static/old/..%2Fpage.css").status_code == 404
    scripts = ("page.js", "copy.js", "fresh.js", "forms.js", "zones.js", "batch.js")
    assert sum(len(reader.get(f"/static/old/{name}").content) for name in scripts) < 15_000


def test_odd_addresses_are_answered_with_pages(service: Service, reader: Reader) -> None:
    for path, status in (
        ("/links/nothing", 404),
        ("/links?after=nonsense", 422),
        ("/links?state=none&when=never", 200),
        ("/hosts?day=2031-13-01", 200),
        ("/hosts?day=0001-01-01", 200),
        ("/batches/bat_nothing", 404),
        ("/batches/bat_" + "0" * 26, 404),
        ("/?lang=xx&zone=Nowhere%2FCity", 200),
    ):
        answer = reader.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), path


def test_the_plan_of_a_tenant_s_batch_is_the_tenant_s(service: Service, reader: Reader) -> None:
    rows = "topic,start,timezone,key\nPiano,2031-12-01 18:24,Europe/Lisbon,p-1\n"
    headers = {"Content-Type": "text/csv"}
    everybody = service.make_key(owner="")
    own = {"topic": "Piano", "start": "2031-12-01T18:24", "timezone": "Europe/Lisbon"}
    service.create(own, "p-1", key=everybody)  # whoever runs the server has this key's link, and the tenant has none
    service.call("POST", "/v1/batches", content=rows.replace("18:24", "20:24"), headers=headers)
    [found] = service.call("GET", "/v1/batches").json()["items"]
    assert "Make 1 link" in reader.get(f"/batches/{found['id']}").text


def test_rows_that_are_left_out_are_not_waited_for(service: Service, reader: Reader) -> None:
    rows = "topic,start,timezone\nPiano,2031-12-01 18:24,Europe/Lisbon\n,2031-12-02 18:24,Europe/Lisbon\n"
    headers = {"Content-Type": "text/csv"}
    path = "/v1/batches?skip_faulty=1&name=left.csv"
    found = service.call("POST", path, content=rows, headers=headers).json()
    service.call("POST", f"/v1/batches/{found['id']}/run")
    service.call("GET", f"/v1/batches/{found['id']}/events")
    shown = reader.get(f"/batches/{found['id']}").text
    assert '<progress id="progress" max="1" value="1">100 %</progress>' in shown


def test_a_session_spends_its_keys_calls(service: Service) -> None:
    reader = with_key(service, service.make_key(per_minute=3))
    statuses = [reader.get(path).status_code for path in ("/links", "/hosts", "/v1/links", "/links", "/v1/links")]
    assert statuses == [200, 200, 200, 429, 429]


def test_no_page_leads_to_another_site(service: Service) -> None:
    page = Reader(service).call("GET", "http://service.example//evil.example/x", accept="text/html")
    assert page.status_code == 404
    assert [one for one in re.findall(r'href="([^"]*)"', page.text) if not re.match(r"/(?!/)|#", one)] == []


def test_the_log_knows_neither_keys_nor_codes_nor_links(
    service: Service, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    code, op = new_visit()
    service.do(op)
    Reader(service).get(f"/enter?code={code}")
    Reader(service).get(f"/enter?code={code}")
    Reader(service).call("POST", "/enter", {"key": service.key[:-1] + "u"})
    other = with_key(service, service.key)
    path = location(other.make(passcode="canary-1", topic="Canary topic", agenda="Canary agenda"))
    other.post(f"{path}/start")
    other.get("/links?q=Canary")
    join = service.call("GET", f"/v1{path}").json()["join_url"]
    told = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("zoomlink"))
    assert "/enter" in told
    for secret in (
        code,
        service.key,
        service.key[:-1],
        "canary",
        "Canary",
        join,
        "pwd=",
        "zak=",
        other.cookies[COOKIE],
    ):
        assert secret not in told


@dataclass(frozen=True)
class Become(Op[None]):
    """Put a link into a state."""

    link: str
    changes: dict[str, Any]

    def apply(self, records: Records) -> None:
        row = records.link(self.link)
        assert row is not None
        records.change_link(row, self.changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_told_in_words(services: Services, language: str) -> None:
    service = services.new(sweep=False)
    name = service.create().json()["id"]
    reader, t = with_key(service, service.key), texts(language)
    for state in LinkState:
        problem = '{"message": "Zoom said no.", "slug": "refused"}'
        later = None if state in {"ready", "refused", "cancelled", "deleted"} else now_ms() + 3_600_000
        service.do(Become(name, {"state": str(state), "problem": problem, "due_at": later, "warnings": '["Careful."]'}))
        page = reader.get(f"/links/{name}?lang={language}")
        assert page.status_code == 200
        said = html.unescape(page.text)
        assert t(f"states.{state}.label") in said
        assert ("data-moving" in said) is (later is not None)
        assert (t(f"states.{state}.words") in said) is (state is not LinkState.READY)
        assert f'action="/links/{name}/change"' in said or state in {"refused", "cancelled", "deleted"}
        assert reader.get(f"/links?lang={language}").status_code == 200


def test_a_sandbox_says_that_it_is_one(services: Services) -> None:
    for sandbox in (False, True):
        page = Reader(services.new(sandbox=sandbox)).get("/").text
        assert ("A local Zoom: links work on this machine only" in page) is sandbox
        assert f"zoomlink page{' --sandbox' * sandbox} --url http://service.example" in page
        docs = Reader(services.new(sandbox=sandbox)).get("/docs").text
        assert f"$(zoomlink keys create my-site --scopes links:read,links:write{' --sandbox' * sandbox})" in docs


def test_a_series_is_called_one(service: Service, reader: Reader) -> None:
    series = service.create({**LESSON, "recurrence": {"type": 1, "end_times": 3}}).json()
    single = service.create({**LESSON, "start": "2031-12-20T10:00"}, name="booking-2").json()
    pages = [reader.get(f"/links/{one['id']}").text for one in (series, single)]
    assert ["A series. This is its first date" in page for page in pages] == [True, False]


def test_a_weekly_series_is_made_from_the_form(reader: Reader) -> None:
    path = location(reader.make(repeat="weekly", times="3"))
    assert "A series. This is its first date" in reader.get(path).text
    busy = [">Guitar lesson</a>" in reader.get(f"/hosts?day=2031-12-{day:02}").text for day in (1, 8, 15, 22)]
    assert busy == [True, True, True, False]


def test_wrong_keys_are_told_to_wait(service: Service) -> None:
    reader = Reader(service)
    calls = partial(reader.call, "POST", "/enter", {"key": "zlk_guess"})
    statuses = [calls().status_code for _ in range(310)]
    assert statuses[:300] == [401] * 300
    assert statuses[-1] == 429
    assert calls().headers["retry-after"].isdigit()


def test_browsers_that_go_astray_see_a_page_and_programs_a_problem(service: Service, reader: Reader) -> None:
    page = reader.call("GET", "/nothing/here", accept="text/html,*/*;q=0.8")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address." in page.text
    assert "Look at the address once more" in page.text
    assert "keys of the owner" not in page.text
    assert "keys of the owner" in reader.get(f"/links/lnk_{'0' * 26}").text
    assert "Esse link não existe." in reader.get(f"/links/lnk_{'0' * 26}?lang=pt").text
    for path, accept in (("/nothing/here", "*/*"), ("/v1/nothing", "text/html")):
        answer = reader.call("GET", path, accept=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_form_that_cannot_be_read_is_answered_with_a_page(service: Service, reader: Reader) -> None:
    for form in ({f"field-{number}": "x" for number in range(2000)}, {"topic": "x" * 1_100_000}):
        answer = reader.call("POST", "/links", form)
        assert answer.status_code in {400, 413}
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = service.call("POST", "/enter", key=None, headers=kind, content=b"--y\r\nnonsense")
    assert answer.status_code == 400


def test_a_mistake_of_ours_is_a_page_for_browsers_and_a_problem_for_programs(service: Service) -> None:
    async def broken() -> None:
        raise RuntimeError("canary")

    service.api.add_api_route("/broken", broken, methods=["GET"])
    for language, title in (("en", "Something unforeseen went wrong."), ("pt", "Algo inesperado deu errado.")):
        page = service.call("GET", "/broken", key=None, headers={"accept": "text/html", "accept-language": language})
        assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
        assert title in page.text
        assert page.headers["x-request-id"] in page.text
        assert "canary" not in page.text
    answer = service.call("GET", "/broken", key=None)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")


def test_a_booking_number_is_shown_where_somebody_chose_it(reader: Reader) -> None:
    made = reader.get(location(reader.make(form_key="page-" + "0f" * 12))).text
    chosen = reader.get(location(reader.make(form_key="page-" + "0e" * 12, key="booking-9", time="22:00"))).text
    assert ["Booking number" in page for page in (made, chosen)] == [False, True]
    assert ["page-0" in page for page in (made, chosen)] == [False, False]
    assert "The request was noted." in made


def test_what_is_refused_is_told_in_the_readers_language(reader: Reader) -> None:
    reader.cookies["zoomlink_language"] = "pt"
    wrong = reader.make(passcode="no blank")
    assert wrong.status_code == 422
    assert "<span>A senha não tem a forma que o Zoom aceita.</span> <span>Até 10 letras" in wrong.text
    refused = reader.make(other_host="nobody@sandbox.example")
    assert refused.status_code == 422
    problem = "Não existe esse usuário nesta conta do Zoom. O Zoom diz: “User does not exist: nobody@sandbox.example.”"
    cure = "Confira o endereço de e-mail e se a pessoa aceitou o convite para a conta."
    assert f"<p><span>{problem}</span> <span>{cure}</span></p>" in refused.text


def test_faults_of_a_file_are_told_with_their_column_and_cure_in_the_readers_language(reader: Reader) -> None:
    token = re.search(r'name="token" value="([^"]+)"', reader.get("/batches?lang=pt").text)
    assert token is not None
    rows = "topic,date,time\nPiano,2031-12-10,99:00\nCoral,2031-12-11,18:00\n"
    for skip in ("", "1"):
        parts = {"token": token[1], "timezone": "America/Sao_Paulo", "skip_faulty": skip}
        body = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in parts.items())
        body += f'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n{rows}\r\n--x--\r\n'
        cookie = "; ".join(f"{name}={value}" for name, value in reader.cookies.items())
        headers = {"content-type": "multipart/form-data; boundary=x", "cookie": cookie}
        answer = reader.service.call("POST", "/batches", key=None, headers=headers, content=body.encode())
        page = answer if answer.status_code == 422 else reader.get(answer.headers["location"])
        assert re.search(
            r"<strong>Linha 2, time</strong> <span>O horário 99:00 não existe.</span> <span>O relógio vai", page.text
        ), page.text
