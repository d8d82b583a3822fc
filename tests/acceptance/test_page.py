"""The page in a real browser: `zoomlink serve` as a process of its own, over a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect, sync_playwright
from tests.acceptance.conftest import ZOOMLINK

from zoomlink.sandbox import threaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

DAY = "2031-12-01"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@dataclass(frozen=True)
class Site:
    """A service that runs, and how to ask the command about the same ledger."""

    url: str
    entrance: str
    environ: dict[str, str]
    sandbox: Any

    def zoomlink(self, *words: str) -> str:
        """What the command prints."""
        done = subprocess.run([ZOOMLINK, *words], env=self.environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with an empty ledger and two hosts."""
    home = tmp_path_factory.mktemp("home")
    with threaded() as sandbox:
        environ = {
            "PATH": f"{ZOOMLINK.parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: value for name, value in os.environ.items() if name == "PYTHONPATH"},
            **sandbox.env,
            "ZOOMLINK_HOSTS": "owner@sandbox.example,host1@sandbox.example",
            "ZOOMLINK_PLAN": "none",
            "ZOOMLINK_DATABASE": f"sqlite:///{home / 'ledger.db'}",
        }
        with (home / "log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [ZOOMLINK, "serve", "--port", "0"], env=environ, cwd=home, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        try:
            url = process.stdout.readline().rsplit(" ", 1)[1].strip()
            entrance = process.stdout.readline().rsplit(" ", 1)[1].strip()
            yield Site(url, entrance, environ, sandbox)
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "the tests need chromium: make system"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=SWITCHES.split())
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def session(site: Site, browser: Browser) -> list[Any]:
    """The cookie of whoever runs the server."""
    context = browser.new_context()
    context.new_page().goto(site.zoomlink("page", "--url", site.url))
    found = [cookie for cookie in context.cookies() if cookie["name"] == "zoomlink_session"]
    context.close()
    return found


@pytest.fixture
def visit(site: Site, browser: Browser, session: list[Any]) -> Iterator[Callable[..., Page]]:
    """Open a browser that is signed in, at a page; what scripts complain about, or the policy, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str = "/", *, signed_in: bool = True, **more: Any) -> Page:
        usual: dict[str, Any] = {"viewport": DESK, "locale": "en-GB", "timezone_id": "America/Sao_Paulo"}
        context = browser.new_context(base_url=site.url, **{**usual, **more})
        context.set_default_timeout(10_000)
        contexts.append(context)
        if signed_in:
            context.add_cookies(session)
            zone = {**usual, **more}["timezone_id"]
            context.add_cookies([{"name": "zoomlink_zone", "value": zone, "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def fill(page: Page, topic: str, *, time: str, day: str = DAY, **more: str) -> None:
    page.fill("#topic", topic)
    page.fill("#date", day)
    page.fill("#time", time)
    for name, value in more.items():
        page.fill(f"#{name}", value)


def make(page: Page, topic: str, *, time: str, day: str = DAY, **more: str) -> None:
    """Make a link from the form on the start page."""
    fill(page, topic, time=time, day=day, **more)
    with page.expect_navigation():
        page.click("#create button.primary.big")


def made(site: Site, topic: str) -> int:
    """Meetings with this topic that Zoom has made."""
    return sum(one["topic"] == topic for one in site.sandbox.ledger if one["action"] == "create")


def test_a_person_makes_a_link_copies_it_and_takes_its_calendar_file(site: Site, visit: Callable[..., Page]) -> None:
    page = visit("/", signed_in=False)
    assert page.text_content("h1") == "Sign in"
    page.goto(site.entrance)
    assert page.url == f"{site.url}/"
    expect(page.locator("#timezone")).to_have_value("America/Sao_Paulo")  # as the browser has it
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)

    make(page, "Guitar lesson", time="18:24")

    assert page.text_content(".notice h2") == "Your link is ready"
    assert page.inner_text(".when") == "Monday, 1 December 2031, 18:24–19:24 America/Sao_Paulo, UTC−3 · 1 h"
    link = page.input_value("#join")
    assert re.fullmatch(rf"{re.escape(site.sandbox.url)}/j/\d+\?pwd=\S+", link)
    page.click("text=Copy link")
    assert page.evaluate("navigator.clipboard.readText()") == link
    expect(page.locator("#say")).to_have_text("Copied")

    with page.expect_download() as coming:
        page.click("text=Calendar file")
    calendar = coming.value.path().read_bytes().decode().replace("\r\n ", "")
    assert "SUMMARY:Guitar lesson" in calendar
    assert "DTSTART;TZID=America/Sao_Paulo:20311201T182400" in calendar
    assert link in calendar

    with page.expect_popup() as opened:
        page.click(".qr a")
    opened.value.wait_for_load_state()
    shown = page.request.get(opened.value.url).text()
    drawn = segno.make(link, micro=False, error="m").svg_inline(border=2, scale=8)
    assert re.findall(r' d="(M[^"]+)"', shown)[-1:] == re.findall(r' d="(M[^"]+)"', drawn)[-1:]


def test_a_used_address_says_how_to_get_another(site: Site, visit: Callable[..., Page]) -> None:
    address = site.zoomlink("page", "--url", site.url)
    visit(address, signed_in=False)
    page = visit(address, signed_in=False)
    assert page.text_content("h1") == "This address has been used"
    command = (page.text_content("pre") or "").split()
    assert command == ["zoomlink", "page", "--url", site.url]
    assert page.request.get("/links", max_redirects=0).status == 303
    page.goto(site.zoomlink(*command[1:]))
    assert page.text_content("h1") == "New link"


def test_a_link_is_made_and_copied_with_the_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press("Enter")
    press("Tab")
    assert page.evaluate("document.activeElement.id") == "topic"
    page.keyboard.type("By keyboard")
    press("Tab")
    page.keyboard.type("12022031")
    assert page.input_value("#date") == "2031-12-02"
    reach(page, "#time")
    page.keyboard.type("0915AM")
    reach(page, "[name=duration]:checked")
    press("ArrowRight")
    assert page.input_value("[name=duration]:checked") == "90"
    press("Enter")
    page.wait_for_url("**/links/lnk_*")
    assert "09:15–10:45" in page.inner_text(".when")
    reach(page, "button[data-copy]:has(span)")
    press("Enter")
    expect(page.locator("#say")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#join")


def reach(page: Page, selector: str) -> None:
    """Press Tab until something is in focus, as one who does not see a mouse does."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_a_form_sent_twice_makes_one_link(site: Site, visit: Callable[..., Page]) -> None:
    page = visit()
    fill(page, "Twice", time="07:00")
    form = page.eval_on_selector("#create", "form => Object.fromEntries(new FormData(form))")
    page.dblclick("#create button.primary.big")
    page.wait_for_url("**/links/lnk_*")
    first = page.url.partition("?")[0]
    again = page.request.post("/links", form=form, max_redirects=0)
    assert (again.status, again.headers["location"]) == (303, f"{first.removeprefix(site.url)}?known=1")
    page.goto(again.headers["location"])
    assert page.text_content(".notice h2") == "This link was there already"
    assert made(site, "Twice") == 1

    changed = page.request.post("/links", form={**form, "topic": "Twice, changed"})
    assert changed.status == 422
    assert "This form has made a link already" in changed.text()
    assert first.removeprefix(site.url) in changed.text()


def test_where_no_host_is_free_the_next_free_time_is_one_press_away(site: Site, visit: Callable[..., Page]) -> None:
    page = visit()
    for topic in ("First", "Second"):
        make(page, topic, time="11:00", day="2031-12-03")
        page.goto("/")
    fill(page, "Third", time="11:40", day="2031-12-03")
    page.wait_for_selector("text=No host is free then.")  # said before anything is sent
    page.click("text=Use Wednesday, 3 December 2031, 12:00")
    assert page.input_value("#time") == "12:00"
    page.wait_for_selector("text=2 hosts are free then.")
    make(page, "Third", time="11:30", day="2031-12-03")
    assert page.text_content("#summary h2") == "No host is free then"
    assert page.evaluate("document.activeElement.id") == "summary"
    said = page.inner_text("#summary .busy")
    assert "11:00–12:00" in said
    assert "“First”" in said
    page.click("text=Use the next free time: 12:00")
    page.wait_for_url("**/links/lnk_*")
    assert "12:00–13:00" in page.inner_text(".when")
    assert made(site, "Third") == 1


def test_mistakes_stand_beside_their_fields(visit: Callable[..., Page]) -> None:
    page = visit(timezone_id="Europe/Lisbon")
    page.eval_on_selector("#create", "form => form.noValidate = true")
    make(page, "", time="01:30", day="2031-03-30", timezone="lisbon")
    assert page.text_content("#topic-wrong span") == "Give the meeting a topic."
    assert page.get_attribute("#topic", "aria-invalid") == "true"
    assert (page.text_content("#time-wrong span") or "").startswith("01:30 does not exist on Sunday, 30 March 2031")
    page.fill("#topic", "Fado")
    page.click("text=Use 02:30 (UTC+1)")
    page.wait_for_url("**/links/lnk_*")
    assert "02:30–03:30 Europe/Lisbon, UTC+1" in page.inner_text(".when")


def test_a_city_in_ones_own_language_is_a_time_zone(visit: Callable[..., Page]) -> None:
    page = visit()
    fill(page, "Fado, again", time="20:00", day="2031-12-13", timezone="São Paulo")
    expect(page.locator("[data-when] >> nth=1")).to_contain_text(
        "Saturday, 13 December 2031, 20:00–21:00 in Sao Paulo."
    )
    page.fill("#timezone", "Nowhere at all")
    expect(page.locator("[data-zone-note]")).to_contain_text("There is no such time zone.")
    page.fill("#timezone", "Lisbonne")
    page.click("text=Use Europe/Lisbon")
    page.fill("#timezone", "lisboa")
    page.click("#create button.primary.big")  # before the server was asked what that is
    page.wait_for_url("**/links/lnk_*")
    assert "20:00–21:00 Europe/Lisbon, UTC" in page.inner_text(".when")

    page.goto("/batches")
    rows = b"topic,date,time\nLisbon choir,2031-12-14,18:00\n"
    page.set_input_files("#file", {"name": "choir.csv", "mimeType": "text/csv", "buffer": rows})
    page.fill("#timezone", "Lisbonne")
    page.click("button.primary")
    page.click("text=Use Europe/Lisbon")  # the file that was chosen is still there
    with page.expect_navigation():
        page.click("button.primary")
    assert page.text_content("h1") == "choir.csv"


def test_without_scripts_a_zone_that_there_is_not_is_one_press_away_too(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    make(page, "Samba", time="20:00", day="2031-12-15", timezone="Sao Paolo")
    with page.expect_navigation():
        page.click("text=Use America/Sao_Paulo")
    assert "20:00–21:00 America/Sao_Paulo, UTC−3" in page.inner_text(".when")


def test_a_time_that_has_passed_is_not_called_free(visit: Callable[..., Page]) -> None:
    page = visit()
    fill(page, "Too late", time="10:00", day="2024-03-01")
    preview = page.locator("#create .preview")
    expect(preview).to_contain_text("Friday, 1 March 2024, 10:00–11:00")
    expect(preview).to_contain_text("That time has passed.")
    page.wait_for_timeout(700)
    assert "free" not in preview.inner_text()
    with page.expect_navigation():
        page.click("#create button.primary.big")
    assert "has passed; it is" in page.inner_text("#summary")
    assert not preview.is_visible()  # the notice has said it
    page.fill("#date", DAY)
    expect(preview).to_contain_text("Monday, 1 December 2031")


def test_a_lesson_is_repeated_every_week(visit: Callable[..., Page]) -> None:
    page = visit()
    fill(page, "Weekly", time="07:10", day="2031-10-01")
    assert not page.is_visible("#times")
    page.select_option("#repeat", "weekly")
    page.fill("#times", "4")
    with page.expect_navigation():
        page.click("#create button.primary.big")
    assert "A series." in page.inner_text(".link-head")
    page.goto("/hosts?day=2031-10-22")
    assert page.locator(".host-row > .busy a", has_text="Weekly").count() == 1


def test_a_change_is_previewed_and_may_name_another_host(visit: Callable[..., Page]) -> None:
    page = visit()
    make(page, "Moving", time="10:00", day="2031-12-16")
    host = page.input_value("#host")
    other = next(
        one for one in page.eval_on_selector_all("#host option", "all => all.map(o => o.value)") if one != host
    )
    page.click("summary:has-text('Change')")
    preview = page.locator("#change .preview")
    assert not preview.is_visible()
    page.fill("#time", "10:30")  # it is in its own way, which is in nobody's
    expect(preview).to_contain_text(f"{host} is free then.")
    page.select_option("#host", other)
    expect(preview).to_contain_text(f"{other} is free then.")
    with page.expect_navigation():
        page.click("text=Save the change")
    said = page.inner_text("main")
    assert page.url.endswith("changed=1") or "Zoom" in page.inner_text("#summary"), said


def test_a_link_is_found_changed_and_cancelled(visit: Callable[..., Page]) -> None:
    page = visit()
    make(page, "Changing", time="15:00", day="2031-12-04")
    join = page.input_value("#join")
    page.goto("/links")
    page.fill("[name=q]", "chang")
    page.press("[name=q]", "Enter")
    assert page.locator(".row").count() == 1
    page.click(".row-topic")
    page.click("summary:has-text('Change')")
    page.fill("#topic", "Changed")
    page.fill("#time", "16:10")
    page.click("text=Save the change")
    page.wait_for_url("**?changed=1")
    assert page.text_content("h1") == "Changed"
    assert "16:10–17:10" in page.inner_text(".when")
    assert page.input_value("#join") == join
    page.click("summary:has-text('Cancel')")
    page.click("text=Cancel this link")
    expect(page.locator("#join")).to_have_count(0)
    assert page.inner_text(".link-head .chip") == "Cancelled"
    assert page.inner_text(".history li:last-child span") == "Cancelled."


def test_a_link_on_its_way_is_shown_as_soon_as_it_is_ready(site: Site, visit: Callable[..., Page]) -> None:
    page = visit()
    make(page, "On its way", time="06:00", day="2031-12-11")
    join, path = page.input_value("#join"), page.url.partition("?")[0]
    name = path.rpartition("/")[2]
    with sqlite3.connect(site.environ["ZOOMLINK_DATABASE"].removeprefix("sqlite:///"), timeout=10) as ledger:
        soon = int(time.time() * 1000) + 1500  # as after an answer that was lost
        ledger.execute("UPDATE zoomlink_links SET state = 'unknown', due_at = ? WHERE id = ?", (soon, name))
    ledger.close()
    page.goto(path)
    assert page.inner_text(".link-head .chip") == "Being checked"
    page.wait_for_selector("#join", timeout=30_000)
    assert page.inner_text(".link-head .chip") == "Ready"
    assert page.input_value("#join") == join
    expect(page.locator("#say")).to_have_text("Ready")


def test_a_file_becomes_links_and_a_reload_loses_nothing(site: Site, visit: Callable[..., Page]) -> None:
    page = visit("/batches")

    def upload(rows: str) -> None:
        page.set_input_files("#file", {"name": "autumn.csv", "mimeType": "text/csv", "buffer": rows.encode()})
        with page.expect_navigation():
            page.click("button.primary")

    upload("topic,date,time\nPiano,2031-12-10,18:00\n,2031-12-10,99:00\n")
    assert page.text_content("#summary h2") == "2 things in the file are to be put right"
    assert page.evaluate("document.activeElement.id") == "summary"
    upload("topic,date,time\n" + "".join(f"Choir {n},2031-12-{n + 10},18:00\n" for n in range(1, 21)))
    assert page.text_content("h1") == "autumn.csv"
    assert made(site, "Choir 1") == 0
    with page.expect_navigation():
        page.click("text=Make 20 links")
    page.reload()
    page.wait_for_selector(".link-head .chip.good")
    assert page.inner_text(".progress label") == "Made 20 / 20"
    with page.expect_download() as coming:
        page.click("text=Download the file with links")
    rows = coming.value.path().read_text(encoding="utf-8").splitlines()
    assert sum("/j/" in row for row in rows) == 20
    assert made(site, "Choir 20") == 1


def test_a_batch_is_seen_to_end_where_nothing_can_be_watched_and_the_focus_stays(
    site: Site, visit: Callable[..., Page]
) -> None:
    page = visit("/batches")
    rows = "topic,date,time\n" + "".join(f"Chorus {n},2032-02-{n + 1:02},18:00\n" for n in range(1, 13))
    page.set_input_files("#file", {"name": "spring.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    with page.expect_navigation():
        page.click("button.primary")
    page.route("**/events", lambda route: route.fulfill(status=503))
    site.sandbox.fail("latency", ms=3000, route="meetings.create", times=12)
    with page.expect_navigation():
        page.click("text=Make 12 links")
    assert page.inner_text(".link-head .chip") == "Running"
    page.focus("text=Download the file with links")
    page.wait_for_selector(".link-head .chip.good", timeout=60_000)
    assert page.evaluate("document.activeElement.textContent.trim()") == "Download the file with links"
    expect(page.locator("#say")).to_have_text("Done")


def test_without_scripts_all_of_it_works(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    make(page, "No scripts", time="08:00", day="2031-12-05", timezone="America/Sao_Paulo")
    assert page.inner_text("h1") == "No scripts"
    assert page.input_value("#join")
    assert not page.is_visible("button[data-copy]")
    page.goto("/hosts?day=2031-12-05")
    assert page.locator(".bar", has_text="No scripts").count() == 1


def test_it_speaks_portuguese_to_whoever_does(visit: Callable[..., Page]) -> None:
    page = visit(locale="pt-BR")
    assert page.get_attribute("html", "lang") == "pt"
    make(page, "Aula de violão", time="18:24", day="2031-12-06")
    assert page.text_content(".notice h2") == "O seu link está pronto"
    assert page.inner_text(".when time") == "sábado, 6 de dezembro de 2031, 18:24–19:24"
    page.click(".languages a[lang=en]")
    page.goto("/links")
    assert page.get_attribute("html", "lang") == "en"


def test_a_key_that_only_reads_makes_nothing(site: Site, visit: Callable[..., Page]) -> None:
    key = site.zoomlink("keys", "create", "reader", "--scopes", "links:read")
    page = visit("/", signed_in=False)
    page.fill("#key", key)
    with page.expect_navigation():
        page.click("button.primary")
    assert page.locator("#create").count() == 0
    token = page.input_value("form[action='/leave'] [name=token]")
    form: Any = {
        "token": token,
        "topic": "Not allowed",
        "date": DAY,
        "time": "20:00",
        "timezone": "UTC",
        "duration": "60",
    }
    refused = page.request.post("/links", form={**form, "form_key": "page-1"})
    assert refused.status == 403
    assert made(site, "Not allowed") == 0
    with page.expect_navigation():
        page.click("form[action='/leave'] button")
    assert page.text_content("h1") == "Sign in"
    page.fill("#key", key[:-1] + ("0" if key[-1] != "0" else "1"))
    with page.expect_navigation():
        page.click("button.primary")
    assert page.inner_text("#key-wrong") == "This key is not known here, or no longer good."


def test_another_site_can_do_nothing(site: Site, visit: Callable[..., Page]) -> None:
    page = visit()
    form: Any = {
        "topic": "Forged",
        "date": DAY,
        "time": "21:00",
        "timezone": "UTC",
        "duration": "60",
        "form_key": "page-2",
    }
    token = page.input_value("#create [name=token]")
    for given, headers in (
        (form, {}),
        ({**form, "token": "A" * 43}, {}),
        ({**form, "token": token}, {"sec-fetch-site": "cross-site"}),
        ({**form, "token": token}, {"sec-fetch-site": "same-site"}),
    ):
        assert page.request.post("/links", form=given, headers=headers).status == 403
    fields = "".join(f"<input name={name} value='{value}'>" for name, value in {**form, "token": token}.items())
    page.goto(f"data:text/html,<form method=post action={site.url}/links>{fields}</form>")
    page.eval_on_selector("form", "form => form.submit()")
    page.wait_for_url(f"{site.url}/**")
    assert page.text_content("h1") == "Sign in"  # the cookie did not come along
    assert made(site, "Forged") == 0


PAGES = (
    "/",
    "/batches",
    "/links",
    "/links?q=nothing-of-this-name",
    "/hosts",
    "/docs",
    "/problems",
    "/problems/no-host",
)


def test_no_page_can_be_framed_kept_or_scripted(visit: Callable[..., Page]) -> None:
    page = visit()
    make(page, "Headers", time="09:00", day="2031-12-07")
    for path in (*PAGES, page.url, f"{page.url.partition('?')[0]}/qr.svg", "/links/nothing"):
        answer = page.request.get(path)
        assert answer.headers["x-frame-options"] == "DENY", path
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert answer.headers["cache-control"] == "no-store", path
        assert re.findall(r"<script(?! type=\"module\" src=\"/static/)|<style|\son\w+=|\sstyle=", answer.text()) == []


def test_nothing_is_wider_than_a_small_phone(visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    make(page, "W" * 200, time="10:00", day="2031-12-08")
    for path in (page.url, *PAGES):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


def test_no_page_has_a_serious_barrier(visit: Callable[..., Page]) -> None:
    page = visit()
    make(page, "Barriers", time="09:00", day="2031-12-09")
    link = page.url
    page.goto("/")
    axe = Axe()
    found: list[str] = []

    def look(name: str) -> None:
        for width in (PHONE, DESK):
            page.set_viewport_size(width)  # type: ignore[arg-type]
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                for one in axe.run(page, options=RULES).response["violations"]:
                    if one["impact"] in {"serious", "critical"}:
                        where = [node["target"] for node in one["nodes"][:3]]
                        found.append(f"{name} {width['width']} {scheme}: {one['id']} {where}")

    page.eval_on_selector("#create", "form => { form.noValidate = true; form.querySelector('details').open = true }")
    make(page, "", time="09:00", day="2021-01-01")
    look("mistakes")
    make(page, "Clash", time="09:10", day="2031-12-09")
    page.goto("/")
    make(page, "Clash, again", time="09:10", day="2031-12-09")
    look("clash")
    for path in (*PAGES, "/hosts?day=2031-12-09", link, "/links/nothing"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        if path == "/docs":  # the same again and again: after the first of each kind there is nothing new
            page.evaluate(
                "for (const kind of ['.docs-body > section > .operation', '.contents li'])"
                " [...document.querySelectorAll(kind)].forEach((one, at) => { if (at % 9) one.remove() })"
            )
        look(path)
    page.context.clear_cookies()
    page.goto("/enter?code=used")
    look("/enter")
    assert found == []


SHOWN = ("topic", "timezone", "other_host", "key", "agenda")


def script_strings() -> list[str]:
    """Two hundred ways to have a page run what somebody wrote."""
    run = "hits.push(1)"
    tags = [
        f"<script>{run}</script>",
        f"<img src=x onerror={run}>",
        f"<svg onload={run}>",
        f"<body onload={run}>",
        f"<details open ontoggle={run}>",
        f"<input autofocus onfocus={run}>",
        f"<iframe srcdoc='<script>parent.{run}</script>'></iframe>",
        f"<video><source onerror={run}></video>",
        f"<math><mtext><img src=x onerror={run}></mtext></math>",
        f"<a href='javascript:{run}' autofocus onfocus={run}>x</a>",
        f"<style onload={run}></style>",
        f"<marquee onstart={run}>",
        f"<object data='javascript:{run}'></object>",
        f"<script src='data:text/javascript,{run}'></script>",
        f"<svg><script>{run}</script></svg>",
        f"<img src='x' onerror='{run}'>",
        f'<img src="x" onerror="{run}">',
        f"javascript:{run}",
        f"{{{{ ''.__class__ }}}}<script>{run}</script>",
        f"&lt;script&gt;{run}&lt;/script&gt;<script>{run}</script>",
    ]
    ends = ["", '">', "'>", "</title>", "</textarea>", "</script>", "-->", "</option></select>", "\u201d>", "</pre>"]
    return [end + tag for end in ends for tag in tags]


def test_two_hundred_script_strings_in_every_field_run_nowhere(visit: Callable[..., Page]) -> None:
    strings = script_strings()
    assert len(set(strings)) == 200
    page = visit()
    token = page.input_value("#create [name=token]")
    dialogs: list[str] = []
    bare = page.context.new_page()  # no policy protects what is shown here
    bare.on("dialog", lambda dialog: dialogs.append(dialog.message))
    bare.evaluate("window.hits = []")
    bare.set_content(strings[0])
    assert bare.evaluate("hits.splice(0).length") == 1, "the trap does not work"

    for number, text in enumerate(strings):
        names = ("topic", "date", "time", "timezone", "minutes", "host", "other_host", "key")
        form: Any = dict.fromkeys(names, text)
        form |= {"passcode": text[:10], "agenda": text, "form_key": text, "token": token, "duration": "other"}
        answer = page.request.post("/links", form=form)
        assert answer.status == 422
        bare.set_content(answer.text())
        shown = bare.evaluate("() => Object.fromEntries(new FormData(document.getElementById('create')))")
        assert {name: shown[name] for name in SHOWN} == dict.fromkeys(SHOWN, text)
        if number % 4 == 0:  # and as a link that exists, wherever it is shown
            good: Any = {"topic": text, "agenda": text, "date": f"2032-01-{number // 8 + 1:02}", "time": "10:00"}
            good |= {"timezone": "UTC", "duration": "60", "allow_overlap": "1", "form_key": f"x{number}"}
            answer = page.request.post("/links", form={**good, "token": token})
            assert answer.status == 200, answer.text()
            bare.set_content(answer.text())
            assert bare.inner_text("h1").split() == text.split()
            bare.set_content(page.request.get("/links", params={"q": text}).text())
            assert bare.input_value("[name=q]") == text[:200]
    for path in ("/links", "/hosts?day=2032-01-02", "/"):
        bare.set_content(page.request.get(path).text())
    for text in strings[:20]:
        bare.set_content(page.request.get("/hosts", params={"day": text, "lang": text, "zone": text}).text())
        bare.set_content(page.request.get(f"/problems/{text.replace('/', '%2F').replace('?', '%3F')}").text())
    assert (bare.evaluate("hits"), dialogs) == ([], [])


def test_the_documents_need_nothing_from_elsewhere(site: Site, visit: Callable[..., Page], tmp_path: Path) -> None:
    asked: list[str] = []
    page = visit("/problems", signed_in=False)
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs", wait_until="networkidle")
    assert [url for url in asked if not url.startswith(site.url)] == []
    operations = page.eval_on_selector_all(".operation .path", "all => all.map(one => one.textContent.trim())")
    described = page.request.get("/openapi.json").json()
    wanted = [f"{verb.upper()} {path}" for path, verbs in described["paths"].items() for verb in verbs]
    assert sorted(re.sub(r"\s+", " ", one) for one in operations) == sorted(wanted)
    links = page.eval_on_selector_all(".docs-body a[href^='#']", "all => all.map(one => one.getAttribute('href'))")
    assert [link for link in set(links) if page.locator(f"[id='{link[1:]}']").count() != 1] == []


def test_the_documents_commands_run_as_they_stand(site: Site, visit: Callable[..., Page], tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("topic,start,timezone\nCurl,2031-12-12T18:00,UTC\n", encoding="utf-8")
    key = site.zoomlink("keys", "create", "curl", "--scopes", "links:read,links:write,host,batches,admin")
    page = visit("/docs", signed_in=False)
    commands = page.eval_on_selector_all(
        ".operation:has(.path) > .terminal", "all => all.map(one => [one.closest('.operation').id, one.textContent])"
    )
    environ = {**site.environ, "ZOOMLINK_KEY": key}
    statuses = {}
    for name, command in commands:
        shell = ["sh", "-euc", f"{command} -s -o /dev/null -w '%{{http_code}}'"]
        done = subprocess.run(shell, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=30)
        statuses[name] = int(done.stdout)
    assert statuses.pop("createLink") == 201
    assert statuses.pop("createBatch") == 202
    assert statuses.pop("receiveZoomEvent", 401) == 401  # Zoom signs its own
    assert set(statuses.values()) == {200, 404}
    assert {name for name, status in statuses.items() if status == 404} == {
        one["operationId"]
        for path, verbs in page.request.get("/openapi.json").json()["paths"].items()
        for one in verbs.values()
        if "{id}" in path  # the examples' own
    }
