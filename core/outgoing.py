"""Requests to addresses that people typed: to public hosts over TLS, without redirects, with limits.

Every address of the host is checked, and the connection is made to a checked address, not to the name: a name
that resolves to something else a moment later (DNS rebinding) changes nothing.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import override
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import gettext as _

MAX_SECONDS = 15.0
MAX_BYTES = 1024 * 1024
# The public addresses of IPv6, but for those that stand for an IPv4 address: 6to4 and Teredo.
UNICAST = ip_network("2000::/3")
TRANSLATED = (ip_network("2002::/16"), ip_network("2001::/32"))


class OutgoingError(Exception):
    """A request was refused or not answered; `message` is a sentence for the person who typed the address."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class OutgoingResponse:
    """What a host answered. A redirect is an answer like others: it is not followed."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def send_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
) -> OutgoingResponse:
    """Send a request and return the answer.

    Raises OutgoingError where it is refused or not answered, or where the answer is too long or too slow.
    """
    parts = checked_url(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _allowed_addresses(host, port, is_tls=parts.scheme == "https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(_connection(parts.scheme, host, port, addresses, max_seconds)) as connection:
            connection.connect()
            # The socket's own timeout is for each read: a host that sends a byte a second would never end.
            is_over = threading.Event()
            limit = threading.Timer(max_seconds, _shut_down, [connection.sock, is_over])
            limit.start()
            try:
                connection.request(method, target, body=body, headers=dict(headers))
                response = connection.getresponse()
                content = response.read(max_bytes + 1)
            finally:
                limit.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutgoingError(
            _("%(host)s did not answer: %(error)s") % {"host": host, "error": error}
        ) from error
    # What the limit has cut off ends like a whole answer.
    if is_over.is_set():
        raise OutgoingError(_("%(host)s did not answer in time.") % {"host": host})
    if len(content) > max_bytes:
        raise OutgoingError(_("The answer of %(host)s is too long.") % {"host": host})
    return OutgoingResponse(response.status, content)


def checked_url(url: str) -> SplitResult:
    """Return the parts of an address that may be typed. Raises OutgoingError; the host is not looked up."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if not is_whole or parts.scheme not in {"http", "https"}:
        raise OutgoingError(_("Enter a whole address, such as https://example.com/hook."))
    if parts.username is not None or parts.password is not None:
        raise OutgoingError(_("Leave the user and the password out of the address."))
    if settings.OUTGOING_HOSTS and not validate_host(parts.hostname or "", settings.OUTGOING_HOSTS):
        raise OutgoingError(
            _("%(host)s is none of the hosts that the portal may call. An admin of the server can add it.")
            % {"host": parts.hostname}
        )
    return parts


def _allowed_addresses(host: str, port: int, *, is_tls: bool) -> list[str]:
    """Return the addresses of a host, all of which are allowed. Raises OutgoingError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutgoingError(_("There is no host %(host)s.") % {"host": host}) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if _is_in(address, settings.OUTGOING_PRIVATE_NETWORKS):
            continue
        if not _is_public(address):
            raise OutgoingError(
                _("%(host)s is inside of a private network. An admin of the server can allow it.")
                % {"host": host}
            )
        if not is_tls:
            raise OutgoingError(_("The address must begin with https://."))
    return addresses


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[str]) -> bool:
    return any(address in ip_network(network) for network in networks)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address not in UNICAST or any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast


def _shut_down(connected: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


class _PlainConnection(http.client.HTTPConnection):
    """A connection to one of the checked addresses of a host."""

    addresses: Sequence[str] = ()

    @override
    def connect(self) -> None:
        self.sock = _connect(self.addresses, self.port, self.timeout)


class _TlsConnection(http.client.HTTPSConnection):
    """The same over TLS, whose certificate must be the host's."""

    addresses: Sequence[str] = ()
    tls = ssl.create_default_context()

    @override
    def connect(self) -> None:
        connected = _connect(self.addresses, self.port, self.timeout)
        try:
            self.sock = self.tls.wrap_socket(connected, server_hostname=self.host)
        except OSError:
            connected.close()
            raise


def _connection(
    scheme: str, host: str, port: int, addresses: Sequence[str], seconds: float
) -> _PlainConnection | _TlsConnection:
    kind = _TlsConnection if scheme == "https" else _PlainConnection
    connection = kind(host, port, timeout=seconds)
    connection.addresses = addresses
    return connection


def _connect(addresses: Sequence[str], port: int, seconds: float | None) -> socket.socket:
    """Connect to the first of the addresses that answers. Raises OSError."""
    last: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), seconds)
        except OSError as error:
            last = error
    raise last or OSError(_("no address"))
