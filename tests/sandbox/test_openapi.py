"""A broad conversation with the sandbox against Zoom's own description of its API."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox import openapi
from tests.sandbox.conftest import NOW, Answer, Api

from zoomsandbox.app import ROUTES
from zoomsandbox.catalogue import catalogue_routes
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.core.router import Router
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.zoom_openapi

USERS = (
    "owner@sandbox.example",
    "host1@sandbox.example",
    "basic@sandbox.example:basic",
    "none@sandbox.example:unassigned",
    "new@sandbox.example:pending",
    "gone@sandbox.example:inactive",
)
START = "2031-12-01T18:24:00Z"
JILL = {"email": "jill@example.com", "first_name": "Jill"}
MEETINGS: list[dict[str, Any]] = [
    {},
    {"topic": "Demo", "agenda": "a" * 300, "start_time": "2031-12-01T18:24:00", "timezone": "America/Sao_Paulo"},
    {"type": 1},
    {"type": 3, "settings": {"use_pmi": True}},
    {"type": 10},
    {"type": 8, "start_time": START, "recurrence": {"type": 2, "weekly_days": "3,5", "end_times": 4}},
    {"type": 8, "start_time": START, "recurrence": {"type": 1, "end_date_time": "2031-12-05T00:00:00Z"}},
    {
        "type": 8,
        "start_time": START,
        "recurrence": {"type": 3, "monthly_week": -1, "monthly_week_day": 2, "repeat_interval": 2, "end_times": 3},
    },
    {"default_password": False, "tracking_fields": [{"field": "Booking", "value": "1"}], "pre_schedule": True},
    {"template_id": "x", "password": "abc!@#1", "duration": 1440},
    {
        "settings": {
            "approval_type": 0,
            "audio": "both",
            "auto_recording": "cloud",
            "jbh_time": 10,
            "join_before_host": True,
            "encryption_type": "e2ee",
            "waiting_room": True,
            "waiting_room_options": {"mode": "custom", "who_goes_to_waiting_room": "users_not_in_org"},
            "meeting_authentication": True,
            "authentication_exception": [{"email": "a@example.com", "name": "A"}],
            "approved_or_denied_countries_or_regions": {"enable": True, "method": "approve", "approved_list": ["PT"]},
            "breakout_room": {"enable": True, "rooms": [{"name": "One", "participants": ["b@example.com"]}]},
            "language_interpretation": {"enable": True, "interpreters": [{"email": "c@example.com"}]},
            "sign_language_interpretation": {"enable": True, "interpreters": [{"email": "c@example.com"}]},
            "question_and_answer": {"enable": True, "question_visibility": "all"},
            "continuous_meeting_chat": {"enable": True, "auto_add_invited_external_users": True},
            "auto_add_recording_to_video_management": {"enable": True, "channels": [{"channel_id": "x"}]},
            "meeting_invitees": [{"email": "d@example.com"}],
            "alternative_hosts": "host1@sandbox.example",
            "global_dial_in_countries": ["US"],
            "resources": [{"resource_type": "whiteboard", "resource_id": "x", "permission_level": "viewer"}],
            "who_will_receive_summary": 1,
            "who_can_ask_questions": 5,
            "calendar_type": 1,
            "contact_name": "C",
            "contact_email": "c@example.com",
            "email_in_attendee_report": True,
        }
    },
]


# Statuses that are described and never answered: the owner is always there, these two need no user, and what is wrong
# with a token is said with 401
UNSEEN = {"GET /users/email 404", "GET /users/summary 400", "GET /users/me/zak 400"}


class Observer(Api):
    """A client that compares every exchange with the description."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.wrong: list[str] = []
        self.seen: dict[str, set[int]] = {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        answer = super().call(method, path, body, **headers)
        operation = openapi.operation_of(method, f"/v2{path}")
        assert operation is not None, path
        self.seen.setdefault(operation.name, set()).add(answer.status)
        query = path.partition("?")[2]
        sent = None if isinstance(body, bytes) else body
        answered = answer.json if answer.body else None
        self.wrong += openapi.against(operation, query, sent, answer.status, answered)
        return answer

    def play(self, meeting_id: int, verb: str, **body: Any) -> None:
        answer = self.send("POST", f"/_sandbox/meetings/{meeting_id}/{verb}", json.dumps(body))
        assert answer.status == 200, answer.body


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedSandbox]:
    with ThreadedSandbox(Options(clock=parse_instant(NOW), users=USERS, limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def observer(server: ThreadedSandbox) -> Iterator[Observer]:
    server.reset()
    # The one scope that an ordinary account's app has only among the classic ones
    app = next(iter(server.world.oauth.apps.values()))
    app.grant((*app.scope.split(), "account:read:admin"))
    client = Observer(server.url)
    yield client
    client.close()


# -- the conversation --------------------------------------------------------------------------------------------------


def meetings(api: Observer) -> None:
    for fields in MEETINGS:
        made = api.create(**fields)
        api.get(made["id"])
        api.get(made["id"], "?show_previous_occurrences=true")
        api.call("PATCH", f"/meetings/{made['id']}", {"topic": "Changed", "settings": {"mute_upon_entry": True}})
        api.call("GET", f"/meetings/{made['id']}/invitation")
        api.call("POST", f"/meetings/{made['id']}/sip_dialing", {"passcode": "1"})
        guests = {"attendees": [{"name": "Jill", "disable_video": True}], "ttl": 60}
        api.call("POST", f"/meetings/{made['id']}/invite_links", guests)
        for one in made.get("occurrences", ())[:2]:
            key = f"?occurrence_id={one['occurrence_id']}"
            api.get(made["id"], key)
            api.call("PATCH", f"/meetings/{made['id']}{key}", {"agenda": "one", "duration": 30})
            api.call("DELETE", f"/meetings/{made['id']}{key}")
    for kind in ("scheduled", "live", "upcoming", "upcoming_meetings", "previous_meetings"):
        first = api.listed(f"?type={kind}&page_size=2")
        if first["next_page_token"]:
            api.listed(f"?type={kind}&page_size=2&next_page_token={first['next_page_token']}")
    api.listed("?from=2031-12-01&to=2031-12-02&timezone=UTC&page_size=300")
    api.create(start_time="2031-06-02T20:00:00Z")
    api.call("GET", "/users/me/upcoming_meetings")
    made = api.create()
    api.call("DELETE", f"/meetings/{made['id']}?schedule_for_reminder=true&cancel_meeting_reminder=true")
    api.call("PUT", f"/meetings/{made['id']}/status", {"action": "recover"})
    api.call("PUT", f"/meetings/{made['id']}/status", {"action": "end"})


def refusals_of_meetings(api: Observer, server: ThreadedSandbox) -> None:
    for user in ("nobody", "none@sandbox.example", "new@sandbox.example", "gone@sandbox.example"):
        api.call("POST", f"/users/{user}/meetings", {})
        api.call("GET", f"/users/{user}/meetings")
        api.call("GET", f"/users/{user}/upcoming_meetings")
    for fields in (
        {"type": 7},
        {"type": 1, "schedule_for": "host1@sandbox.example"},
        {"schedule_for": "nobody"},
        {"schedule_for": "host1@sandbox.example"},
        {"settings": {"enforce_login_domains": "a, b"}},
    ):
        api.call("POST", "/users/me/meetings", fields)
        made = api.create()
        api.call("PATCH", f"/meetings/{made['id']}", fields)
    made = api.create("host1@sandbox.example", type=8, start_time=START, recurrence={"type": 1, "end_times": 2})
    api.call("DELETE", f"/meetings/{made['id']}?occurrence_id=1")
    api.call("PATCH", f"/meetings/{made['id']}", {"type": 8, "pre_schedule": True})
    pmi = server.world.users.owner.pmi
    api.call("DELETE", f"/meetings/{pmi}")
    for number in (str(made["id"]), "12345678901", "abc"):
        if number == str(made["id"]):
            server.world.users.get("host1@sandbox.example").type = 4
        api.call("GET", f"/meetings/{number}")
        api.call("PATCH", f"/meetings/{number}", {})
        api.call("PUT", f"/meetings/{number}/status", {"action": "recover"})
        api.call("GET", f"/meetings/{number}/invitation")
        api.call("POST", f"/meetings/{number}/sip_dialing", {})
        api.call("POST", f"/meetings/{number}/invite_links", {"attendees": [{"name": "x"}]})
        api.call("POST", f"/meetings/{number}/registrants", JILL)
        api.call("POST", f"/meetings/{number}/batch_registrants", {"registrants": [JILL]})
        api.call("GET", f"/meetings/{number}/registrants")
        api.call("GET", f"/meetings/{number}/registrants/x")
        api.call("DELETE", f"/meetings/{number}/registrants/x")
        api.call("PUT", f"/meetings/{number}/registrants/status", {"action": "deny"})
        api.call("GET", f"/meetings/{number}/registrants/questions")
        api.call("PATCH", f"/meetings/{number}/registrants/questions", {})
        api.call("POST", "/users/host1@sandbox.example/meeting_templates", {"meeting_id": 1})
        api.call("DELETE", f"/meetings/{number}")


def registration(api: Observer) -> None:
    series = {"type": 8, "recurrence": {"type": 1, "end_times": 3}, "settings": {"registration_type": 3}}
    kinds: list[dict[str, Any]] = [{}, {"settings": {"approval_type": 1}}, series, {"type": 3}]
    for fields in kinds:
        settings = {"approval_type": 0} | fields.get("settings", {})
        made = api.create(**{"start_time": START} | fields | {"settings": settings})
        path = f"/meetings/{made['id']}"
        wish: dict[str, Any] = {
            "questions": [{"field_name": "city", "required": False}],
            "custom_questions": [{"title": "Cake?", "type": "single", "required": False, "answers": ["yes"]}],
        }
        api.call("PATCH", f"{path}/registrants/questions", wish)
        api.call("GET", f"{path}/registrants/questions")
        more = {
            "last_name": "Chill",
            "city": "Lisbon",
            "no_of_employees": "1-20",
            "purchasing_time_frame": "1-3 months",
            "role_in_purchase_process": "Influencer",
            "custom_questions": [{"title": "Cake?", "value": "yes"}],
            "language": "pt-PT",
            "auto_approve": True,
        }
        dates = [one["occurrence_id"] for one in made.get("occurrences", ())]
        query = f"?occurrence_ids={dates[0]},{dates[1]}" if dates else ""
        one = api.call("POST", f"{path}/registrants{query}", JILL | more).json["registrant_id"]
        api.call("POST", f"{path}/registrants", JILL | {"email": "jack@example.com"})
        batch = {"registrants": [JILL | {"email": "joe@example.com"}], "auto_approve": False}
        api.call("POST", f"{path}/batch_registrants", batch | {"registrants_confirmation_email": True})
        for status in ("approved", "pending", "denied"):
            first = api.call("GET", f"{path}/registrants?status={status}&page_size=1").json
            token = first["next_page_token"]
            if token:
                api.call("GET", f"{path}/registrants?status={status}&page_size=1&next_page_token={token}")
        if dates:
            api.call("GET", f"{path}/registrants?occurrence_id={dates[0]}")
        api.call("GET", f"{path}/registrants/{one}")
        for action in ("deny", "approve", "cancel", "approve"):
            body = {"action": action, "registrants": [{"id": one, "email": JILL["email"]}]}
            api.call("PUT", f"{path}/registrants/status", body)
        api.call("DELETE", f"{path}/registrants/{one}" + (f"?occurrence_id={dates[0]}" if dates else ""))
        api.call("DELETE", f"{path}/registrants/nobody")
    made = api.create("basic@sandbox.example")
    api.call("POST", f"/meetings/{made['id']}/registrants", JILL)
    api.call("DELETE", f"/meetings/{made['id']}/registrants/x")
    made = api.create(settings={"approval_type": 2})
    api.call("POST", f"/meetings/{made['id']}/batch_registrants", {"registrants": [JILL]})
    api.call("GET", f"/meetings/{made['id']}/registrants")


def past(api: Observer) -> None:
    for kind in (2, 1, 3, 10):
        made = api.create(type=kind)
        api.play(made["id"], "start")
        if made["type"] in {2, 3}:
            api.listed("?type=live")
            api.call("DELETE", f"/meetings/{made['id']}")
        for at in range(3):
            url, email = made["join_url"], f"{at}@example.com"
            api.play(made["id"], "join", name=f"Guest {at}", email=email, url=url)
        api.later(advance=100)
        api.play(made["id"], "end")
        path = f"/past_meetings/{made['id']}"
        api.call("GET", path)
        uuid = made["uuid"].replace("/", "%252F").replace("+", "%2B")
        assert api.call("GET", f"/past_meetings/{uuid}").status == 200
        first = api.call("GET", f"{path}/participants?page_size=2").json
        api.call("GET", f"{path}/participants?page_size=2&next_page_token={first['next_page_token']}")
        api.call("GET", f"{path}/instances")
        api.call("GET", f"{path}/instances?from=2031-06-01&to=2031-06-30")
        api.later(advance=366 * 86400)
        api.call("GET", path)
        api.call("GET", f"{path}/participants")
    for below in ("", "/participants", "/instances"):
        api.call("GET", f"/past_meetings/12345678901{below}")


def people(api: Observer, server: ThreadedSandbox) -> None:
    users = server.world.users
    users.owner.schedules_for.add(users.get("host1@sandbox.example").id)
    for status in ("active", "inactive", "pending"):
        api.call("GET", f"/users?status={status}&page_size=2000")
    first = api.call("GET", "/users?page_size=1&include_fields=host_key&role_id=2").json
    api.call("GET", f"/users?page_size=1&role_id=2&next_page_token={first['next_page_token']}")
    api.call("GET", "/users?include_fields=custom_attributes")
    api.call("GET", "/users?next_page_token=x")
    for user in (*(spec.partition(":")[0] for spec in USERS), "me", "nobody"):
        api.call("GET", f"/users/{user}")
        api.call("GET", f"/users/{user}/schedulers")
        api.call("GET", f"/users/{user}/assistants")
        for query in ("", "?option=meeting_security", "?option=meeting_authentication", "?custom_query_fields=tsp"):
            api.call("GET", f"/users/{user}/settings{query}")
    api.call("GET", "/users/summary")
    api.call("GET", "/users/email?email=owner@sandbox.example")
    api.call("GET", "/users/email")
    api.call("GET", "/users/me/zak")
    for account in ("me", "other"):
        api.call("GET", f"/accounts/{account}/settings")
        api.call("GET", f"/accounts/{account}/lock_settings")
        for option in ("meeting_security", "meeting_authentication", "recording_authentication", "security"):
            api.call("GET", f"/accounts/{account}/settings?option={option}")
    api.call("GET", "/accounts/me/lock_settings?option=meeting_security")
    users.tracking_fields.append(
        {"id": "a", "field": "Booking", "recommended_values": ["x"], "required": False, "visible": True}
    )
    api.call("GET", "/tracking_fields")
    made = api.create()
    for name in ("One", "One", "Two"):
        body = {"meeting_id": made["id"], "name": name, "save_recurrence": True, "overwrite": False}
        api.call("POST", "/users/me/meeting_templates", body)
    api.call("POST", "/users/me/meeting_templates", {"meeting_id": 1})
    for user in ("me", "nobody", "none@sandbox.example"):
        api.call("GET", f"/users/{user}/meeting_templates")
        api.call("POST", f"/users/{user}/meeting_templates", {"meeting_id": made["id"], "name": user})


def test_no_exchange_goes_against_zooms_description(observer: Observer, server: ThreadedSandbox) -> None:
    meetings(observer)
    registration(observer)
    past(observer)
    people(observer, server)
    refusals_of_meetings(observer, server)
    assert "\n".join(sorted(set(observer.wrong))) == ""
    # Every operation imitated was asked, and answered in the way that is no refusal
    asked = {name for name, statuses in observer.seen.items() if any(status < 300 for status in statuses)}
    assert {operation.name for _, operation in openapi.imitated()} - asked == set()
    # Every status described was answered, but for those that a sandbox without limits cannot give
    unseen = {
        f"{operation.name} {status}"
        for _, operation in openapi.imitated()
        for status in operation.body["responses"]
        if status not in {"403", "429"} and int(status) not in observer.seen[operation.name]
    }
    assert unseen == UNSEEN


# -- what can be read without a conversation ---------------------------------------------------------------------------


def test_scopes_and_labels_are_those_of_the_description() -> None:
    wrong = []
    for route, operation in openapi.imitated():
        known = operation.body.get("x-extensions", operation.body)
        classic, granular = known.get("x-macro-scopes"), known.get("x-granular-scopes")
        if classic is not None and list(route.classic) != classic:
            wrong.append(f"{route.name}: {route.classic} instead of {classic}")
        if granular is not None and list(route.scopes) != granular:
            wrong.append(f"{route.name}: {route.scopes} instead of {granular}")
        label = re.search(r"Rate Limit Label\]\([^)]*\):\*\*\s*`([A-Z_-]+)`", operation.body["description"])
        if label is not None and label[1] != route.label.upper():
            wrong.append(f"{route.name}: {route.label} instead of {label[1]}")
    assert "\n".join(wrong) == ""


def test_every_operation_of_the_description_is_imitated_or_said_not_to_be() -> None:
    router = Router([*ROUTES, *catalogue_routes({(route.method, route.template) for route in ROUTES})])
    missing = []
    for (method, path), operation in openapi.operations().items():
        route, _ = router.find(method, "/v2" + path.replace("{}", "x"))
        if route is None or (route.name != "not_imitated" and not route.template.startswith("/v2/")):
            missing.append(operation.name)
    assert missing == []
    described = [one for one in openapi.operations().values() if one.source == "meetings"]
    assert len(described) >= 183
