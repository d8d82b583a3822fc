"""The example applications, each as its own process, used by a visitor with a real browser; Zoom is a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from icalendar import Calendar
from playwright.sync_api import expect, sync_playwright
from tests.acceptance.pages import ROOT, answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PYTHON = sys.executable
DJANGO = f"{PYTHON} -m django migrate -v0; exec {PYTHON} -m django runserver --noreload {{port}}"
COMMANDS = {
    "flask": [PYTHON, "-m", "flask", "--app", "examples.flask.app", "run", "--port", "{port}"],
    "django": ["sh", "-ec", DJANGO],
    "fastapi": [PYTHON, "-m", "uvicorn", "examples.fastapi.app:app", "--port", "{port}"],
}
ARGUMENTS = [f"--{word}" for word in ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")]
ARGUMENTS += ["--disable-background-networking", "--disable-component-update"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
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


@pytest.fixture(params=COMMANDS)
def site(request: pytest.FixtureRequest, to_sandbox: dict[str, str], zoom_sandbox: Any, home: Path) -> Iterator[Site]:
    with running(COMMANDS[request.param], to_sandbox, home) as url:
        yield Site(url, zoom_sandbox)


@contextmanager
def running(command: list[str], environ: dict[str, str], home: Path) -> Iterator[str]:
    """Run an application until the block ends; its address."""
    port = free_port()
    sources = f"{ROOT / 'src'}:{ROOT}"
    environ = {**environ, "BOOKINGS": str(home / "bookings.db"), "PYTHONPATH": sources, "TZ": "UTC"}
    environ["DJANGO_SETTINGS_MODULE"] = "examples.django.settings"
    log = home / "site.log"
    with log.open("w", encoding="utf-8") as file:
        words = [word.format(port=port) for word in command]
        process = subprocess.Popen(words, env=environ, cwd=ROOT, stdout=file, stderr=file, start_new_session=True)
    try:
        until = time.monotonic() + 30
        while not answers(port):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < until, log.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
        assert "Traceback" not in log.read_text(encoding="utf-8")


@contextmanager
def visit(browser: Browser, site: Site, **options: Any) -> Iterator[Page]:
    """A visitor of their own, who sees the calendar. Nothing may go wrong in the browser."""
    context = browser.new_context(**{"viewport": DESKTOP, "timezone_id": "Asia/Tokyo", **options})
    context.set_default_timeout(15_000)
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
        expect(page.locator("#join-url")).to_be_visible(timeout=30_000)
    assert site.commits == [("create", "Guitar lesson: Maria Lopes")]


def test_when_zoom_refuses_the_credentials_the_visitor_is_told_to_come_again(browser: Browser, site: Site) -> None:
    site.zoom.fail("token-refused")
    with visit(browser, site) as page:
        expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
        assert "client" not in page.content()


def test_it_works_without_javascript(browser: Browser, site: Site) -> None:
    with visit(browser, site, java_script_enabled=False) as page:
        assert book(page).startswith(site.zoom.url)


def test_a_visitor_elsewhere_sees_their_own_time_too_and_can_copy_the_link(browser: Browser, site: Site) -> None:
    with visit(browser, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        link = book(page)
        expect(page.locator(".yours")).to_contain_text("18:00 (Asia/Tokyo)")
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("() => navigator.clipboard.readText()") == link


def test_what_people_type_is_text(browser: Browser, site: Site) -> None:
    name = "<img src=x onerror=alert(1)> & Söhne"
    with visit(browser, site) as page:
        book(page, name)
        assert page.locator("h2 img").count() == 0


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
        for summary in page.locator("summary").all():
            summary.click()
        problems += found(page)
        page.get_by_role("button", name="Cancel the lesson").click()
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
