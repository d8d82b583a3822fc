"""The links in Django's admin, in a real browser: the example's site with a tutor who looks after their links."""

from __future__ import annotations

import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect
from tests.acceptance.pages import ROOT, free_port, served
from tests.acceptance.test_example_apps import DESKTOP, browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

__all__ = ["browser"]

DJANGO = [sys.executable, "-m", "django"]
WINDOW: dict[str, Any] = {"viewport": DESKTOP}
LIST = "/admin/zoomlink/meetinglink/"


@pytest.fixture
def environ(to_sandbox: dict[str, str], home: Path) -> dict[str, str]:
    """The example's site, with a sandbox and a database of its own."""
    return {
        **to_sandbox,
        "BOOKINGS": str(home / "bookings.db"),
        "DJANGO_SETTINGS_MODULE": "examples.django.settings",
        "DJANGO_SUPERUSER_PASSWORD": "secret-enough",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }


@pytest.fixture
def manage(environ: dict[str, str]) -> Callable[..., None]:
    """Run a command of the site."""

    def run(*words: str) -> None:
        done = subprocess.run([*DJANGO, *words], env=environ, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return run


@pytest.fixture
def page(browser: Browser, manage: Callable[..., None], environ: dict[str, str], home: Path) -> Iterator[Page]:
    """The list of links, as one who may do all sees it."""
    manage("migrate", "-v0")
    manage("createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.com")
    port = free_port()
    command = shlex.join([*DJANGO, "runserver", "--noreload", str(port)])
    with served("the example's site", command, port, environ, ROOT, home / "site.log"):
        context = browser.new_context(**WINDOW, permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(15_000)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}{LIST}")
        page.get_by_label("Username").fill("ana")
        page.get_by_label("Password").fill("secret-enough")
        page.get_by_role("button", name="Log in").click()
        yield page
        context.close()
        assert complaints == []


def test_a_tutor_makes_copies_moves_and_cancels_a_link(page: Page, zoom_sandbox: Any) -> None:
    page.get_by_role("link", name="Add Zoom link").click()
    page.get_by_label("Topic").fill("Trial lesson")
    page.locator("#id_start_0").fill("2031-12-01")
    page.locator("#id_start_1").fill("18:24")
    page.get_by_label("Time zone").fill("America/Sao_Paulo")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.get_by_role("row", name="Trial lesson")
    expect(row).to_contain_text("2031-12-01 18:24 America/Sao_Paulo")
    expect(row).to_contain_text("ready")

    row.get_by_role("button", name="Copy").click()
    expect(row.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == row.get_by_role("link", name="Join").get_attribute("href")
    assert copied.startswith(zoom_sandbox.url)

    row.get_by_role("link", name="Trial lesson").click()
    page.locator("#id_start_0").fill("2031-12-02")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(row).to_contain_text("2031-12-02 18:24 America/Sao_Paulo")

    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_label("Action:").select_option("Copy join links")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    text = page.get_by_label("Join links").input_value()
    assert text.startswith(f"Trial lesson, 2031-12-02 18:24 America/Sao_Paulo\n{copied}\nPasscode: ")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == text

    page.get_by_role("link", name="Back to the list").click()
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_label("Action:").select_option("Cancel")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).click()
    expect(page.get_by_text("1 link cancelled.")).to_be_visible()
    expect(row).to_contain_text("cancelled")
    assert [commit["action"] for commit in zoom_sandbox.ledger] == ["create", "update", "delete"]


def test_what_we_add_to_the_admin_is_accessible_in_light_and_dark(page: Page, manage: Callable[..., None]) -> None:
    for topic in ("Piano", "Guitar"):
        manage("zoomlink", "create", topic, "--start", "2031-12-01T18:24", "--allow-overlap")
    page.reload()
    problems = []
    for path in (LIST, page.get_by_role("link", name="Piano").get_attribute("href") or ""):
        page.goto(page.url.partition("/admin")[0] + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for one in Axe().run(page).response["violations"]:
                ours = [node["html"] for node in one["nodes"] if "zoomlink-" in node["html"]]
                problems += [f"{path}, {scheme}: {one['id']}: {html[:100]}" for html in ours]
    assert problems == []
