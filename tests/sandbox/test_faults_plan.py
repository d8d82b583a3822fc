"""Plans of faults: which requests a rule strikes, and what is said about a plan that makes no sense."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from zoomsandbox.faults.exceptions import PlanError
from zoomsandbox.faults.kinds import KINDS
from zoomsandbox.options import Options
from zoomsandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox.conftest import Answer, Api


def plan(api: Api, rules: Any) -> Answer:
    return api.send("POST", "/_sandbox/faults", json.dumps(rules))


def statuses(api: Api, count: int) -> list[int]:
    return [api.call("GET", "/users/me").status for _ in range(count)]


FAIL = {"kind": "503-before-commit", "route": "users.get"}


@pytest.mark.parametrize(
    ("chosen", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"nth": 2}, [2]),
        ({"nth": [1, 4]}, [1, 4]),
        ({"every": 3}, [3, 6]),
        ({"times": 2}, [1, 2]),
        ({"every": 2, "times": 2}, [2, 4]),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
        ({"probability": 0}, []),
        ({"probability": 1, "times": 1}, [1]),
    ],
)
def test_rule_strikes_the_requests_it_chooses(api: Api, chosen: dict[str, Any], struck: list[int]) -> None:
    plan(api, [FAIL | chosen])
    assert [at for at, status in enumerate(statuses(api, 6), 1) if status == 503] == struck
    (rule,) = api.send("GET", "/_sandbox/faults").json["rules"]
    assert (rule["seen"], rule["hits"]) == (6, len(struck))


def test_chance_depends_on_the_seed_alone(api: Api) -> None:
    rows = []
    for seed in (1, 1, 2):
        api.send("POST", "/_sandbox/reset")
        api._token = ""
        plan(api, [FAIL | {"probability": 0.5, "seed": seed}])
        rows.append(statuses(api, 20))
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]
    assert 3 < rows[0].count(503) < 17


def test_plan_may_name_one_seed_for_all_rules(api: Api) -> None:
    answer = plan(api, {"seed": 7, "rules": [FAIL, FAIL | {"seed": 8}]})
    assert [rule["seed"] for rule in answer.json["rules"]] == [7, 8]


@pytest.mark.parametrize(
    ("route", "meant"),
    [
        ("*", True),
        ("meetings.get", True),
        ("meetings.*", True),
        ("GET /v2/meetings/{meetingId}", True),
        ("GET /meetings/*", True),
        ("get /meetings/*", True),
        ("/meetings/123", True),
        ("* /meetings/12*", True),
        ("/**", True),
        (["token", "meetings.get"], True),
        ("DELETE /meetings/*", False),
        ("/meetings/124", False),
        ("/meetings", False),
        ("/meetings/*/invitation", False),
        ("token", False),
        ("POST /oauth/token", False),
        ("users.get", False),
    ],
)
def test_route_means_these_requests(api: Api, route: Any, meant: bool) -> None:
    _ = api.token
    plan(api, [{"kind": "503-before-commit", "route": route}])
    assert (api.call("GET", "/meetings/123").status == 503) is meant


def test_token_is_a_route(api: Api) -> None:
    plan(api, [{"kind": "503-before-commit", "route": "token"}])
    assert api.ask_token().status == 503


def test_list_replaces_the_plan_and_a_single_rule_joins_it(api: Api) -> None:
    plan(api, [FAIL, FAIL])
    assert len(plan(api, [FAIL]).json["rules"]) == 1
    assert [rule["id"] for rule in plan(api, FAIL).json["rules"]] == [3, 4]
    assert api.send("DELETE", "/_sandbox/faults").status == 204
    assert api.send("GET", "/_sandbox/faults").json == {"rules": []}


def test_first_of_two_that_end_the_answer_counts(api: Api) -> None:
    plan(api, [FAIL | {"times": 1}, FAIL | {"kind": "500-before-commit", "times": 1}])
    assert statuses(api, 3) == [503, 500, 200]


def test_faults_leave_the_control_plane_and_the_pages_alone(api: Api) -> None:
    plan(api, [{"kind": "500-before-commit"}])
    assert [api.send("GET", path).status for path in ("/", "/_sandbox/clock", "/_sandbox/ledger")] == [200] * 3


def test_reset_takes_the_faults_away(api: Api) -> None:
    plan(api, [FAIL])
    api.send("POST", "/_sandbox/reset")
    assert api.send("GET", "/_sandbox/faults").json == {"rules": []}


def test_faults_of_the_options_are_there_from_the_start_and_after_a_reset(start: Callable[..., Api]) -> None:
    api = start(faults=(FAIL | {"nth": 1},))
    assert statuses(api, 2) == [503, 200]
    api.send("POST", "/_sandbox/reset")
    api._token = ""
    assert statuses(api, 2) == [503, 200]


def test_kinds_are_told_to_whoever_asks(api: Api) -> None:
    told = api.send("GET", "/_sandbox/faults/kinds").json
    assert [kind["kind"] for kind in told["kinds"]] == list(KINDS)
    cut = next(kind for kind in told["kinds"] if kind["kind"] == "cut-body")
    assert [argument["name"] for argument in cut["arguments"]] == ["at", "end"]
    assert "nth" in told["choosers"]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([{"kind": "reset-aftercommit"}], "did you mean 'reset-after-commit'?"),
        ([{}], "No fault is called None. GET /_sandbox/faults/kinds lists them all."),
        ([{"kind": ["latency"]}], "No fault is called"),
        ([{"kind": "latency", "route": "meetings.creat"}], "did you mean 'meetings.create'?"),
        ([{"kind": "latency", "route": "create"}], "did you mean 'meetings.create'?"),
        ([{"kind": "latency", "route": "FETCH /meetings"}], "is no route"),
        ([{"kind": "latency", "route": "/meetings?x"}], "is no route"),
        ([{"kind": "latency", "route": 5}], "route takes a text"),
        ([{"kind": "latency", "nth": 0}], "nth takes a whole number from 1."),
        ([{"kind": "latency", "nth": True}], "nth takes a whole number from 1."),
        ([{"kind": "latency", "every": 1.5}], "every takes a whole number from 1."),
        ([{"kind": "latency", "times": 0}], "times takes a whole number from 1."),
        ([{"kind": "latency", "probability": 1.1}], "probability takes a number between 0 and 1."),
        ([{"kind": "latency", "seed": 1.5}], "seed takes"),
        ([{"kind": "latency", "nth": 1, "every": 2}], "takes one"),
        ([{"kind": "latency", "ms": -1}], "ms takes a number from 0 to 600000"),
        ([{"kind": "latency", "ms": "5"}], "ms takes a number"),
        ([{"kind": "cut-body", "at": 1.5}], "at takes a whole number"),
        ([{"kind": "cut-body", "end": "slam"}], "end is one of close, reset."),
        ([{"kind": "redirect", "to": "x\r\ny: z"}], "to takes a text of one line."),
        ([{"kind": "altered-answer", "set": []}], "set takes an object"),
        ([{"kind": "429-daily", "headers": 1}], "headers takes true or false"),
        ([{"kind": "drip", "speed": 2}], "drip knows no 'speed'. Besides kind it takes route,"),
        ([{"kind": "latency"}, {"kind": "x"}], "Rule 2: No fault is called 'x'."),
        ([5], "A plan is a list of rules"),
        (5, "A plan is a list of rules"),
        (None, "A plan is a list of rules"),
        ({"rules": [], "more": 1}, "A plan has the members rules and"),
        ({"rules": 5}, "A plan is a list of rules"),
        ([{"kind": "latency"}] * 1001, "at most 1000 rules"),
    ],
)
def test_senseless_plan_is_refused_with_a_sentence_and_changes_nothing(api: Api, rules: Any, words: str) -> None:
    plan(api, [FAIL])
    answer = plan(api, rules)
    assert answer.status == 400
    assert words in answer.json["error"]
    assert len(api.send("GET", "/_sandbox/faults").json["rules"]) == 1


def test_plan_that_is_no_json_is_refused(api: Api) -> None:
    for body in ("{", "[" * 100_000):
        assert "The body is not JSON." in api.send("POST", "/_sandbox/faults", body).json["error"]


def test_world_refuses_a_senseless_plan_at_once() -> None:
    with pytest.raises(PlanError, match="No fault is called 'x'"):
        World(Options(faults=({"kind": "x"},)))


def test_command_takes_a_file_of_faults(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    for content, words in (
        ('[{"kind": "x"}]', "No fault is called 'x'."),
        ("{", "is not JSON"),
    ):
        file.write_text(content)
        ended = subprocess.run(
            [sys.executable, "-m", "zoomsandbox", "--port", "0", "--faults", str(file)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (2, "")
        assert words in ended.stderr
    ended = subprocess.run(
        [sys.executable, "-m", "zoomsandbox", "--faults", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (ended.returncode, "No such file" in ended.stderr) == (2, True)
