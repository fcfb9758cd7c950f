"""Outgoing requests that cannot be turned against the inside of the network.

A name is resolved once, every address it has is judged, and the connection goes to an address
that was judged: a name server that changes its answer changes nothing. TLS still checks the
name. No redirects, no proxies from the environment, bounded time and size. Private networks
are reached only where the operator lists them (OWASP API7:2023; Python's own `is_global` takes
NAT64 and 6to4 addresses of the inside for public ones).
"""

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from types import TracebackType
from typing import Self

import httpx

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Name and port -> the addresses, as the name servers tell them now."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # else it tells addresses, which hold keys

NAT64 = IPv6Network("64:ff9b::/96")
UNICAST = IPv6Network("2000::/3")
"""The only IPv6 space handed out for public use so far (RFC 4291, IANA)."""

MOST_BYTES = 64 * 1024
FORM = re.compile(r"[\x21-\x7e]{1,500}")
DEFAULT_PORTS = {"http": 80, "https": 443}
PORTS = range(1, 65536)
SECONDS = 15.0


class AddressRefused(Exception):
    """A request would have gone where none may go; says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; of a long body only the beginning."""

    status: int
    headers: httpx.Headers
    body: bytes


async def ask_the_system(name: str, port: int) -> Sequence[str]:
    """Resolve a name, or any way to write an address, as the system does."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address leads to, if it is one of those."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


@dataclass(frozen=True, slots=True)
class Limits:
    """Where requests may go: public addresses at some ports, and networks that are listed."""

    private: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (443,)

    def check(self, url: httpx.URL, addresses: Iterable[str]) -> list[Address]:
        """Return the addresses to connect to. Raises `AddressRefused` if any is not allowed."""
        judged = [ip_address(address) for address in addresses]
        if not judged:
            raise AddressRefused("the name has no address")
        for address in judged:
            self._check(url, unwrapped(address))
        return judged

    def _check(self, url: httpx.URL, address: Address) -> None:
        if any(address in network for network in self.private):
            return
        if not _is_public(address):
            raise AddressRefused("the address is not a public one")
        if url.scheme != "https" or port_of(url) not in self.ports:
            raise AddressRefused("public addresses are reached by https only, at the listed ports")


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return isinstance(address, IPv4Address) or address in UNICAST


def port_of(url: httpx.URL) -> int:
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def address_in(text: str) -> httpx.URL:
    """Return a target as a URL. Raises `AddressRefused` for one that no request can go to."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as problem:
        raise AddressRefused("this is no URL") from problem
    if not FORM.fullmatch(text) or url.scheme not in {"http", "https"} or not url.host:
        raise AddressRefused("a target is an http or https URL")
    if url.userinfo or url.fragment or port_of(url) not in PORTS:
        raise AddressRefused("a target has neither user nor fragment, and a port there is")
    return url


def check_target(text: str, limits: Limits) -> httpx.URL:
    """Judge a target as far as that goes without asking a name server: `http://0x7f.1` too.

    Raises `AddressRefused`. What a name leads to is judged at every request.
    """
    url = address_in(text)
    try:
        found = socket.getaddrinfo(
            url.raw_host.decode(), None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )
    except OSError:  # a name
        if url.scheme != "https" and not limits.private:
            raise AddressRefused("a public target is an https URL") from None
        return url
    limits.check(url, [str(address[0]) for *_, address in found])
    return url


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class Outgoing:
    """Posts to the outside; an asynchronous context, which closes what is open."""

    def __init__(
        self,
        limits: Limits,
        *,
        resolve: Resolve = ask_the_system,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._limits, self._resolve, self._seconds = limits, resolve, seconds
        self._client = httpx.AsyncClient(
            verify=trust or _trusted(),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            # A kept connection could be used for another name at the same address.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, target: str, content: bytes, headers: dict[str, str]) -> Reply:
        """Post once. Raises `AddressRefused`, `TimeoutError`, `httpx.HTTPError`, `OSError`."""
        url = address_in(target)
        async with asyncio.timeout(self._seconds):
            name = url.raw_host.decode()
            addresses = self._limits.check(url, await self._resolve(name, port_of(url)))
            return await self._first(url, addresses, content, headers)

    async def _first(
        self, url: httpx.URL, addresses: list[Address], content: bytes, headers: dict[str, str]
    ) -> Reply:
        """Post to the first address that takes a connection."""
        for address in addresses[:-1]:
            try:
                return await self._post(url, address, content, headers)
            except httpx.ConnectError:
                continue
        return await self._post(url, addresses[-1], content, headers)

    async def _post(
        self, url: httpx.URL, address: Address, content: bytes, headers: dict[str, str]
    ) -> Reply:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=content,
            headers={**headers, "Host": url.netloc.decode(), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": url.raw_host.decode()},
        )
        reply = await self._client.send(request, stream=True)
        try:
            return Reply(reply.status_code, reply.headers, await _beginning(reply))
        finally:
            await reply.aclose()


async def _beginning(reply: httpx.Response) -> bytes:
    """Return the first bytes of a body; the rest is not read. Raw: nothing is unpacked."""
    body = b""
    async for chunk in reply.aiter_raw():
        body += chunk
        if len(body) >= MOST_BYTES:
            break
    return body[:MOST_BYTES]
