"""The token endpoint: what it gives, and every way in which it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api

GOOD = "grant_type=account_credentials&account_id=sandbox-account"


def test_token_has_all_five_fields(api: Api) -> None:
    answer = api.ask_token()
    assert answer.status == 200
    assert list(answer.json) == ["access_token", "token_type", "expires_in", "scope", "api_url"]
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["api_url"] == api.url
    assert answer.json["access_token"].count(".") == 2


def test_token_scope_is_granular_and_separated_by_blanks(api: Api) -> None:
    scopes = api.ask_token().json["scope"].split(" ")
    assert scopes[0] == "meeting:write:meeting:admin"
    assert len(scopes) == len(set(scopes)) == 37


def test_token_is_given_for_parameters_in_the_query(api: Api) -> None:
    assert api.ask_token(None, path=f"/oauth/token?{GOOD}").status == 200


def test_token_prefers_the_body_to_the_query(api: Api) -> None:
    answer = api.ask_token(GOOD, path="/oauth/token?grant_type=account_credentials&account_id=other")
    assert answer.status == 200


def test_token_is_refused_for_json_content_with_parameters_in_the_query(api: Api) -> None:
    answer = api.ask_token(None, path=f"/oauth/token?{GOOD}", **{"Content-Type": "application/json"})
    assert answer.status == 400
    assert answer.json == {"reason": "unsupported grant type", "error": "unsupported_grant_type"}


@pytest.mark.parametrize(
    "client", ["sandbox-client:wrong", "wrong:sandbox-secret", "sandbox-client", ":", "sandbox-client:séc"]
)
def test_token_is_refused_to_an_unknown_client(api: Api, client: str) -> None:
    answer = api.ask_token(client=client)
    assert answer.status == 400
    assert answer.json == {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}


@pytest.mark.parametrize("header", ["", "Basic", "Basic ====", "Basic w7", "Bearer abc"])
def test_token_is_refused_without_basic_authorization(api: Api, header: str) -> None:
    answer = api.ask_token(Authorization=header)
    assert answer.status == 400
    assert answer.json == {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}


@pytest.mark.parametrize("account", ["account_id=other", "account_id=", ""])
def test_token_is_refused_for_a_wrong_account(api: Api, account: str) -> None:
    answer = api.ask_token(f"grant_type=account_credentials&{account}")
    assert answer.status == 400
    assert answer.json == {"reason": "Bad Request", "error": "invalid_request"}


@pytest.mark.parametrize("grant", ["grant_type=client_credentials&", "grant_type=&", ""])
def test_token_is_refused_for_another_grant(api: Api, grant: str) -> None:
    answer = api.ask_token(f"{grant}account_id=sandbox-account")
    assert answer.status == 400
    assert answer.json == {"reason": "unsupported grant type", "error": "unsupported_grant_type"}


def test_tokens_live_side_by_side(api: Api) -> None:
    first, second = api.token, api.ask_token().json["access_token"]
    assert first != second
    assert api.call("GET", "/users/me").status == 200
    assert api.call("GET", "/users/me", Authorization=f"Bearer {second}").status == 200


def test_a_new_token_ends_the_old_one_in_replace_mode(start: Callable[..., Api]) -> None:
    api = start(token_mode="replace")
    assert api.call("GET", "/users/me").status == 200
    fresh = api.ask_token().json["access_token"]
    answer = api.call("GET", "/users/me")
    assert (answer.status, answer.json) == (401, {"code": 124, "message": "Invalid access token."})
    assert api.call("GET", "/users/me", Authorization=f"Bearer {fresh}").status == 200


def test_token_life_is_as_configured(start: Callable[..., Api]) -> None:
    api = start(token_ttl=60)
    assert api.ask_token().json["expires_in"] == 60
    assert api.call("GET", "/users/me").status == 200
    api.clock(advance=60)
    assert api.call("GET", "/users/me").json["message"] == "Access token is expired."


def test_revoked_token_is_refused(api: Api) -> None:
    assert api.call("GET", "/users/me").status == 200
    answer = api.ask_token(f"token={api.token}", path="/oauth/revoke")
    assert (answer.status, answer.json) == (200, {"status": "success"})
    assert api.call("GET", "/users/me").status == 401


def test_revocation_needs_the_client(api: Api) -> None:
    answer = api.ask_token(f"token={api.token}", path="/oauth/revoke", client="a:b")
    assert (answer.status, answer.json["error"]) == (400, "invalid_client")
    assert api.call("GET", "/users/me").status == 200
