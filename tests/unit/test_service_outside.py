"""Where a callback may lead: addresses in disguise, names that change their mind, redirects. None leads inside."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire import Wire, answers, reply

from zoomlink.client.http.outside import Outside, is_public
from zoomlink.errors import InvalidInputError
from zoomlink.service.callbacks import check_url

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:0",
    "::127.0.0.1",
    "::7f00:1",
    "::a00:1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:a9fe:a9fe::",
    "2001:10::1",
    "3fff::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::1%25lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "5f00::1",
    "4000::1",
    "8000::1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0x7f.1",
    "1.1.1",
    "1.1.1.1.1",
    "example.com",
    "1.1.1.256",
    ":::1",
    "::1::",
]
OUTSIDE = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]

REFUSED = [
    *("http://example.com/x", "https:/example.com", "https://", "https:///x", "ftp://example.com/", "//example.com/x"),
    *("example.com/x", "javascript:alert(1)//https://example.com", "file:///etc/passwd", "https:example.com"),
    *(
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com@127.0.0.1/",
        "https://@example.com/",
    ),
    *("https://example.com:22/", "https://example.com:80/", "https://example.com:8443/", "https://example.com:0/"),
    *("https://example.com:99999/", "https://example.com:x/", "https://example.com:-1/", "https://example.com:٤٤٣/"),
    *("https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/"),
    *(
        "https://0177.0.0.1/",
        "https://0x7f.0.0.1/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://0/",
        "https://0.0.0.0/",
    ),
    *(
        "https://127.0.0.1./",
        "https://127.000.000.001/",
        "https://1.1.1.0x1/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
    ),
    *("https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://[::1]/", "https://[::]/"),
    *("https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/"),
    *("https://[fd00::1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/"),
    *("https://[::1/", "https://::1/", "https://[127.0.0.1]/", "https://[v1.x]/", "https://[]/"),
    *(
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
        "https://a.localhost/",
        "https://db/",
        "https://db./",
    ),
    *(
        "https://printer.local/",
        "https://metadata.google.internal/",
        "https://localhost.localdomain/",
        "https://router.lan/",
    ),
    *(
        "https://a.home.arpa/",
        "https://x.onion/",
        "https://x.test/",
        "https://x.invalid/",
        "https://x.0x7f/",
        "https://x.1/",
    ),
    *(
        "https://127。0。0。1/",
        "https://①②⑦.0.0.1/",
        "https://ⓔxample.com/",
        "https://example．com/",
        "https://bücher.example/",
    ),
    *(
        "https://example.com\\@127.0.0.1/",
        "https://127.0.0.1\\.example.com/",
        "https://exa mple.com/",
        "https://example.com/\n",
    ),
    *(
        "https://example.com/\r\nHost: x",
        "https://exam\tple.com/",
        "https://example.com\x00.evil.com/",
        "\thttps://example.com",
    ),
    *(
        "https://%31%32%37.0.0.1/",
        "https://127.0.0.1%2ecom/",
        "https://example.com%00/",
        "https://exa%mple.com/",
        "https://.com/",
    ),
    *(
        "https://a..com/",
        "https://-a.com/",
        "https://a-.com/",
        "https://" + "a" * 64 + ".com/",
        "https://example.com..../",
    ),
    *("https://*.example.com/", "https://example.com,127.0.0.1/", "https://example.com;x/", "https://{x}.example.com/"),
]
TAKEN = {
    "https://example.com": ("example.com", "/"),
    "https://example.com/": ("example.com", "/"),
    "https://EXAMPLE.com:443/a/b?c=d&e": ("example.com", "/a/b?c=d&e"),
    "HTTPS://example.com./x": ("example.com", "/x"),
    "https://example.com/x#y": ("example.com", "/x"),
    "https://a-b.c_d.example.co.uk/%20": ("a-b.c_d.example.co.uk", "/%20"),
    "https://xn--bcher-kva.example/": ("xn--bcher-kva.example", "/"),
    "https://1.example.com/": ("1.example.com", "/"),
    "https://1.1.1.1/": ("1.1.1.1", "/"),
    "https://[2606:4700:4700::1111]/x": ("2606:4700:4700::1111", "/x"),
    "https://example.com?x": ("example.com", "/?x"),
    "https://localhost.example.com/": ("localhost.example.com", "/"),
    "https://example.com//127.0.0.1/": ("example.com", "//127.0.0.1/"),
}


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_our_own_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_of_others_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_as_public_as_it_is(address: object) -> None:
    plain = is_public(str(address))
    number = int(address)  # type: ignore[call-overload]
    for disguise in (f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 65535:x}::1"):
        assert is_public(disguise) == plain
    assert not is_public(f"::{address}")


@pytest.mark.parametrize("url", REFUSED)
def test_a_callback_that_leads_inside_or_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="The callback cannot be used") as caught:
        check_url(url)
    assert caught.value.field == "callback"


@pytest.mark.parametrize("url", TAKEN)
def test_a_plain_https_address_is_taken(url: str) -> None:
    assert check_url(url) == TAKEN[url]


@given(st.text(min_size=1))
def test_any_text_is_taken_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}.com/", f"https://example.com/{text}"):
        try:
            check_url(url)
        except InvalidInputError:
            continue


# -- sending -----------------------------------------------------------------------------------------------------------


class Counting:
    """A server that only counts who connects to it."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        return self

    def _count(self) -> None:
        while True:
            try:
                self._listener.accept()[0].close()
            except OSError:
                return
            self.connections += 1

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def tell(outside: Outside, host: str = "example.com", target: str = "/x") -> int | str:
    try:
        return asyncio.run(outside.tell(host, target, {"Content-Type": "application/json"}, b"{}"))
    except OSError as error:
        return str(error)


def test_nothing_connects_to_an_address_of_our_own_however_it_is_written() -> None:
    literals = [one for one in INSIDE if one[0].isdigit() or ":" in one]
    with Counting() as server:
        for address in literals:
            said = tell(Outside(port=server.port, look_up=lambda host, port, address=address: [address]))  # type: ignore[misc]
            assert said == "the name leads to an address that is not public"
        for name in ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "::1", "0", "ip6-localhost"):
            # These are looked up by the system itself.
            said = tell(Outside(port=server.port, scheme=b"http"), name)
            assert said in {"the name leads to an address that is not public", "the name is not known"}
    assert server.connections == 0
    assert len(literals) >= 60


def test_a_name_of_which_one_address_is_ours_is_not_told() -> None:
    with Counting() as server:
        for found in (["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["1.1.1.1", "::1"], []):
            said = tell(Outside(port=server.port, look_up=lambda host, port, found=found: found))  # type: ignore[misc]
            assert said == "the name leads to an address that is not public"
    assert server.connections == 0


def test_a_name_that_changes_its_mind_is_looked_up_once_and_the_checked_address_is_used() -> None:
    looked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        looked.append(host)
        return ["127.0.0.2"] if len(looked) % 2 else ["127.0.0.1"]

    with Wire((answers(reply(200, {})),)) as wire, Counting() as trap:
        port = int(wire.url.rpartition(":")[2])
        # 127.0.0.1, where the trap would be after a second look-up, is checked and refused; 127.0.0.2 is not there.
        outside = Outside(
            allowed=lambda address: address == "127.0.0.2", look_up=rebinding, port=trap.port, scheme=b"http"
        )
        said = [tell(outside) for _ in range(100)]
        assert said == ["ConnectError", "the name leads to an address that is not public"] * 50
        assert trap.connections == 0
        assert (
            tell(
                Outside(allowed=lambda address: True, look_up=lambda host, p: ["127.0.0.1"], port=port, scheme=b"http")
            )
            == 200
        )
        assert wire.requests[0].headers["host"] == "example.com"
    assert len(looked) == 100


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with Counting() as trap:
        script = answers(reply(status, b"", f"location: http://127.0.0.1:{trap.port}/"))
        with Wire((script,)) as wire:
            port = int(wire.url.rpartition(":")[2])
            outside = Outside(
                allowed=lambda address: True, look_up=lambda host, p: ["127.0.0.1"], port=port, scheme=b"http"
            )
            assert tell(outside) == status
    assert trap.connections == 0


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Counting() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        tell(Outside(look_up=lambda host, port: ["127.0.0.1"]))
    assert proxy.connections == 0


def test_a_name_that_is_not_known_is_an_error_of_the_system() -> None:
    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    assert tell(Outside(look_up=fails)) == "the name is not known"
    assert tell(Outside(look_up=lambda host, port: ["1.1.1.1"]), "a" * 64 + ".com") != 200
