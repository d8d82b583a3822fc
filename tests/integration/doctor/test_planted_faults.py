"""The doctor finds each planted fault, and nothing else, and says how to mend it. Each finding is read as people do."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from tests.helpers import NOW, FakeClock, answer, refusal

from zoomlink.doctor import CHECKS, Status, summary
from zoomlink.errors import TransportError
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.integration.doctor.conftest import Patient

    from zoomlink.zoom.flow import Request, Response

OWNER, HOST1, HOST2 = "owner@sandbox.example", "host1@sandbox.example", "host2@sandbox.example"


@dataclass
class FakeSender:
    """Answers by the end of the path; what it does not know is an error of the test."""

    answers: Mapping[str, Response | Exception] = field(default_factory=dict)
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request, timeout: float) -> Response:
        self.sent.append(request)
        found = self.answers[request.url.partition("/v2")[2] or request.url.rpartition("/")[2]]
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        pass


def good_token(**changes: object) -> Response:
    body = {"access_token": "token-canary", "token_type": "bearer", "expires_in": 3600, "scope": "", **changes}
    return answer(200, body, date="Wed, 04 Jun 2031 18:00:00 GMT")


def at_zoom(patient: Patient) -> None:
    """Let the settings lead to Zoom's own addresses."""
    del patient.env["ZOOM_OAUTH_URL"], patient.env["ZOOM_API_URL"]


def test_nothing_is_wrong_with_a_healthy_patient(patient: Patient) -> None:
    findings = patient.findings()
    assert [finding.what for finding in findings if finding.status is not Status.OK] == []
    assert {finding.check for finding in findings} == {check.name for check in CHECKS}
    assert summary(findings) == {"ok": len(findings), "warning": 0, "failed": 0, "skipped": 0}


def in_a_file(patient: Patient, chosen: str) -> None:
    """Move the patient's settings into a file of accounts, as one called clinic, and choose an account."""
    names = {
        "account_id": "ZOOM_ACCOUNT_ID", "client_id": "ZOOM_CLIENT_ID", "client_secret": "ZOOM_CLIENT_SECRET",
        "oauth_url": "ZOOM_OAUTH_URL", "api_url": "ZOOM_API_URL", "webhook_secret": "ZOOM_WEBHOOK_SECRET",
        "hosts": "ZOOMLINK_HOSTS", "timezone": "ZOOMLINK_TIMEZONE",
    }  # fmt: skip
    table = [f"{name} = {json.dumps(patient.env.pop(variable))}" for name, variable in names.items()]
    (patient.folder / "accounts.toml").write_text("\n".join(["[clinic]", *table, "[school]", ""]), encoding="utf-8")
    patient.env |= {"ZOOMLINK_ACCOUNTS": str(patient.folder / "accounts.toml"), "ZOOMLINK_ACCOUNT": chosen}


def test_the_account_that_is_chosen_is_the_one_looked_at(patient: Patient) -> None:
    in_a_file(patient, "clinic")
    patient.env |= {"ZOOM_ACCOUNT_ID": "another", "ZOOMLINK_HOSTS": "nobody@example.com"}
    assert [finding.what for finding in patient.findings() if finding.status is not Status.OK] == []


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ("bakery", "There is no account 'bakery': {file} has clinic, school."),
        ("school", "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set."),
        ("", "It is not said which account is meant: {file} has clinic, school."),
    ],
)
def test_an_account_that_cannot_be_had_is_named(patient: Patient, chosen: str, told: str) -> None:
    in_a_file(patient, chosen)
    (fault,) = [finding for finding in patient.faults() if finding.status is Status.FAILED]
    assert (fault.check, fault.what) == ("credentials", told.format(file=patient.env["ZOOMLINK_ACCOUNTS"]))


# This machine ---------------------------------------------------------------------------------------------------


def test_missing_credentials_are_named_all_at_once(patient: Patient) -> None:
    del patient.env["ZOOM_CLIENT_ID"], patient.env["ZOOM_CLIENT_SECRET"]
    (fault,) = patient.faults()
    assert fault.check == "credentials"
    assert fault.status is Status.FAILED
    assert fault.what == "ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set."
    assert fault.details["missing"] == ["ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"]
    skipped = [finding for finding in patient.findings() if finding.status is Status.SKIPPED]
    assert {finding.what for finding in skipped} == {"Not looked at: first mend “Credentials”."}
    assert {finding.check for finding in skipped} == {
        "network", "clock", "token", "api-address", "api", "scopes", "features", "owner", "hosts", "host-settings",
        "plan",
    }  # fmt: skip


def test_credentials_of_a_jwt_app_are_recognised(patient: Patient) -> None:
    del patient.env["ZOOM_ACCOUNT_ID"], patient.env["ZOOM_CLIENT_ID"], patient.env["ZOOM_CLIENT_SECRET"]
    patient.env["ZOOM_API_KEY"] = "an-old-key"
    (fault,) = [finding for finding in patient.faults() if finding.check == "credentials"]
    assert fault.cure == "ZOOM_API_KEY belong to JWT apps, which Zoom ended in 2023. Run: zoomlink setup"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("with blank", "ZOOM_CLIENT_ID holds a blank or a character that such a value never has."),
        ('"quoted"', "ZOOM_CLIENT_ID: there are quotes around the value."),
        ("<client-id>", "ZOOM_CLIENT_ID: an example stands where the value should be."),
        ("your_client_id", "ZOOM_CLIENT_ID: an example stands where the value should be."),
        ("xxxxxxxx", "ZOOM_CLIENT_ID: an example stands where the value should be."),
    ],
)
def test_malformed_credential_is_named_without_asking_zoom(patient: Patient, value: str, what: str) -> None:
    patient.env["ZOOM_CLIENT_ID"] = value
    (fault,) = patient.faults(sender=FakeSender())
    assert (fault.check, fault.status, fault.what) == ("credentials", Status.FAILED, what)


def test_account_number_in_place_of_the_account_id_is_recognised(patient: Patient) -> None:
    patient.env["ZOOM_ACCOUNT_ID"] = "90001234"
    seen, told = patient.faults()
    assert (seen.check, seen.status) == ("credentials", Status.WARNING)
    assert seen.what == "ZOOM_ACCOUNT_ID is a number. Zoom's account number is something else than the account ID."
    assert (told.check, told.status) == ("token", Status.FAILED)
    assert told.what == "Zoom does not accept the account ID. Zoom says: “Bad Request”"


def test_env_file_that_others_may_read_is_a_warning_with_the_command_that_mends_it(patient: Patient) -> None:
    path = patient.folder / ".env"
    path.write_text("ZOOM_CLIENT_SECRET=sandbox-secret\n")
    path.chmod(0o644)
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("env-file", Status.WARNING)
    assert fault.what == ".env holds a secret, and other users of this machine may open it (mode 0644)."
    assert fault.cure == f"Run: chmod 600 {path}"
    path.chmod(0o600)
    assert patient.faults() == []


def test_env_file_overruled_by_the_environment_is_a_warning(patient: Patient) -> None:
    path = patient.folder / ".env"
    path.write_text("ZOOM_CLIENT_ID=another-client\n")
    path.chmod(0o600)
    (fault,) = patient.faults()
    assert fault.what == ("ZOOM_CLIENT_ID: the environment says something else than .env, and the environment wins.")


def test_env_file_that_is_no_text_is_a_failure(patient: Patient) -> None:
    path = patient.folder / ".env"
    path.write_bytes(b"ZOOM_CLIENT_ID=\xff\xfe\n")
    path.chmod(0o600)
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("env-file", Status.FAILED)
    assert fault.what == ".env cannot be read (UnicodeDecodeError)."


@pytest.mark.parametrize(
    ("variable", "value", "what", "cure"),
    [
        ("ZOOMLINK_PLAN", "gold", "ZOOMLINK_PLAN is 'gold'.", "Use one of free, pro, business, none."),
        ("ZOOMLINK_HOSTS", "alice at example", "ZOOMLINK_HOSTS: 'alice at example' is not a host.", "e-mail addresses"),
    ],
)
def test_setting_that_is_wrong_is_named_and_the_rest_is_still_looked_at(
    patient: Patient, variable: str, value: str, what: str, cure: str
) -> None:
    patient.env[variable] = value
    findings = patient.findings()
    (fault,) = [finding for finding in findings if finding.status is not Status.OK]
    assert (fault.check, fault.status, fault.what) == ("settings", Status.FAILED, what)
    assert cure in (fault.cure or "")
    assert any(finding.check == "hosts" and finding.status is Status.OK for finding in findings)


def test_two_wrong_settings_are_both_named(patient: Patient) -> None:
    patient.env["ZOOMLINK_PLAN"] = "gold"
    patient.env["ZOOMLINK_TIMEZONE"] = "Sao Paulo"
    faults = [finding for finding in patient.faults() if finding.check == "settings"]
    assert [fault.details["variable"] for fault in faults] == ["ZOOMLINK_PLAN", "ZOOMLINK_TIMEZONE"]


def test_misspelt_setting_is_a_warning_that_knows_the_right_name(patient: Patient) -> None:
    patient.env["ZOOMLINK_HOST"] = HOST1
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("settings", Status.WARNING)
    assert fault.what == "ZOOMLINK_HOST is set, but there is no such setting."
    assert fault.cure == "Did you mean ZOOMLINK_HOSTS?"


def test_missing_time_zone_is_a_warning(patient: Patient) -> None:
    del patient.env["ZOOMLINK_TIMEZONE"]
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("timezone", Status.WARNING)
    assert fault.what == "ZOOMLINK_TIMEZONE is not set, so a time without a zone is refused."


def test_missing_time_zone_data_is_a_failure(patient: Patient) -> None:
    def no_zones(name: str) -> tzinfo:
        raise ZoneInfoNotFoundError(f"No time zone found with key {name}")

    (fault,) = patient.faults(zones=no_zones)
    assert (fault.check, fault.status) == ("zone-data", Status.FAILED)
    assert fault.what == "There is no time zone data: America/Mexico_City is not known."


def test_old_time_zone_data_is_a_warning(patient: Patient) -> None:
    def old_zones(name: str) -> tzinfo:
        return timezone(timedelta(hours=-4)) if name == "America/Asuncion" else ZoneInfo(name)

    (fault,) = patient.faults(zones=old_zones)
    assert (fault.check, fault.status) == ("zone-data", Status.WARNING)
    assert fault.what == "The time zone data is older than 2025a: it is wrong about America/Asuncion."


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("mysql://root@localhost/zoom", "ZOOMLINK_DATABASE is neither SQLite nor PostgreSQL."),
        (
            "sqlite:////dev/null/ledger.db",
            "The ledger cannot be kept at /dev/null/ledger.db: /dev/null is not a folder.",
        ),
        ("sqlite:////dev", "The ledger cannot be kept at /dev: it is a folder."),
    ],
)
def test_database_that_cannot_be_written_is_found(patient: Patient, url: str, what: str) -> None:
    patient.env["ZOOMLINK_DATABASE"] = url
    (fault,) = patient.faults()
    assert fault.check == "database"
    assert fault.what.startswith(what)


def test_password_of_the_database_is_not_shown(patient: Patient) -> None:
    patient.env["ZOOMLINK_DATABASE"] = "postgresql://zoom:db-canary@127.0.0.1:9/links"
    (found,) = [finding for finding in patient.findings() if finding.check == "database"]
    assert found.what.startswith("The ledger in PostgreSQL cannot be used: ")
    assert "canary" not in json.dumps(found.to_dict())


def test_a_file_that_is_no_ledger_is_found(patient: Patient, tmp_path: Path) -> None:
    (tmp_path / "diary.db").write_text("dear diary " * 100, encoding="utf-8")
    patient.env["ZOOMLINK_DATABASE"] = f"sqlite:///{tmp_path / 'diary.db'}"
    (fault,) = patient.faults()
    assert (fault.check, "is damaged, or is no ledger" in fault.what) == ("database", True)


def test_a_ledger_that_others_may_open_is_a_warning(patient: Patient, tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    SQLiteStore(path).close()
    patient.env["ZOOMLINK_DATABASE"] = f"sqlite:///{path}"
    assert patient.faults() == []
    path.chmod(0o644)
    (fault,) = patient.faults()
    assert (fault.check, fault.cure) == ("database", f"Run: chmod 600 {path}")


def test_missing_webhook_secret_is_a_warning(patient: Patient) -> None:
    del patient.env["ZOOM_WEBHOOK_SECRET"]
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("webhook", Status.WARNING)
    assert fault.what == "ZOOM_WEBHOOK_SECRET is not set, so events that Zoom sends cannot be checked."


def test_client_secret_in_place_of_the_webhook_secret_is_a_failure(patient: Patient) -> None:
    patient.env["ZOOM_WEBHOOK_SECRET"] = patient.env["ZOOM_CLIENT_SECRET"]
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("webhook", Status.FAILED)


# The way to Zoom ------------------------------------------------------------------------------------------------


def test_foreign_address_is_a_failure_and_nothing_is_sent_there(patient: Patient) -> None:
    patient.env["ZOOM_OAUTH_URL"] = "https://zoom.us.example.com"
    sender = FakeSender()
    (fault,) = patient.faults(sender=sender)
    assert (fault.check, fault.status) == ("addresses", Status.FAILED)
    assert fault.what == "ZOOM_OAUTH_URL is 'https://zoom.us.example.com', which is no address of Zoom."
    assert sender.sent == []


def test_unreachable_network_is_a_failure(patient: Patient) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        patient.env["ZOOM_OAUTH_URL"] = f"http://127.0.0.1:{closed.getsockname()[1]}"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("network", Status.FAILED)
    assert "cannot be reached" in fault.what
    assert fault.cure == "Check the network."


def test_certificate_that_is_not_valid_is_a_failure_of_the_network(patient: Patient) -> None:
    at_zoom(patient)
    error = TransportError(
        "The certificate of zoom.us is not valid: self-signed certificate in certificate chain.",
        sent=False,
        retryable=False,
        hint="If a proxy of your network inspects TLS, point SSL_CERT_FILE at its certificate.",
    )
    (fault,) = patient.faults(sender=FakeSender({"token": error}))
    assert (fault.check, fault.what, fault.cure) == ("network", error.message, error.hint)


@pytest.mark.parametrize(
    ("minutes", "what"),
    [
        (10, "This machine's clock is 10 minutes behind Zoom's."),
        (-180, "This machine's clock is 3 hours ahead of Zoom's."),
    ],
)
def test_clock_that_differs_is_a_warning(patient: Patient, minutes: int, what: str) -> None:
    patient.world.clock.advance(minutes * 60)
    (fault,) = patient.faults()
    assert (fault.check, fault.status, fault.what) == ("clock", Status.WARNING, what)


@pytest.mark.parametrize(("seconds", "status"), [(60, Status.OK), (61, Status.WARNING), (-61, Status.WARNING)])
def test_clock_may_differ_by_a_minute(patient: Patient, seconds: int, status: Status) -> None:
    at_zoom(patient)
    clock = FakeClock(NOW + timedelta(seconds=seconds))
    gone = TransportError("api.zoom.us cannot be reached.", sent=False, retryable=False)
    sender = FakeSender({"token": good_token(), "/users/me": gone})
    (found,) = [entry for entry in patient.findings(sender=sender, clock=clock) if entry.check == "clock"]
    assert found.status is status


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("ZOOM_CLIENT_SECRET", "Zoom does not know this client ID and client secret."),
        ("ZOOM_CLIENT_ID", "Zoom does not know this client ID and client secret."),
        ("ZOOM_ACCOUNT_ID", "Zoom does not accept the account ID."),
    ],
)
def test_wrong_credential_is_a_failure_of_the_token_that_says_which(patient: Patient, variable: str, what: str) -> None:
    patient.env[variable] = "wrong-canary"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("token", Status.FAILED)
    assert fault.what.startswith(what)
    assert "App Credentials" in (fault.cure or "")
    assert fault.details["problem"] == "credentials"


def test_app_that_is_switched_off_is_a_failure(patient: Patient) -> None:
    patient.world.oauth.apps["sandbox-client"].active = False
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("token", Status.FAILED)
    assert fault.what == "The Zoom app is switched off. Zoom says: “The app has been disabled”"


def test_foreign_api_address_in_the_token_is_a_failure_and_the_token_stays_here(patient: Patient) -> None:
    at_zoom(patient)
    sender = FakeSender({"token": good_token(api_url="https://api.example.com")})
    faults = patient.faults(sender=sender, clock=FakeClock())
    (fault,) = [fault for fault in faults if fault.check == "api-address"]
    assert fault.status is Status.FAILED
    assert fault.what == (
        "The token answer names 'https://api.example.com' as the address of the API, which is not Zoom's."
    )
    assert [request.url for request in sender.sent] == ["https://zoom.us/oauth/token"]


def test_api_that_does_not_accept_the_token_is_a_failure(patient: Patient) -> None:
    at_zoom(patient)
    sender = FakeSender({"token": good_token(), "/users/me": refusal(401, 124, "Invalid access token.")})
    (fault,) = [fault for fault in patient.faults(sender=sender, clock=FakeClock()) if fault.check == "api"]
    assert fault.what == "api.zoom.us does not accept the token that zoom.us has just given."


# Scopes ---------------------------------------------------------------------------------------------------------


def test_missing_required_scope_is_a_failure_by_exact_name(patient: Patient) -> None:
    patient.grant(*(scope for scope in patient.scopes() if scope != "meeting:write:meeting:admin"))
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("scopes", Status.FAILED)
    assert fault.what == "The Zoom app lacks meeting:write:meeting:admin. No link can be created."
    assert fault.details["missing"] == {"create": ["meeting:write:meeting:admin"]}


def test_missing_sip_scope_is_a_warning_by_exact_name(patient: Patient) -> None:
    patient.grant(*(scope for scope in patient.scopes() if scope != "meeting:write:sip_dialing:admin"))
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("features", Status.WARNING)
    assert fault.what == "12 of 13 further features have their scopes; without: SIP addresses."
    assert fault.cure == "Leave it, or add on the app's Scopes page the ones you want: meeting:write:sip_dialing:admin"


def test_scope_of_a_feature_that_few_want_is_named_without_a_warning(patient: Patient) -> None:
    patient.grant(*(scope for scope in patient.scopes() if "registra" not in scope))
    assert patient.faults() == []
    (found,) = [finding for finding in patient.findings() if finding.check == "features"]
    assert found.what == "12 of 13 further features have their scopes; without: Registration."
    assert list(found.details["missing"]) == ["registrants"]
    assert "meeting:write:registrant:admin" in (found.cure or "")


def test_classic_app_without_the_sip_scope_is_told_its_classic_name(patient: Patient) -> None:
    patient.grant("meeting:read:admin", "meeting:write:admin", "user:read:admin")
    (fault,) = patient.faults()
    assert fault.details["missing"] == {"sip": ["meeting:write:admin:sip_dialing"]}


def test_classic_app_that_may_not_read_meetings_is_a_failure(patient: Patient) -> None:
    patient.grant("meeting:write:admin", "meeting:write:admin:sip_dialing", "user:read:admin")
    (fault,) = [fault for fault in patient.faults() if fault.status is Status.FAILED]
    assert fault.details["missing"] == {"settle": ["meeting:read:admin"]}
    assert fault.what.startswith("The Zoom app lacks meeting:read:admin. After a lost answer nobody could tell")


def test_scope_for_one_user_only_is_told_from_the_one_for_the_account(patient: Patient) -> None:
    rest = [scope for scope in patient.scopes() if scope != "meeting:write:meeting:admin"]
    patient.grant(*rest, "meeting:write:meeting")
    (fault,) = patient.faults()
    assert fault.what.endswith(
        "It has meeting:write:meeting, but without the ending :admin that counts for one user only."
    )


def test_app_that_may_not_read_users_leaves_hosts_unchecked_but_does_not_fail(patient: Patient) -> None:
    patient.grant("meeting:read:admin", "meeting:write:admin", "meeting:write:admin:sip_dialing")
    faults = {fault.check: fault for fault in patient.faults()}
    assert {name: fault.status for name, fault in faults.items()} == {
        "features": Status.WARNING,
        "owner": Status.SKIPPED,
        "hosts": Status.SKIPPED,
        "host-settings": Status.SKIPPED,
        "plan": Status.SKIPPED,
    }
    assert faults["hosts"].what == "Hosts were not looked at: the Zoom app lacks the scope user:read:admin."


# Hosts ----------------------------------------------------------------------------------------------------------


def test_host_that_does_not_exist_is_a_failure(patient: Patient) -> None:
    patient.env["ZOOMLINK_HOSTS"] = f"{HOST1},nobody@sandbox.example"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.FAILED)
    assert fault.what.startswith("nobody@sandbox.example: There is no such user in this Zoom account.")
    assert fault.details["host"] == "nobody@sandbox.example"


def test_deactivated_host_is_a_failure(patient: Patient) -> None:
    patient.user(HOST2).status = "inactive"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.FAILED)
    assert fault.what == f"{HOST2} is deactivated and cannot host."


def test_host_who_has_not_accepted_the_invitation_is_a_failure(patient: Patient) -> None:
    patient.user(HOST2).status = "pending"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.FAILED)
    assert fault.what.startswith(f"{HOST2}: The user has not accepted the invitation to the account yet.")


def test_host_without_any_licence_is_a_failure(patient: Patient) -> None:
    patient.user(HOST2).type = 4
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.FAILED)
    assert fault.what == f"{HOST2} has neither a licence nor Meetings Basic, and may not host."


def test_basic_host_is_a_warning_about_forty_minutes(patient: Patient) -> None:
    patient.user(HOST2).type = 1
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.WARNING)
    assert "ends each of their meetings after 40 minutes" in fault.what


def test_owner_listed_as_me_and_by_address_is_a_warning(patient: Patient) -> None:
    patient.env["ZOOMLINK_HOSTS"] = f"me,{OWNER}"
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("hosts", Status.WARNING)
    assert fault.what == f"ZOOMLINK_HOSTS lists one person twice: me and {OWNER} are the same Zoom user."


def test_me_is_explained_where_no_hosts_are_named(patient: Patient) -> None:
    del patient.env["ZOOMLINK_HOSTS"]
    (found,) = [finding for finding in patient.findings() if finding.check == "owner"]
    assert found.what == f"ZOOMLINK_HOSTS is not set: meetings without a host belong to “me”, which is {OWNER}."


@pytest.mark.parametrize(
    ("group", "setting", "value", "what"),
    [
        ("in_meeting", "waiting_room", True, "a waiting room holds guests until the host admits them"),
        ("schedule_meeting", "embed_password_in_join_link", False, "join links come without the passcode"),
        (
            "schedule_meeting",
            "use_pmi_for_scheduled_meetings",
            True,
            "scheduled meetings take place in the personal room",
        ),
        (
            "schedule_meeting",
            "meeting_password_requirement",
            {"length": 8, "have_number": True, "only_allow_numeric": True, "consecutive_characters_length": 4},
            "a passcode you choose has to have at least 8 characters, digits only, a digit, no run of 4 characters",
        ),
    ],
)
def test_setting_of_a_host_that_overrides_yours_is_a_warning(
    patient: Patient, group: str, setting: str, value: object, what: str
) -> None:
    for host in (HOST1, HOST2):
        patient.user(host).overrides[group] = {setting: value}
    (fault,) = patient.faults()
    assert (fault.check, fault.status) == ("host-settings", Status.WARNING)
    assert fault.what.startswith(f"{HOST1}, {HOST2}: {what}")
    assert fault.details["setting"] == f"{group}.{setting}"


def test_habits_of_hosts_are_told_where_nothing_overrides(patient: Patient) -> None:
    patient.user(HOST2).overrides["schedule_meeting"] = {"join_before_host": True}
    said = [finding.what for finding in patient.findings() if finding.check == "host-settings"]
    start = "no setting overrides what a link asks for. Unless a link says otherwise, Zoom adds a passcode"
    assert said == [
        f"{HOST1}: {start} and guests wait until the host is there.",
        f"{HOST2}: {start} and guests may come in before the host.",
    ]


def test_paid_plan_without_any_licensed_host_is_a_warning(patient: Patient) -> None:
    patient.user(HOST1).type = patient.user(HOST2).type = 1
    (fault,) = [fault for fault in patient.faults() if fault.check == "plan"]
    assert fault.what == "ZOOMLINK_PLAN is pro, but no host has a licence, as on a free account."


def test_capacity_beyond_the_plan_is_a_warning(patient: Patient) -> None:
    patient.env["ZOOMLINK_HOSTS"] = f"{HOST1}:2"
    (fault,) = patient.faults()
    assert fault.check == "plan"
    assert fault.what.startswith(f"{HOST1} has capacity 2, but a licensed host of this plan runs 1 at a time")
    assert fault.cure == f"Write {HOST1}:1 in ZOOMLINK_HOSTS, or correct ZOOMLINK_PLAN."


def test_capacity_with_the_add_on_is_no_fault(patient: Patient) -> None:
    patient.env["ZOOMLINK_HOSTS"] = f"{HOST1}:2"
    patient.user(HOST1).overrides["feature"] = {"concurrent_meeting": "Plus"}
    assert patient.faults() == []


def test_business_plan_with_the_seats_of_pro_is_a_warning(patient: Patient) -> None:
    patient.env["ZOOMLINK_PLAN"] = "business"
    (fault,) = patient.faults()
    assert fault.what == "ZOOMLINK_PLAN is business, but no host may have more than 100 guests, as on Pro."


# Throughout -----------------------------------------------------------------------------------------------------


def test_no_finding_holds_a_secret_even_when_zoom_echoes_it(patient: Patient) -> None:
    at_zoom(patient)
    patient.env["ZOOM_CLIENT_SECRET"] = "client-secret-canary"
    echo = "no: client-secret-canary token-canary hook-secret-canary"
    token = good_token(scope="user:read:user:admin user:read:settings:admin client-secret-canary")
    sender = FakeSender(
        {"token": token, "/users/me": refusal(400, 300, echo)}
        | {f"/users/{host}": refusal(404, 1001, echo) for host in (HOST1, HOST2)}
    )
    said = json.dumps([finding.to_dict() for finding in patient.findings(sender=sender, clock=FakeClock())])
    assert "***" in said
    assert "canary" not in said


def test_strange_answers_are_findings_and_no_crash(patient: Patient) -> None:
    at_zoom(patient)
    odd = answer(200, {"schedule_meeting": [], "in_meeting": None, "feature": 7})
    sender = FakeSender(
        {"token": good_token(scope=None), "/users/me": answer(200, {"id": 5, "type": "x"})}
        | {f"/users/{host}": answer(200, {"id": f"id-{host[:5]}", "type": 2}) for host in (HOST1, HOST2)}
        | {"/users/id-host1/settings": odd, "/users/id-host2/settings": answer(200, [])}
    )
    findings = patient.findings(sender=sender, clock=FakeClock())
    assert {finding.check for finding in findings} == {check.name for check in CHECKS}
    (fault,) = [finding for finding in findings if finding.status is Status.FAILED]
    assert fault.what == "The app has no scopes at all."


def test_nothing_is_changed_here_or_at_zoom(patient: Patient) -> None:
    patient.findings()
    assert list(patient.folder.iterdir()) == []
    assert patient.world.ledger.entries == []
