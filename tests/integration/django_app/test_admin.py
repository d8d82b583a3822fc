"""The admin: a list to look at, search and filter, actions that go through the outbox, and no secret too many."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from tests.integration.links.test_desk import alive

from zoomlink.integrations.django import MeetingLink, cancel_link, create_link, get_desk

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
LIST = "/admin/zoomlink/meetinglink/"


def client_of(*permissions: str) -> Client:
    """A member of staff with these permissions; without any named, one who may do all."""
    user = User.objects.create_user("somebody", password="x", is_staff=True, is_superuser=not permissions)
    wanted = [f"{name}_meetinglink" for name in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, *links: MeetingLink) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [str(link.pk) for link in links]}, follow=True)


def form(**values: str) -> dict[str, str]:
    return {
        "topic": "Piano",
        "start_0": "2031-12-01",
        "start_1": "18:24",
        "duration": "45",
        "timezone": "Europe/Lisbon",
        "wanted_host": "",
        "agenda": "",
        **values,
    }


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_list_shows_state_start_host_and_a_link_to_copy(django: Any) -> None:
    link = create_link("Piano", start=START, timezone="America/Sao_Paulo")
    shown = text(client_of().get(LIST))
    assert "2031-12-01 15:24 America/Sao_Paulo" in shown
    assert "owner@sandbox.example" in shown
    assert f'data-copy="{link.join_url}"' in shown
    assert re.search(r'class="zoomlink-state zoomlink-good"[^>]*>ready<', shown)


@pytest.mark.parametrize("words", ["piano", "owner@sandbox", "booking-1"])
def test_it_is_searched_by_topic_host_and_key(django: Any, words: str) -> None:
    create_link("Piano", start=START, key="booking-1")
    client = client_of()
    assert "1 Zoom link" in text(client.get(LIST, {"q": words}))
    assert "0 Zoom links" in text(client.get(LIST, {"q": "violin"}))


def test_it_is_searched_by_the_meetings_number(django: Any) -> None:
    link = create_link("Piano", start=START)
    assert "1 Zoom link" in text(client_of().get(LIST, {"q": str(link.meeting_id)}))


def test_it_is_filtered_by_state(django: Any) -> None:
    create_link("Piano", start=START)
    create_link("Guitar", start=START)
    shown = text(client_of().get(LIST, {"state__exact": "refused"}))
    assert ("1 Zoom link" in shown, ">Guitar<" in shown, ">Piano<" in shown) == (True, True, False)


def test_a_link_is_made(django: Any) -> None:
    client = client_of()
    assert 'value="Europe/Lisbon"' in text(client.get(f"{LIST}add/"))
    text(client.post(f"{LIST}add/", form(), follow=True))
    link = MeetingLink.objects.get()
    assert (link.is_ready, link.start, link.duration) == (True, START, 45)
    assert list(alive(django).values()) == ["Piano"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start_0": "2021-12-01"}, "has passed"),
        ({"timezone": "Europe/Lisboa"}, "There is no time zone"),
        ({"duration": "1441"}, "1441 minutes"),
        ({"topic": ""}, "This field is required"),
        ({"wanted_host": "a b"}, "host"),
    ],
)
def test_what_is_wrong_is_told_in_the_form_and_nothing_is_made(django: Any, wrong: dict[str, str], words: str) -> None:
    shown = text(client_of().post(f"{LIST}add/", form(**wrong)))
    assert words in shown
    assert "errorlist" in shown
    assert (MeetingLink.objects.count(), django.ledger) == (0, [])


def test_a_link_is_changed(django: Any) -> None:
    link = create_link("Piano", start=START)
    client = client_of()
    text(client.get(f"{LIST}{link.pk}/change/"))
    text(client.post(f"{LIST}{link.pk}/change/", form(start_0="2031-12-02", topic="Piano II"), follow=True))
    made = get_desk().get(link.link_id)
    assert (made.start_time, made.topic, made.duration) == (START + timedelta(days=1), "Piano II", 45)


def test_a_start_is_on_the_clocks_of_the_links_own_zone(django: Any) -> None:
    client = client_of()
    text(client.post(f"{LIST}add/", form(timezone="America/Sao_Paulo", start_1="15:24"), follow=True))
    link = MeetingLink.objects.get()
    assert (link.start, get_desk().get(link.link_id).timezone) == (START, "America/Sao_Paulo")
    shown = text(client.get(f"{LIST}{link.pk}/change/"))
    assert 'value="2031-12-01"' in shown
    assert 'value="15:24:00"' in shown
    assert "Piano, 2031-12-01 15:24 America/Sao_Paulo" in shown
    text(client.post(f"{LIST}{link.pk}/change/", form(timezone="Europe/Lisbon", start_1="15:24"), follow=True))
    link.refresh_from_db()
    assert link.meeting_start == START - timedelta(hours=3)  # 15:24, but in Lisbon


@pytest.mark.parametrize(
    ("time", "words"), [("2031-03-30 01:30", "does not exist"), ("2031-10-26 01:30", "twice"), ("2031-12-01", "valid")]
)
def test_a_time_that_does_not_exist_or_comes_twice_is_told_in_the_form(django: Any, time: str, words: str) -> None:
    day, _, hour = time.partition(" ")
    shown = text(client_of().post(f"{LIST}add/", form(start_0=day, start_1=hour)))
    assert words in shown.partition("errorlist")[2]
    assert MeetingLink.objects.count() == 0


def test_the_history_tells_what_happened(django: Any) -> None:
    link = create_link("Piano", start=START)
    assert "Zoom made meeting" in text(client_of().get(f"{LIST}{link.pk}/change/"))


def test_saving_without_a_change_asks_zoom_for_nothing(django: Any) -> None:
    link = create_link("Piano", start=START, duration=45)
    text(client_of().post(f"{LIST}{link.pk}/change/", form(), follow=True))
    link.refresh_from_db()
    assert (len(django.ledger), link.version) == (1, 1)


def test_the_actions_cancel_and_ask_again(django: Any) -> None:
    first = create_link("Piano", start=START)
    second = create_link("Guitar", start=START)
    client = client_of()
    assert "1 link cancelled." in text(act(client, "cancel", first))
    assert "1 link asked for." in text(act(client, "create_now", second))
    second.refresh_from_db()
    assert (second.is_ready, list(alive(django).values())) == (True, ["Guitar"])


def test_asking_again_in_vain_says_why(django: Any) -> None:
    create_link("Piano", start=START)
    second = create_link("Guitar", start=START)
    assert "owner@sandbox.example" in text(act(client_of(), "create_now", second))
    second.refresh_from_db()
    assert second.state == "refused"


def test_join_links_are_shown_to_be_copied(django: Any) -> None:
    link = create_link("Piano", start=START)
    refused = create_link("Guitar", start=START)
    shown = text(act(client_of("view"), "copy_join_links", link, refused))
    assert "Piano, 2031-12-01 18:24 Europe/Lisbon" in shown
    assert link.join_url in shown
    assert link.passcode in shown
    assert "Guitar" not in shown
    assert "None of these links is ready." in text(act(client_of_another(), "copy_join_links", refused))


def client_of_another() -> Client:
    User.objects.all().delete()
    return client_of("view")


def test_the_hosts_entrance_is_never_there_and_the_passcode_on_demand(django: Any) -> None:
    link = create_link("Piano", start=START)
    shown = text(client_of().get(f"{LIST}{link.pk}/change/"))
    assert f"<details><summary>Show</summary><code>{link.passcode}</code></details>" in shown
    assert 'name="join_url"' not in shown  # to be looked at, not to be changed
    assert "zak=" not in shown
    assert link.passcode not in text(client_of_another().get(LIST))


def test_who_may_only_look_changes_nothing(django: Any) -> None:
    link = create_link("Piano", start=START)
    client = client_of("view")
    assert link.join_url in text(client.get(LIST))
    act(client, "cancel", link)
    assert client.post(f"{LIST}{link.pk}/change/", form(topic="Mine")).status_code == 403
    link.refresh_from_db()
    assert (link.state, link.topic) == ("ready", "Piano")


def test_who_may_not_look_sees_nothing(django: Any) -> None:
    link = create_link("Piano", start=START)
    client = client_of("add")
    assert client.get(f"{LIST}{link.pk}/change/").status_code == 403
    assert link.join_url not in client.get(LIST).content.decode()


def test_rows_are_cancelled_and_never_deleted(django: Any) -> None:
    link = create_link("Piano", start=START)
    client = client_of()
    assert client.post(f"{LIST}{link.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in text(client.get(LIST))


def test_a_cancelled_link_can_be_looked_at_and_no_more(django: Any) -> None:
    link = create_link("Piano", start=START)
    cancel_link(link)
    shown = text(client_of().get(f"{LIST}{link.pk}/change/"))
    assert ('name="topic"' in shown, "2031-12-01 18:24 Europe/Lisbon" in shown) == (False, True)


@pytest.mark.parametrize(("language", "words"), [("pt-br", "pronto"), ("pt-pt", "pronto"), ("en", "ready")])
def test_it_speaks_the_readers_language(django: Any, language: str, words: str) -> None:
    create_link("Piano", start=START)
    shown = text(client_of().get(LIST, headers={"accept-language": language}))
    assert re.search(rf'class="zoomlink-state [^>]*>{words}<', shown)


def test_what_people_type_is_text(django: Any) -> None:
    create_link("<script>alert(1)</script>", start=START)
    assert "<script>alert" not in text(client_of().get(LIST))
