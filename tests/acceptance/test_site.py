"""The documentation's site: it builds without a warning, needs nothing from elsewhere, leaves nothing public out."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect, sync_playwright

import zoomlink
from zoomlink.doctor.visit import KNOWN
from zoomlink.problems import PROBLEMS
from zoomlink.zoom.limits import RATES, SPECIALS, Label

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
SHARED = (Label.HEAVY, Label.RESOURCE_INTENSIVE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` does: a broken link, anchor or name is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


class Loads(HTMLParser):
    """Collects what a browser fetches by itself on behalf of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = "href" if tag == "link" else "src"
        if tag != "a" and (address := found.get(name)):
            self.addresses.append(address)


def test_a_reader_without_a_network_sees_every_page(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert site / "index.html" in pages
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert [address for address in loads.addresses if re.match(r"(https?:)?//", address)] == []


@pytest.mark.parametrize(("words", "found"), [("abbreviations", "What a zone is"), ("granulares", "Escopos")])
def test_a_reader_searches_in_both_languages_where_the_site_is_but_files(site: Path, words: str, found: str) -> None:
    chromium = shutil.which("chromium")
    assert chromium, "The tests need chromium: make system"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda asked: problems.append(asked.url) if asked.url.startswith("http") else None)
        page.goto((site / "index.html").as_uri())
        ready = page.locator(".md-search-result__meta").filter(has_text="Type to start searching")
        for _ in range(6):  # a click that comes before the page's script is lost, as it would be to a reader
            page.keyboard.press("Escape")
            page.get_by_placeholder("Search").click()
            with suppress(PlaywrightTimeoutError):
                ready.wait_for(state="attached", timeout=10_000)
                break
        page.keyboard.type(words)
        page.locator(".md-search-result__item a").filter(has_text=found).first.click()
        expect(page.get_by_role("heading", name=found).first).to_be_visible()
        assert page.url != (site / "index.html").as_uri()
        browser.close()
    assert problems == []


def test_everything_public_is_in_the_reference(site: Path) -> None:
    page = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^::: zoomlink\.(\w+)$", page, re.MULTILINE))
    assert named == set(zoomlink.__all__) - {"__version__"}


def test_no_mark_of_another_markup_is_left_in_the_reference(site: Path) -> None:
    text = (site / "reference" / "python.html").read_text(encoding="utf-8")
    assert re.findall(r":(?:class|meth|func|attr|mod|data):|::</p>", text) == []


@pytest.mark.parametrize("name", ["command_docs", "http_docs"])
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    tool = [sys.executable, f"tools/{name}.py", "--check"]
    done = subprocess.run(tool, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_troubleshooting_tells_of_every_kind_of_problem() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    told = [
        (slug, title, status)
        for form in (
            r"^## ([a-z-]+)\n\n\*\*(.*?)\.\*\* Exit code \d, HTTP (\d{3})\.$",
            r"^\| `([a-z-]+)` \| (.*?) \| (\d{3}) \|",
        )
        for slug, title, status in re.findall(form, page, re.MULTILINE)
    ]
    assert sorted(told) == sorted((kind.slug, kind.title, str(kind.status)) for kind in PROBLEMS.values())
    codes = dict(re.findall(r"^## ([a-z-]+)\n\n.*? Exit code (\d),", page, re.MULTILINE))
    assert codes == {slug: str(PROBLEMS[slug].exit_code) for slug in codes}


def test_troubleshooting_quotes_what_zoomlink_says() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    table = page.partition("## Find your message")[2].partition("\n## ")[0]
    quoted = [
        said for row in re.findall(r"^\| (\*.*?) \|", table, re.MULTILINE) for said in re.findall(r"\*(.+?)\*", row)
    ]
    assert len(quoted) > 20
    said = "\n".join(texts((ROOT / "src" / "zoomlink").rglob("*.py")))
    assert [text for text in quoted if text not in said] == []


def texts(sources: Iterable[Path]) -> list[str]:
    """Every text in the sources, as it is when the program runs; what is filled in is left out."""
    found = []
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


def test_the_page_of_limits_has_the_rates_that_are_kept() -> None:
    page = (ROOT / "docs" / "explanation" / "limits.md").read_text(encoding="utf-8")
    rows = {
        cells[0]: cells[1:]
        for cells in re.findall(r"^\| (\w[\w-]+) \| (.+?) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    }
    for at, plan in enumerate(("free", "pro", "business")):
        for label, rate in RATES[plan].items():
            span = {1: "a second", 60: "a minute"}[rate.seconds]
            day = " ¹" if rate.shared else f", {rate.a_day} a day" if rate.a_day else ""
            assert rows[label][at] == f"{rate.calls} {span}{day}"
    assert {RATES["pro"][label].a_day for label in SHARED} == {30000}
    assert {RATES["business"][label].a_day for label in SHARED} == {60000}
    for limit in SPECIALS:
        assert str(limit.count) in page


def test_the_page_of_the_environment_has_every_variable_that_means_something() -> None:
    page = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*)\|", page, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)]
    ours = {name for name in told if name.startswith(("ZOOM_", "ZOOMLINK_"))}
    # Keys of a framework's own configuration are not of the environment.
    sources = [path for path in (ROOT / "src" / "zoomlink").rglob("*.py") if "integrations" not in path.parts]
    read = {text for text in texts(sources) if re.fullmatch(r"ZOOM(LINK)?_[A-Z_]*[A-Z]", text)}
    assert ours == set(KNOWN)
    assert read - ours == {"ZOOM_API_KEY", "ZOOM_API_SECRET", "ZOOM_JWT_TOKEN"}  # of the past: the doctor says so
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", ["README.md", "README.pt.md", "CONTRIBUTING.md", "src/zoomsandbox/README.md"])
def test_what_a_document_outside_the_site_links_to_is_there(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_a_series_is_the_same_in_python_and_on_the_command_line() -> None:
    page = (ROOT / "docs" / "how-to" / "series.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .* \| `(Recurrence\..*?)` \| `--repeat \"(.*?)\"` \|$", page, re.MULTILINE)
    assert len(rows) == 4
    for code, words in rows:
        made = eval(code, {"Recurrence": zoomlink.Recurrence})  # noqa: S307 - our own page
        assert made == zoomlink.Recurrence.parse(words)
