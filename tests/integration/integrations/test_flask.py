"""The Flask extension in applications of its own, against a sandbox."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from zoomlink import ConfigurationError, NoHostError, ZoomLinkError
from zoomlink.integrations.flask import ZoomLink, current_desk
from zoomlink.integrations.flask.desk import held_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

LESSON: dict[str, Any] = {"start": "2031-12-01 18:24", "timezone": "Europe/Lisbon"}


@pytest.fixture
def make_app() -> Iterator[Callable[..., Flask]]:
    """Make applications; their desks are closed in the end."""
    made = []

    def make(**config: Any) -> Flask:
        app = Flask("lessons")
        app.config.update(config, TESTING=True)
        ZoomLink(app)

        @app.post("/lessons/<key>")
        def book(key: str) -> dict[str, Any]:
            return current_desk.create("Guitar lesson", **LESSON, key=key).to_dict()

        made.append(app)
        return app

    yield make
    for app in made:
        held_by(app).close()


@pytest.fixture
def client(make_app: Callable[..., Flask], zoom_sandbox: Any) -> FlaskClient:
    return make_app().test_client()


def test_a_view_makes_a_link_and_a_second_request_finds_it(client: FlaskClient, zoom_sandbox: Any) -> None:
    first, second = client.post("/lessons/7"), client.post("/lessons/7")
    assert first.json is not None
    assert first.json["join_url"].startswith(zoom_sandbox.url)
    assert second.json == first.json
    assert len(zoom_sandbox.ledger) == 1


def test_one_extension_serves_applications_made_by_a_factory(zoom_sandbox: Any, tmp_path: Any) -> None:
    extension = ZoomLink()
    one, other = Flask("one"), Flask("other")
    for app in (one, other):
        extension.init_app(app)
    with one.app_context():
        first = current_desk._get_current_object()  # type: ignore[attr-defined]
        assert current_desk.create("Lesson", **LESSON).state == "ready"
    with other.app_context():
        assert current_desk._get_current_object() is not first  # type: ignore[attr-defined]
    for app in (one, other):
        held_by(app).close()


def test_a_process_has_one_desk_until_the_configuration_changes(
    make_app: Callable[..., Flask], zoom_sandbox: Any
) -> None:
    app = make_app()
    desk = held_by(app).get()
    assert held_by(app).get() is desk
    app.config["ZOOMLINK_BUFFER"] = 10
    other = held_by(app).get()
    assert other is not desk
    assert other.settings.buffer == 10


def test_a_forked_process_opens_a_desk_of_its_own_and_leaves_the_parents_alone(
    make_app: Callable[..., Flask], zoom_sandbox: Any
) -> None:
    app = make_app()
    client = app.test_client()
    assert client.post("/lessons/1").status_code == 200
    parents = held_by(app).get()
    child = os.fork()
    if not child:
        good = held_by(app).get() is not parents and client.post("/lessons/1").status_code == 200
        held_by(app).close()
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert held_by(app).get() is parents
    assert client.post("/lessons/1").status_code == 200
    assert len(zoom_sandbox.ledger) == 1


def test_what_is_missing_is_named_when_the_desk_is_wanted_and_not_before(make_app: Callable[..., Flask]) -> None:
    app = make_app(ZOOM_ACCOUNT_ID="an-account")
    with pytest.raises(ConfigurationError, match="ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set"):
        app.test_client().post("/lessons/1")


def test_a_misspelt_key_is_named(make_app: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigurationError, match=r"Did you mean ZOOMLINK_HOSTS\?"):
        make_app(ZOOMLINK_HOST="alice@example.com").test_client().post("/lessons/1")


def test_the_configuration_leads_where_it_says(make_app: Callable[..., Flask], tmp_path: Any) -> None:
    app = make_app(
        ZOOM_ACCOUNT_ID="a", ZOOM_CLIENT_ID="b", ZOOM_CLIENT_SECRET="c", ZOOMLINK_DATABASE=tmp_path / "here.db"
    )
    settings = held_by(app).get().settings
    assert (settings.credentials.account_id, settings.database.reveal()) == ("a", f"sqlite:///{tmp_path / 'here.db'}")


def test_a_tests_sandbox_stands_above_the_credentials_of_the_application(
    make_app: Callable[..., Flask], zoom_sandbox: Any
) -> None:
    app = make_app(
        ZOOM_ACCOUNT_ID="real", ZOOM_CLIENT_ID="real", ZOOM_CLIENT_SECRET="real", ZOOMLINK_HOSTS="a@b.example"
    )
    assert app.test_client().post("/lessons/1").status_code == 200
    assert held_by(app).get().settings.credentials.account_id == "sandbox-account"


def test_errors_stay_exceptions_unless_problems_are_wanted(make_app: Callable[..., Flask], zoom_sandbox: Any) -> None:
    client = make_app().test_client()
    client.post("/lessons/1")
    with pytest.raises(NoHostError):
        client.post("/lessons/2")


def test_errors_become_problem_details_where_the_application_wants_them(
    make_app: Callable[..., Flask], zoom_sandbox: Any
) -> None:
    client = make_app(ZOOMLINK_PROBLEMS=True).test_client()
    client.post("/lessons/1")
    refused = client.post("/lessons/2")
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    problem = json.loads(refused.data)
    assert (problem["type"], problem["status"]) == ("/problems/no-host", 409)
    assert problem["next_free"] == "2031-12-01T19:24:00Z"
    assert problem["hint"].endswith("or allow the overlap: allow_overlap=True.")


@pytest.mark.parametrize("first", ["handler", "extension"])
@pytest.mark.parametrize("caught", [ZoomLinkError, NoHostError])
def test_a_handler_of_the_applications_own_stands(zoom_sandbox: Any, first: str, caught: type[Exception]) -> None:
    app = Flask("lessons")
    app.config["ZOOMLINK_PROBLEMS"] = True

    def sorry(error: Exception) -> tuple[str, int]:
        return "Sorry!", 418

    for step in (first, "handler" if first == "extension" else "extension"):
        if step == "extension":
            ZoomLink(app)
        else:
            app.register_error_handler(caught, sorry)
    app.add_url_rule("/", view_func=lambda: current_desk.create("Lesson", **LESSON).to_dict())
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(2)] == [200, 418]
    held_by(app).close()


def test_a_handler_for_every_exception_hears_of_ours_where_no_problems_are_wanted(
    make_app: Callable[..., Flask], zoom_sandbox: Any
) -> None:
    app = make_app()
    app.register_error_handler(Exception, lambda error: (type(error).__name__, 500))
    client = app.test_client()
    client.post("/lessons/1")
    assert client.post("/lessons/2").text == "NoHostError"


def test_without_an_application_or_an_extension_the_error_says_what_is_missing() -> None:
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        current_desk.counts()
    with Flask("bare").app_context(), pytest.raises(RuntimeError, match=r"call ZoomLink\(\).init_app\(app\)"):
        current_desk.counts()


def test_the_commands_create_and_settle(make_app: Callable[..., Flask], zoom_sandbox: Any) -> None:
    runner = make_app().test_cli_runner()
    words = ["zoomlink", "create", "Lesson", "--start", "2031-12-01T18:24", "--timezone", "Europe/Lisbon", "--key", "7"]
    made = runner.invoke(args=words)
    assert (made.exit_code, made.output.startswith(f"{zoom_sandbox.url}/j/")) == (0, True), made.output
    again = json.loads(runner.invoke(args=[*words, "--json"]).output)
    assert again["join_url"] == made.output.strip()
    settled = runner.invoke(args=["zoomlink", "settle"])
    assert (settled.exit_code, settled.output) == (0, "")


def test_a_link_whose_answer_was_lost_is_settled(make_app: Callable[..., Flask], zoom_sandbox: Any) -> None:
    app = make_app()
    with app.app_context():
        zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
        link = current_desk.create("Lesson", **LESSON, key="7", wait=0)
    assert link.state == "unknown"
    settled = app.test_cli_runner().invoke(args=["zoomlink", "settle"])
    assert settled.exit_code == 0, settled.output
    with app.app_context():
        assert current_desk.get(link.id).state == "ready"
    assert len(zoom_sandbox.ledger) == 1


def test_a_commands_error_is_a_sentence_and_an_exit_code(make_app: Callable[..., Flask], zoom_sandbox: Any) -> None:
    refused = make_app().test_cli_runner().invoke(args=["zoomlink", "create", "Lesson", "--start", "2031-12-01T18:24"])
    assert refused.exit_code == 2
    assert refused.output.startswith("Error: ")
    assert "timezone" in refused.output


def test_the_doctor_looks_at_the_applications_configuration(make_app: Callable[..., Flask], zoom_sandbox: Any) -> None:
    healthy = make_app(ZOOMLINK_TIMEZONE="Europe/Lisbon").test_cli_runner().invoke(args=["zoomlink", "doctor"])
    assert healthy.exit_code == 0, healthy.output
    ill = make_app(ZOOMLINK_TIMEZONE="Europe/Lisboa").test_cli_runner().invoke(args=["zoomlink", "doctor"])
    assert ill.exit_code == 3
    assert "Europe/Lisboa" in ill.output
