"""Both clients behind TLS and proxies: certificates are checked always, and a proxy's no means that nothing was sent."""

# ruff: noqa: E501 - tables and sentences read better whole

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.helpers import meeting_answer, settings
from tests.integration.client.conftest import HASTY, PATIENT, Clients, create, get, post
from tests.wire import Line, Wire, answers, reply

from zoomlink.errors import ConfigurationError, OutcomeUnknownError, TransportError

if TYPE_CHECKING:
    from pathlib import Path

    from zoomlink.config import Settings

OK = reply(200, {"ok": True})
ZOOM = "https://api.zoom.us"


class Certificate:
    """A certificate that signs itself, in a file."""

    def __init__(self, folder: Path, *names: str, days: int = 30) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        now = dt.datetime.now(dt.UTC)
        alternatives = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
        ]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=60))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.path = folder / f"{names[0]}.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private = folder / f"{names[0]}.key"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.path, private)


@pytest.mark.parametrize("act", [get, post])
@pytest.mark.parametrize("case", ["nobody-vouches", "other-name", "expired"])
def test_a_certificate_that_is_not_valid_ends_it_at_once(
    clients: Clients, case: str, act: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("other.example",) if case == "other-name" else ("127.0.0.1",)
    certificate = Certificate(tmp_path, *names, days=-1 if case == "expired" else 30)
    if case != "nobody-vouches":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with Wire((answers(OK),), tls=certificate.context) as wire:
        with pytest.raises(
            TransportError, match=rf"^The certificate of 127\.0\.0\.1:{wire.port} is not valid: "
        ) as caught:
            clients.run(wire.url, act, policy=PATIENT)  # type: ignore[arg-type]  # a table of functions
        assert wire.connections == 1
        assert wire.requests == []
    assert (caught.value.sent, caught.value.retryable) == (False, False)
    assert type(caught.value) is TransportError
    assert "SSL_CERT_FILE" in (caught.value.hint or "")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_ones_own_is_trusted(
    clients: Clients, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv(variable, str(certificate.path))
    with Wire((answers(OK),), tls=certificate.context) as wire:
        assert clients.run(wire.url, get, get) == {"ok": True}
        assert wire.connections == 1


@pytest.mark.parametrize("content", [None, b"no certificate"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_bundle_that_cannot_be_read_is_a_matter_of_configuration(
    clients: Clients, variable: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(
        ConfigurationError, match=rf"^{variable} names .*bundle\.pem, which cannot be read as certificates"
    ):
        clients.run("https://127.0.0.1:9", get)


def test_a_handshake_that_is_cut_sent_nothing(clients: Clients) -> None:
    def hangs_up(line: Line) -> None:
        line.close()

    with Wire((hangs_up,)) as wire:
        with pytest.raises(TransportError) as caught:
            clients.run(wire.url.replace("http:", "https:"), post, policy=PATIENT)
        assert wire.connections == 3
    assert caught.value.sent is False
    assert type(caught.value) is TransportError


def test_a_handshake_that_hangs_ends_at_the_deadline(clients: Clients) -> None:
    with Wire((Line.wait,)) as wire:
        begun = time.monotonic()
        with pytest.raises(TransportError, match="could not be reached in time") as caught:
            clients.run(wire.url.replace("http:", "https:"), post, policy=HASTY)
        assert time.monotonic() - begun < 1.5
    assert caught.value.sent is False


def test_plain_and_safe_addresses_do_not_share_their_trust(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token over http from a sandbox, the API over https: the second must know its certificates."""
    certificate = Certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    given = reply(200, {"access_token": "canary", "expires_in": 3600})
    with Wire((answers(given),)) as plain, Wire((answers(OK),), tls=certificate.context) as safe:
        account = settings(oauth_url=plain.url, api_url=safe.url)
        assert clients.run(safe.url, get, own_token=True, account=account) == {"ok": True}


# Proxies --------------------------------------------------------------------------------------------------------------


def account() -> Settings:
    return settings(api_url=ZOOM)


def refuses(status: int, body: bytes = b"<html>No.</html>") -> object:
    def play(line: Line) -> None:
        line.read()
        line.send(reply(status, body, "content-type: text/html"))

    return play


@pytest.mark.parametrize("status", [403, 407, 502, 503])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_refuses_means_that_nothing_was_sent(
    clients: Clients, status: int, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wire((refuses(status),)) as proxy:  # type: ignore[arg-type]
        monkeypatch.setenv(variable, proxy.url)
        with pytest.raises(TransportError, match=r"^The proxy refused to connect to api\.zoom\.us: ") as caught:
            clients.run(ZOOM, post, policy=PATIENT, account=account())
        assert [seen.line for seen in proxy.requests] == ["CONNECT api.zoom.us:443 HTTP/1.1"] * 3
        assert "canary" not in repr(proxy.requests)
    assert caught.value.sent is False
    assert type(caught.value) is TransportError


def test_a_proxy_that_hangs_up_means_that_nothing_was_sent(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs_up(line: Line) -> None:
        line.read()

    with Wire((hangs_up,)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(TransportError) as caught:
            clients.run(ZOOM, post, account=account())
    assert caught.value.sent is False
    assert type(caught.value) is TransportError


def test_a_proxy_that_says_nothing_ends_at_the_deadline(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(line: Line) -> None:
        line.read()
        line.wait()

    with Wire((hangs,)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        begun = time.monotonic()
        with pytest.raises(TransportError) as caught:
            clients.run(ZOOM, post, policy=HASTY, account=account())
        assert time.monotonic() - begun < 1.5
    assert caught.value.sent is False


def test_the_way_through_a_proxy(clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = Certificate(tmp_path, "api.zoom.us")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))

    def tunnels(line: Line) -> None:
        line.read()
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        line.start_tls(certificate.context)
        answers(reply(201, meeting_answer()))(line)

    with Wire((tunnels,)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://us%40er:p%3Ass%2F@"))
        meeting = clients.run(ZOOM, create, create, account=account())
        assert meeting.id == 81234567890
        assert [seen.line for seen in proxy.requests] == [
            "CONNECT api.zoom.us:443 HTTP/1.1",
            "POST /v2/users/alice@example.com/meetings HTTP/1.1",
            "POST /v2/users/alice@example.com/meetings HTTP/1.1",
        ]
        scheme, _, pair = proxy.requests[0].headers["proxy-authorization"].partition(" ")
        assert (scheme, base64.b64decode(pair)) == ("Basic", b"us@er:p:ss/")
        assert "authorization" not in proxy.requests[0].headers
        assert "proxy-authorization" not in proxy.requests[1].headers


def test_an_answer_lost_behind_a_proxy_is_open(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate(tmp_path, "api.zoom.us")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))

    def tunnels(line: Line) -> None:
        line.read()
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        line.start_tls(certificate.context)
        line.read()

    with Wire((tunnels,)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(OutcomeUnknownError):
            clients.run(ZOOM, post, policy=PATIENT, account=account())
        assert proxy.connections == 1


@pytest.mark.parametrize(
    "value",
    [
        "socks5://127.0.0.1:1080",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://",
        "ftp://127.0.0.1:1",
        "http://[::1",
    ],
)
def test_a_proxy_that_cannot_be_is_a_matter_of_configuration(
    clients: Clients, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(ConfigurationError) as caught:
        clients.run(ZOOM, get, account=account())
    assert "HTTPS_PROXY" in str(caught.value)


def test_a_secret_in_the_proxys_address_is_not_told(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:canary@127.0.0.1:1")
    with pytest.raises(ConfigurationError) as caught:
        clients.run(ZOOM, get, account=account())
    assert "canary" not in str(caught.value)
    with Wire((refuses(407, b"canary"),)) as proxy:  # type: ignore[arg-type]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:canary@"))
        with pytest.raises(TransportError) as failed:
            clients.run(ZOOM, get, account=account())
    assert "canary" not in str(failed.value) + repr(failed.value)


def test_a_sandbox_is_reached_without_the_proxy(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire((refuses(502),)) as proxy, Wire((answers(OK),)) as wire:  # type: ignore[arg-type]
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert clients.run(wire.url, get) == {"ok": True}
        assert proxy.connections == 0


def test_a_proxy_address_of_the_sixth_version_is_written_as_one(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://[::1]:9")
    with pytest.raises(TransportError) as caught:
        clients.run(ZOOM, get, policy=HASTY, account=account())
    assert caught.value.sent is False


@pytest.mark.parametrize("host", ["..proxy..", "a" * 80 + ".example.com"])
def test_a_proxy_whose_name_cannot_be_looked_up_is_told(
    clients: Clients, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://{host}:3128")
    with pytest.raises(ConfigurationError, match="The proxy's address"):
        clients.run(ZOOM, get, account=account())


def test_a_proxy_may_have_a_name_and_password_of_any_letters(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire((refuses(407),)) as proxy:  # type: ignore[arg-type]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://usér:pässwörd@"))
        with pytest.raises(TransportError):
            clients.run(ZOOM, get, account=account())
        told = base64.b64encode("usér:pässwörd".encode()).decode()
        assert proxy.requests[0].headers["proxy-authorization"] == f"Basic {told}"
