"""The example applications, each as its own process, used by a visitor with a real browser; Zoom is a sandbox."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from icalendar import Calendar
from playwright.sync_api import expect, sync_playwright
from tests.acceptance.fresh import fresh
from tests.acceptance.pages import ROOT, free_port, served

from zoomlink import Credentials, Settings, ZoomClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

README = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
SECRET = "sandbox-webhook-secret"
ARGUMENTS = [f"--{word}" for word in ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
expect.set_options(timeout=20_000)
MARIA = ("Maria Lopes", "maria@example.com")


@dataclass(frozen=True)
class Site:
    """An application that runs, and the Zoom it speaks to."""

    url: str
    zoom: Any

    @property
    def commits(self) -> list[tuple[str, str]]:
        return [(commit["action"], commit["topic"]) for commit in self.zoom.ledger]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found, "The tests need chromium: make system"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=["Django", "Flask", "FastAPI"])
def recipe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What examples/README.md says to install, and to run in a shell."""
    found = re.search(rf"## {request.param}\n\n```console\n\$ pip install (.+)\n((?:\$ .+\n)+)```", README)
    assert found is not None
    programs = fresh(shlex.split(found[1]), tmp_path_factory.mktemp(request.param) / "environment")
    script = found[2].replace("$ ", "").replace("ZOOMLINK_SANDBOX=1", "ZOOMLINK_SANDBOX=0")  # the sandbox of the test
    return programs, script


@pytest.fixture
def site(recipe: tuple[Path, str], bare: dict[str, str], zoom_sandbox: Any, home: Path) -> Iterator[Site]:
    programs, script = recipe
    port = free_port()
    path = f"{programs}:{os.defpath}"
    own = {"BOOKINGS": str(home / "bookings.db"), "ZOOM_WEBHOOK_SECRET": SECRET, "PATH": path, "TZ": "UTC"}
    script = script.replace("8000", str(port))
    with served("examples/README.md", script, port, {**bare, **zoom_sandbox.env, **own}, ROOT, home / "site.log"):
        yield Site(f"http://127.0.0.1:{port}", zoom_sandbox)
    assert "Traceback" not in (home / "site.log").read_text(encoding="utf-8")


@contextmanager
def visit(browser: Browser, site: Site, **options: Any) -> Iterator[Page]:
    """A visitor of their own, who sees the calendar. Nothing may go wrong in the browser."""
    context = browser.new_context(**{"viewport": DESKTOP, "timezone_id": "Asia/Tokyo", **options})
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(site.url)
    yield page
    context.close()
    assert [said for said in complaints if "status of 4" not in said and "status of 5" not in said] == []


def fill_in(page: Page, name: str = MARIA[0], email: str = MARIA[1]) -> str:
    """Choose the last day and its first time, and say who comes. Returns the time's label."""
    page.locator(".days a").last.click()
    first = page.locator(".times label").first
    first.click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail").fill(email)
    return first.inner_text()


def book(page: Page, name: str = MARIA[0]) -> str:
    """Book, and return the join link that is shown."""
    fill_in(page, name)
    page.get_by_role("button", name="Book the lesson").click()
    expect(page.get_by_role("heading", name=f"You are booked, {name}")).to_be_visible()
    return page.locator("#join-url").inner_text()


def entry_of(page: Page) -> Any:
    """The calendar file of a booking's page."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Add to calendar").click()
    assert download.value.suggested_filename == "lesson.ics"
    return Calendar.from_ical(download.value.path().read_bytes()).events[0]


def test_a_visitor_books_joins_moves_and_cancels(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        expect(page).to_have_title("Guitar lesson with Ana Sousa")
        link = book(page)
        assert re.fullmatch(r".*/booking/[0-9a-f]{32}", page.url)
        assert site.commits == [("create", "Guitar lesson: Maria Lopes")]

        address = page.url
        page.get_by_role("link", name="Join the meeting").click()
        assert page.url == link
        expect(page.get_by_text("Guitar lesson: Maria Lopes").first).to_be_visible()
        page.goto(address)

        before = entry_of(page)
        assert (str(before["SUMMARY"]), str(before["URL"])) == ("Guitar lesson: Maria Lopes", link)
        assert before["DTSTART"].dt.strftime("%H:%M") == "09:00"

        page.get_by_text("Choose another time").click()
        page.get_by_label("New time").select_option(index=0)
        page.get_by_role("button", name="Move the lesson").click()
        expect(page.get_by_role("heading", name="You are booked, Maria Lopes")).to_be_visible()
        after = entry_of(page)
        assert page.locator("#join-url").inner_text() == link  # the same meeting, at another time
        assert after["UID"] == before["UID"]
        assert after["DTSTART"].dt < before["DTSTART"].dt
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert [action for action, _ in site.commits] == ["create", "update"]

        page.locator("summary", has_text="Cancel").click()
        page.get_by_role("button", name="Cancel the lesson").click()
        expect(page.get_by_role("heading", name="Your lesson is cancelled")).to_be_visible()
        assert [action for action, _ in site.commits] == ["create", "update", "delete"]
        assert link not in page.content()


def test_who_moves_in_one_tab_what_was_cancelled_in_another_sees_that_it_is(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        book(page)
        stale = page.context.new_page()
        stale.goto(page.url)
        page.locator("summary", has_text="Cancel").click()
        page.get_by_role("button", name="Cancel the lesson").click()
        expect(page.get_by_role("heading", name="Your lesson is cancelled")).to_be_visible()
        stale.get_by_text("Choose another time").click()
        stale.get_by_role("button", name="Move the lesson").click()
        expect(stale.get_by_role("heading", name="Your lesson is cancelled")).to_be_visible()
        expect(stale.get_by_role("alert")).to_have_count(0)
    assert [action for action, _ in site.commits] == ["create", "delete"]


def test_a_form_that_is_sent_twice_is_one_booking(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        fill_in(page)
        form = page.evaluate("() => Object.fromEntries(new FormData(document.querySelector('form')))")
        answers = [page.request.post(f"{site.url}/book", form=form) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200]
        assert answers[0].url == answers[1].url
        assert site.commits == [("create", "Guitar lesson: Maria Lopes")]


def test_a_time_that_is_taken_is_not_offered_and_who_comes_second_hears_it_kindly(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page, visit(browser, site) as slower:
        taken = fill_in(slower, "Rui Costa", "rui@example.com")
        book(page)
        slower.get_by_role("button", name="Book the lesson").click()
        expect(slower.get_by_role("alert")).to_have_text(
            "Somebody was faster: that time has just been taken. Please choose another one."
        )
        assert slower.get_by_label("Your name").input_value() == "Rui Costa"
        slower.locator(".days a").last.click()
        assert taken not in slower.locator(".times label").all_inner_texts()
        page.goto(page.url)
        page.get_by_text("Choose another time").click()
        offered = page.locator("optgroup").last.locator("option").all_inner_texts()
        assert len(offered) == 7
    assert site.commits == [("create", "Guitar lesson: Maria Lopes")]


def test_a_lost_answer_leaves_one_meeting_and_its_link_appears(browser: Browser, site: Site) -> None:
    site.zoom.fail("reset-after-commit", route="meetings.create", nth=1)
    with visit(browser, site) as page:
        assert book(page).startswith(site.zoom.url)
    assert site.commits == [("create", "Guitar lesson: Maria Lopes")]


def test_while_zoom_is_out_of_reach_the_time_is_kept_and_the_link_comes_by_itself(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        fill_in(page)
        site.zoom.fail("refuse-connection")
        page.get_by_role("button", name="Book the lesson").click()
        expect(page.get_by_role("status")).to_contain_text("Your time is reserved.")
        site.zoom.mend()
        expect(page.locator("#join-url")).to_be_visible(timeout=60_000)
    assert site.commits == [("create", "Guitar lesson: Maria Lopes")]


def test_when_zoom_refuses_the_credentials_the_visitor_is_told_to_come_again(browser: Browser, site: Site) -> None:
    site.zoom.fail("token-refused")
    with visit(browser, site) as page:
        expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
        assert "client" not in page.content()


def test_a_meeting_that_is_deleted_in_zoom_is_cancelled_on_its_page(browser: Browser, site: Site) -> None:
    def control(path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if body else None
        with urlopen(Request(f"{site.zoom.url}/_sandbox/{path}", data=data)) as answer:
            return json.load(answer)

    control("webhooks", url=f"{site.url}/webhooks/zoom", secret=SECRET, timestamps="machine")
    assert [one["state"] for one in control("webhooks?settled=true")["subscriptions"]] == ["valid"]
    with visit(browser, site) as page:
        book(page)
        credentials = Credentials.from_env(site.zoom.env)
        with ZoomClient(Settings(credentials, oauth_url=site.zoom.url, api_url=site.zoom.url)) as zoom:
            zoom.meetings.delete(site.zoom.ledger[0]["meeting_id"])
        assert {one["state"] for one in control("webhooks?settled=true")["deliveries"]} == {"delivered"}
        until = time.monotonic() + 20
        while not page.get_by_role("heading", name="Your lesson is cancelled").is_visible():
            assert time.monotonic() < until
            page.reload()


def test_it_works_without_javascript_and_what_people_type_is_text(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as page:
        assert book(page, "<img src=x onerror=alert(1)> & Söhne").startswith(site.zoom.url)
        assert page.locator("h2 img").count() == 0


def test_a_visitor_elsewhere_sees_their_own_time_too_and_can_copy_the_link(browser: Browser, site: Site) -> None:
    with visit(browser, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        link = book(page)
        expect(page.locator(".yours")).to_contain_text("18:00 (Asia/Tokyo)")
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("() => navigator.clipboard.readText()") == link


def test_the_page_of_a_booking_is_kept_by_nobody_and_what_is_not_there_is_not_found(
    browser: Browser, site: Site
) -> None:
    with visit(browser, site) as page:
        book(page)
        assert page.request.get(page.url).headers["cache-control"] == "no-store"
        unknown = f"{site.url}/booking/{'0' * 32}"
        tries = [page.request.get(unknown), page.request.get(f"{unknown}.ics"), page.request.get(f"{site.url}/nothing")]
        assert [answer.status for answer in tries] == [404, 404, 404]
        assert "Nothing is here" in tries[0].text()


def test_every_page_is_accessible_in_light_and_dark_and_fits_a_phone(browser: Browser, site: Site) -> None:
    with visit(browser, site) as page:
        problems = found(page)
        fill_in(page)
        page.locator(".times input").nth(1).check(force=True)
        problems += found(page)
        page.get_by_role("button", name="Book the lesson").click()
        expect(page.locator("summary")).to_have_count(2)
        for summary in page.locator("summary").all():
            summary.click()
        problems += found(page)
        page.get_by_role("button", name="Cancel the lesson").click()
        expect(page.get_by_role("heading", name="Your lesson is cancelled")).to_be_visible()
        problems += found(page)
        page.goto(f"{site.url}/booking/unknown")
        problems += found(page)
    assert problems == []


def found(page: Page) -> list[str]:
    """What axe finds on a page, and whether it is too wide: on a desk in the light, on a phone in the dark."""
    problems = []
    page.emulate_media(reduced_motion="reduce")  # what is measured is not on its way to another colour
    for viewport, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append(f"{page.url} is too wide")
        violations = Axe().run(page).response["violations"]
        problems += [f"{page.url}, {scheme}: {one['id']}: {one['nodes'][0]['html'][:100]}" for one in violations]
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return problems
