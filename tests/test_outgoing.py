"""Outgoing requests reach nothing inside, however the target is written and whatever names say.

A listener of ours, not our own code, tells whether anything was contacted.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

import httpx
import pytest
from receivers import HANGS, RESETS, Receiver, Says, certificate, receiving

from service.notices.outgoing import (
    MOST_BYTES,
    AddressRefused,
    Limits,
    Outgoing,
    Reply,
    check_target,
    unwrapped,
)

LOOPBACK = ip_network("127.0.0.0/8")
PUBLIC = Limits()
INSIDE = Limits(private=(LOOPBACK,))

FORBIDDEN = {
    "loopback": "127.0.0.1",
    "loopback, anywhere in it": "127.255.0.9",
    "this host": "0.0.0.0",  # noqa: S104
    "private 10": "10.1.2.3",
    "private 172.16": "172.31.255.1",
    "private 192.168": "192.168.0.1",
    "shared, where a cloud keeps its metadata": "100.100.100.200",
    "link-local, where others keep theirs": "169.254.169.254",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "loopback 6": "::1",
    "unspecified 6": "::",
    "unique local": "fd00::1",
    "link-local 6": "fe80::1",
    "site-local": "fec0::1",
    "multicast 6": "ff02::1",
    "documentation 6": "2001:db8::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped private": "::ffff:10.0.0.1",
    "compatible loopback": "::127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of the metadata": "64:ff9b::a9fe:a9fe",
    "NAT64 of a private network's own": "64:ff9b:1::a00:1",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of a private network": "2002:a00:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
}
ALLOWED = ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]

LITERALS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
]
NOT_TARGETS = [
    "", "x", "/path", "//host/path", "ftp://host/", "file:///etc/passwd", "gopher://host/",
    "javascript:alert(1)", "http://", "https:///path", "http://user:secret@host/",
    "http://user@host/", "https://host/#fragment", "http://[::1", "http://host:99999/",
    "http://a b/", "http://host:0/", "https://" + "h" * 500,
]  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as [one]:
        yield one


def resolving(*answers: Sequence[str]) -> Callable[..., Any]:
    """Return a name server that gives these answers one after the other."""
    waiting = list(answers)

    async def resolve(_name: str, _port: int) -> Sequence[str]:
        return waiting.pop(0)

    return resolve


def post(url: str, limits: Limits = PUBLIC, **how: Any) -> Reply:
    async def send() -> Reply:
        async with Outgoing(limits, **how) as outgoing:
            return await outgoing.post(url, b"{}", {"Content-Type": "application/json"})

    return asyncio.run(send())


# -- addresses


@pytest.mark.parametrize("address", FORBIDDEN.values(), ids=FORBIDDEN)
def test_nothing_goes_to(address):
    with pytest.raises(AddressRefused):
        PUBLIC.check(httpx.URL("https://receiver.example/"), [address])


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed_by_https_at_the_listed_ports(address):
    assert PUBLIC.check(httpx.URL("https://receiver.example/"), [address])
    for url in ("http://receiver.example/", "https://receiver.example:8443/"):
        with pytest.raises(AddressRefused):
            PUBLIC.check(httpx.URL(url), [address])
    assert Limits(ports=(8443,)).check(httpx.URL("https://receiver.example:8443/"), [address])


def test_one_forbidden_address_among_others_is_enough():
    for addresses in (["8.8.8.8", "10.0.0.1"], ["2400:3200::1", "::1"], []):
        with pytest.raises(AddressRefused):
            PUBLIC.check(httpx.URL("https://receiver.example/"), addresses)


def test_a_network_that_the_operator_lists_is_reached_and_no_other_is():
    listed = Limits(private=(IPv4Network("10.8.0.0/16"),))
    url = httpx.URL("http://receiver.example:8080/")

    assert listed.check(url, ["10.8.3.4", "::ffff:10.8.3.4"])
    for address in ("10.9.0.1", "127.0.0.1", "8.8.8.8"):
        with pytest.raises(AddressRefused):
            listed.check(url, [address])


def test_an_address_is_judged_by_where_it_leads():
    for address in ("::ffff:10.1.2.3", "64:ff9b::a01:203", "2002:a01:203::"):
        assert unwrapped(ip_address(address)) == ip_address("10.1.2.3")


# -- targets, before any name server is asked


@pytest.mark.parametrize("target", LITERALS)
def test_no_way_to_write_loopback_contacts_it(target, receiver):
    url = target.format(port=receiver.port)

    with pytest.raises((AddressRefused, OSError)):
        post(url)
    assert (receiver.connections, receiver.received) == (0, [])


@pytest.mark.parametrize("target", [one for one in LITERALS if "ocalhost" not in one.lower()])
def test_a_written_address_is_refused_when_the_target_is_set_up(target):
    with pytest.raises(AddressRefused):
        check_target(target.format(port=443), PUBLIC)


@pytest.mark.parametrize("target", NOT_TARGETS)
def test_what_is_no_target_is_refused_when_it_is_set_up_and_when_it_is_used(target):
    for use in (lambda: check_target(target, INSIDE), lambda: post(target, INSIDE)):
        with pytest.raises(AddressRefused):
            use()


def test_a_name_needs_https_unless_some_private_network_is_listed():
    assert check_target("https://receiver.example/hook", PUBLIC)
    assert check_target("http://receiver.example/hook", INSIDE)
    with pytest.raises(AddressRefused):
        check_target("http://receiver.example/hook", PUBLIC)


# -- names


def test_a_name_that_leads_inside_contacts_nothing(receiver):
    with pytest.raises(AddressRefused):
        post(f"http://receiver.example:{receiver.port}/", resolve=resolving(["127.0.0.1"]))
    assert receiver.connections == 0


def test_a_name_server_that_changes_its_answer_is_asked_once_and_changes_nothing(receiver):
    """The first answer is judged and used; the second, which leads elsewhere, never comes up."""
    first, second = ["127.0.0.1"], ["203.0.113.9"]
    resolve = resolving(first, second)

    reply = post(f"http://receiver.example:{receiver.port}/hook", INSIDE, resolve=resolve)

    assert reply.status == 200
    assert receiver.received[0].headers["host"] == f"receiver.example:{receiver.port}"
    assert asyncio.run(resolve("", 0)) == second


def test_the_next_address_is_tried_where_one_takes_no_connection(receiver):
    resolve = resolving(["127.0.0.2", "127.0.0.1"])

    assert post(f"http://receiver.example:{receiver.port}/", INSIDE, resolve=resolve).status == 200


# -- what an answer can do


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    with receiving() as [inner]:
        receiver.says(Says(302, headers={"Location": inner.url()}))

        assert post(receiver.url(), INSIDE).status == 302
        assert inner.connections == 0


def test_a_proxy_from_the_environment_is_not_used(receiver, monkeypatch):
    with receiving() as [proxy]:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))

        assert post(receiver.url(), INSIDE).status == 200
        assert proxy.connections == 0


def test_only_the_beginning_of_a_long_answer_is_read(receiver):
    receiver.says(Says(body=b"x" * 10_000_000))

    assert len(post(receiver.url(), INSIDE).body) == MOST_BYTES


def test_a_packed_answer_is_not_unpacked(receiver):
    receiver.says(Says(body=b"\x1f\x8b not gzip", headers={"Content-Encoding": "gzip"}))

    assert post(receiver.url(), INSIDE).body == b"\x1f\x8b not gzip"
    assert receiver.received[0].headers["accept-encoding"] == "identity"


def test_a_receiver_that_hangs_is_left_when_the_time_is_over(receiver):
    receiver.says(HANGS)

    with pytest.raises((TimeoutError, httpx.TimeoutException)):
        post(receiver.url(), INSIDE, seconds=0.2)


def test_a_name_server_that_hangs_is_left_when_the_time_is_over():
    async def hangs(_name: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(TimeoutError):
        post("https://receiver.example/", resolve=hangs, seconds=0.05)


def test_a_connection_that_is_reset_is_an_error_to_be_recorded(receiver):
    receiver.says(RESETS)

    with pytest.raises(httpx.TransportError):
        post(receiver.url(), INSIDE)


# -- TLS


def test_tls_checks_the_name_and_not_the_address_that_is_connected_to(tmp_path):
    server, file = certificate(tmp_path, "receiver.example")
    trust = ssl.create_default_context(cafile=str(file))
    with receiving(tls=server) as [receiver]:

        def ask(name: str) -> Reply:
            url = f"https://{name}:{receiver.port}/hook"
            return post(url, INSIDE, resolve=resolving(["127.0.0.1"]), trust=trust)

        assert ask("receiver.example").status == 200
        with pytest.raises(httpx.ConnectError, match="Hostname mismatch"):
            ask("another.example")
        assert len(receiver.received) == 1


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path):
    server, _ = certificate(tmp_path, "receiver.example")
    with receiving(tls=server) as [receiver]:
        url = f"https://receiver.example:{receiver.port}/hook"

        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            post(url, INSIDE, resolve=resolving(["127.0.0.1"]))
        assert receiver.received == []
