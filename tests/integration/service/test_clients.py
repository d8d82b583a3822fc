"""The example clients: curl, JavaScript, PHP and Python create a link through the service, and say what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.pages import ROOT, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.service.ground import Service, Services

CLIENTS = ROOT / "examples" / "clients"
PROGRAMS = {"create.sh": "sh", "create.mjs": "node", "create.php": "php", "create.py": sys.executable}
START = "2031-12-01T18:24"


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def run(
    program: str, service: Service, place: tuple[str, int], *, key: str = "b-1", start: str = START, **more: str
) -> Any:
    """What a program prints: the join URL, or its words about a problem."""
    asked = {"topic": "Guitar “lesson”", "start": start, "timezone": "America/Sao_Paulo"}
    words = [key] if program == "create.sh" else [*asked.values(), key]
    environ = {"PATH": os.environ["PATH"], "ZOOMLINK_URL": f"http://127.0.0.1:{place[1]}", "ZOOMLINK_KEY": service.key}
    return subprocess.run(
        [PROGRAMS[program], CLIENTS / program, *words],
        env={**environ, **more},
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
    )


def join_url(program: str, done: Any) -> str:
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return str(json.loads(done.stdout)["join_url"]) if program == "create.sh" else done.stdout.strip()


def test_a_client_gets_a_link_and_the_same_one_again(service: Service, zoom_sandbox: Any, program: str) -> None:
    place = service.serve()
    first, second = (join_url(program, run(program, service, place)) for _ in range(2))
    assert first == second
    assert first.startswith(f"{zoom_sandbox.url}/j/")
    (made,) = service.call("GET", "/v1/links").json()["items"]
    assert (made["topic"], made["start_time"], made["join_url"]) == ("Guitar “lesson”", "2031-12-01T21:24:00Z", first)


def test_a_client_waits_for_a_link_that_is_not_ready_yet(services: Services, zoom_sandbox: Any, program: str) -> None:
    service = services.new(wait=0.2)
    zoom_sandbox.fail("429-per-second", route="meetings.create", times=1)
    assert join_url(program, run(program, service, service.serve())).startswith(f"{zoom_sandbox.url}/j/")
    assert len(zoom_sandbox.ledger) == 1


def test_a_client_says_what_went_wrong_and_what_to_do(service: Service, program: str) -> None:
    place = service.serve()
    past = run(program, service, place, start="2020-01-01T10:00")
    assert past.returncode == 1
    for words in ("2020-01-01 10:00 (America/Sao_Paulo) has passed", "Choose a time to come"):
        assert words in past.stdout + past.stderr
    stranger = run(program, service, place, ZOOMLINK_KEY="zlk_wrong")
    assert stranger.returncode == 1
    assert "The API key is not known, or no longer good." in stranger.stdout + stranger.stderr


def test_the_page_shows_these_programs() -> None:
    shown = {block.said: block.text for block in blocks_of(ROOT / "docs/how-to/http.md") if block.word == "file"}
    kept: dict[str, str] = {name: (CLIENTS / name).read_text(encoding="utf-8") for name in PROGRAMS}
    assert {name: shown[name] for name in PROGRAMS} == kept


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    assert "Bearer $" not in (CLIENTS / "create.sh").read_text(encoding="utf-8")
