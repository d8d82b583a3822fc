"""The pages a browser shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api

    from zoomsandbox.server import ThreadedSandbox


def page(api: Api, path: str) -> tuple[Answer, str]:
    answer = api.send("GET", path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return answer, answer.body.decode()


def test_join_link_leads_to_the_meeting(api: Api) -> None:
    made = api.create(
        topic="Demo", agenda="Bring a pen", start_time="2031-12-01T18:24:00", timezone="America/Sao_Paulo"
    )
    answer, text = page(api, made["join_url"].removeprefix(api.url))
    assert answer.status == 200
    spaced = f"{str(made['id'])[:3]} {str(made['id'])[3:7]} {str(made['id'])[7:]}"
    for words in (
        "Demo",
        "Monday, 1 December 2031, 18:24 (America/Sao_Paulo), 60 minutes",
        "owner@sandbox.example",
        spaced,
        made["password"],
        "Bring a pen",
        "This is not Zoom",
    ):
        assert words in text


def test_join_link_without_its_passcode_does_not_show_it(api: Api) -> None:
    made = api.create()
    for query in ("", "?pwd=wrong", "?pwd=%C3%A9"):
        _, text = page(api, f"/j/{made['id']}{query}")
        assert made["password"] not in text
        assert "needed" in text


def test_start_link_leads_to_the_meeting(api: Api) -> None:
    made = api.create(topic="Demo")
    answer, text = page(api, made["start_url"].removeprefix(api.url))
    assert answer.status == 200
    assert "as its host" in text
    assert made["password"] not in text


def test_start_link_says_that_it_is_the_hosts_entrance(api: Api) -> None:
    made = api.create(topic="Demo", start_time="2031-12-01T18:24:00", timezone="America/Sao_Paulo")
    _, text = page(api, made["start_url"].removeprefix(api.url))
    assert "The host&#x27;s entrance" in text
    assert "Monday, 1 December 2031, 18:24 (America/Sao_Paulo)" in text
    _, guest = page(api, made["join_url"].removeprefix(api.url))
    assert "A guest&#x27;s link" in guest
    assert "entrance" not in guest


def test_link_of_a_series_names_its_dates(api: Api) -> None:
    made = api.create(type=8, start_time="2031-12-01T18:24:00", recurrence={"type": 1, "end_times": 12})
    api.call("DELETE", f"/meetings/{made['id']}?occurrence_id={made['occurrences'][1]['occurrence_id']}")
    _, text = page(api, f"/j/{made['id']}")
    assert "first of 11" in text
    assert "Wednesday, 3 December 2031, 18:24" in text
    assert "Tuesday, 2 December 2031" not in text
    assert "and 1 more" in text


def test_link_of_a_running_meeting_says_who_is_inside(api: Api) -> None:
    made = api.create()
    api.send("POST", f"/_sandbox/meetings/{made['id']}/start", "{}")
    assert "running, 1 inside" in page(api, f"/j/{made['id']}")[1]
    assert "running" in page(api, "/")[1]


def test_pages_run_nothing_that_stands_in_them(api: Api) -> None:
    made = api.create()
    for path in ("/", f"/j/{made['id']}", f"/s/{made['id']}"):
        answer, text = page(api, path)
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|<style|style=|\son\w+=", text)
        for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
            assert api.send("GET", file).status == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("live.js", "text/javascript; charset=utf-8"),
        ("when.js", "text/javascript; charset=utf-8"),
    ],
)
def test_parts_of_pages_are_served_with_their_types(api: Api, name: str, kind: str) -> None:
    answer = api.send("GET", f"/static/{name}")
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["nothing.js", "..%2fhtml.py", "%2e%2e%2fhtml.py", ""])
def test_nothing_else_is_served(api: Api, name: str) -> None:
    assert api.send("GET", f"/static/{name}").status == 404


def test_front_page_shows_faults_and_whom_they_struck(api: Api, sandbox: ThreadedSandbox) -> None:
    assert "None set." in page(api, "/")[1]
    sandbox.fail("503-after-commit", route="meetings.create", nth=1)
    api.call("POST", "/users/me/meetings", {})
    text = page(api, "/")[1]
    assert text.count("503-after-commit") == 2
    assert "1 of 1" in text


def test_front_page_links_to_meetings_as_a_guest_only(api: Api) -> None:
    made = api.create(topic="Demo")
    text = page(api, "/")[1]
    assert f'href="{made["join_url"]}"' in text
    assert "/s/" not in text


def test_pages_escape_what_they_show(api: Api) -> None:
    evil = '<script>alert("x")</script>'
    made = api.create(topic=evil, agenda=evil)
    for path in ("/", f"/j/{made['id']}", f"/s/{made['id']}"):
        _, text = page(api, path)
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
    _, text = page(api, "/j/%3Cscript%3E")
    assert "<script>" not in text


def test_link_to_nothing_says_so(api: Api) -> None:
    for path in ("/j/12345678901", "/s/12345678901", "/j/x"):
        answer, text = page(api, path)
        assert answer.status == 404
        assert "No such meeting" in text


def test_link_of_a_meeting_without_a_time_says_so(api: Api) -> None:
    made = api.create(type=3)
    assert "at no fixed time" in page(api, f"/j/{made['id']}")[1]


def test_front_page_shows_users_ledger_and_requests(api: Api) -> None:
    made = api.create(topic="Demo")
    _, text = page(api, "/")
    for words in (
        "host2@<wbr>sandbox.example",
        "Demo",
        str(made["id"]),
        "POST /v2/users/me/meetings",
        "2031-06-02 10:00:00",
    ):
        assert words in text
    assert made["password"] not in text
    assert "zak=" not in text


def test_head_is_get_without_a_body(api: Api) -> None:
    answer = api.send("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 500
