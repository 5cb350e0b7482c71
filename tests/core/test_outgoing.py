"""Requests to addresses that people typed: what is refused before a connection is made, and what is sent."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self, override
from unittest import mock

import pytest
from django.test import override_settings

from core.outgoing import OutgoingError, checked_url, send_request

LOCAL = override_settings(OUTGOING_PRIVATE_NETWORKS=["127.0.0.0/8"])


class StandIn(BaseHTTPRequestHandler):
    """Answers as its path says."""

    seen: list[tuple[str, str, bytes]]

    @override
    def log_message(self, *_args: object) -> None:
        """Stay silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, self.headers["Host"], body))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            for _second in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                if self.server.stopped.wait(0.1):  # type: ignore[attr-defined]  # set below
                    return
        self.wfile.write(b"x" * (5000 if self.path == "/long" else 2))


class StandInServer:
    """A server on this machine for the length of a test."""

    def __enter__(self) -> Self:
        StandIn.seen = []
        self._server = HTTPServer(("127.0.0.1", 0), StandIn)
        self._server.stopped = threading.Event()  # type: ignore[attr-defined]  # read by the handler
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stopped.set()  # type: ignore[attr-defined]  # as above
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self._server.server_port}{path}"


def refusal(url: str, *addresses: str) -> str:
    """Return why an address is refused whose host resolves to these; no connection may be made."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    with (
        mock.patch.object(socket, "getaddrinfo", return_value=found),
        mock.patch.object(socket, "create_connection", side_effect=AssertionError),
        pytest.raises(OutgoingError) as error,
    ):
        send_request("POST", url, headers={}, body=b"{}")
    return error.value.message


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # refused as a destination
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "::127.0.0.1",
        "fec0::1",
    ],
)
def test_refuses_a_host_inside_of_a_private_network(address: str) -> None:
    assert "private network" in refusal("https://hooks.example.com/", address)


def test_refuses_a_host_of_which_one_address_is_private() -> None:
    assert "private network" in refusal("https://hooks.example.com/", "93.184.216.34", "10.0.0.1")


@pytest.mark.parametrize(
    "url", ["ftp://example.com/", "example.com", "https://", "https://a:99999/", "file:///etc/passwd"]
)
def test_refuses_what_is_no_address_of_the_web(url: str) -> None:
    assert "whole address" in refusal(url, "93.184.216.34")


def test_refuses_a_password_in_the_address_and_a_public_host_without_tls() -> None:
    assert "password" in refusal("https://me:secret@example.com/", "93.184.216.34")
    assert "https://" in refusal("http://example.com/", "93.184.216.34")


@override_settings(OUTGOING_PRIVATE_NETWORKS=["10.0.0.0/8"])
def test_allows_the_networks_of_the_setting_alone() -> None:
    assert "private network" in refusal("https://hooks.example.com/", "192.168.1.1")


@LOCAL
def test_connects_to_the_address_that_was_checked_and_names_the_host() -> None:
    with StandInServer() as server:
        # The second answer of a rebinding name server is never requested.
        answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))], AssertionError]
        with (
            mock.patch.object(socket, "getaddrinfo", side_effect=answers),
            # The original looks the address up once more.
            mock.patch.object(socket, "create_connection", side_effect=_connect_without_names),
        ):
            answer = send_request("POST", server.url("/x?a=1", "hooks.test"), headers={}, body=b"{}")

    assert (answer.status, answer.body, answer.is_success) == (200, b"xx", True)
    ((path, host, body),) = StandIn.seen
    assert (path, host.split(":")[0], body) == ("/x?a=1", "hooks.test", b"{}")


def _connect_without_names(address: tuple[str, int], timeout: float) -> socket.socket:
    connected = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connected.settimeout(timeout)
    connected.connect(address)
    return connected


@LOCAL
def test_follows_no_redirect() -> None:
    with StandInServer() as server:
        answer = send_request("POST", server.url("/moved"), headers={}, body=b"{}")

    assert (answer.status, answer.is_success) == (302, False)
    assert len(StandIn.seen) == 1


@LOCAL
def test_ends_an_answer_that_is_too_long_or_too_slow() -> None:
    with StandInServer() as server:
        with pytest.raises(OutgoingError, match="too long"):
            send_request("POST", server.url("/long"), headers={}, body=b"{}", max_bytes=100)
        with pytest.raises(OutgoingError, match="did not answer"):
            send_request("POST", server.url("/drip"), headers={}, body=b"{}", max_seconds=0.5)


@pytest.mark.parametrize("host", ["hooks.example.com", "example.org.evil.example", "evilexample.org"])
@override_settings(OUTGOING_HOSTS=["api.example.com", ".example.org"])
def test_refuses_hosts_that_are_not_in_the_list_where_there_is_one(host: str) -> None:
    assert "none of the hosts" in refusal(f"https://{host}/", "93.184.216.34")
    assert checked_url("https://api.example.com/hook").hostname == "api.example.com"
    assert checked_url("https://fleet.example.org/").hostname == "fleet.example.org"
