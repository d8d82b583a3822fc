"""The pages a browser shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.conftest import Answer, Api


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
