"""Every address takes whatever a browser or a program can send, and none answers with an error of the portal.

The names of fields and parameters are learnt: they are what a view looks up in an empty query or form.
"""

import itertools
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import override
from unittest import mock
from urllib.parse import quote

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import transaction
from django.http import QueryDict
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from gate.models import OpenLoad
from sites.models import User
from tests.deskops.address_table import ADDRESSES
from tests.deskops.test_every_address import AddressCase
from tests.factories import make_vehicle, sign_in

FORM = "application/x-www-form-urlencoded"

LONG = "9" * 5000
VALUES = (
    "",
    "\0",
    "a\0b",
    LONG,
    f"-{LONG}",
    f"0.{LONG}",
    "9" * 19,
    "9223372036854775808",
    "-9223372036854775809",
    "-0",
    "-1",
    "+1",
    "1_000",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "²",
    "٣",
    "9999-12-31",
    "9999-12",
    "0001-01-01",
    "0001-01",
    "0000-00-00",
    "2026-02-30",
    "10000-01-01",
    "2026-03-02T25:61:61",
    "9999-12-31T23:59",
    "0001-01-01T00:00:00+23:59",
    "24:00",
    "\ud800",
    "\udfff\ud800",
    "\u202e\ufeff\u200b",
    "YARD-" * 2000,
    "'\"><script>",
    "%00",
    "%",
    "{}",
    "[" * 5000,
    "[1]",
    '{"a": 1}',
    '[{"id": 1e400}]',
    "null",
    "true",
    "../../etc/passwd",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-fffffffffffff",
    "AAAA====",
    "\r\nSet-Cookie: a=b",
    "😀" * 300,
)
# What an address with converters is tried with: as it is in a path, percent-encoded.
SEGMENTS = (
    "0",
    "9" * 18,
    "9" * 19,
    LONG[:3000],
    "-1",
    "%00",
    "%FF%FE",
    "%ED%A0%80",
    "9999-12-31",
    "0001-01-01",
    "a" * 3000,
)
BODIES = (
    ("application/json", b"{"),
    ("application/json", b'{"a": "\\ud800"}'),
    ("application/json", b"\xff\xfe"),
    ("application/json; charset=nonsense", b"{}"),
    ("text/plain", b"a=b"),
    ("multipart/form-data", b"--x"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n"),
    ("multipart/form-data; boundary=\xff", b"--x--"),
    ("application/x-www-form-urlencoded", b"a=%FF&%FF=b&site=%00&" + b"x=1&" * 900),
    ("application/x-www-form-urlencoded; charset=utf-16", b"site=%00%00"),
    ("application/x-www-form-urlencoded", b"a=1&" * 1001),
    ("", b"\x00"),
)
HEADERS = (
    {"Cookie": "sessionid=\xff; sidebar=\x01; csrftoken=" + "a" * 4000},
    {"Referer": "http://[", "Accept": "*/*;q=nan", "Accept-Language": "x" * 5000},
    {
        "If-None-Match": '"' * 3000,
        "If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT",
        "Range": "bytes=9-1,a-",
    },
    {"Idempotency-Key": "\x80" * 300, "Authorization": "Bearer \xe9", "If-Match": LONG},
    {"HX-Request": "true", "HX-Target": "\xff" * 100, "HX-Current-URL": "http://[::", "HX-Boosted": "x"},
    {"X-Forwarded-For": "not an address", "X-Forwarded-Proto": "\xff", "Content-Length": "-1"},
    {"Host": "evil.example:99999"},
)


@contextmanager
def looked_up() -> Iterator[set[str]]:
    """Yield the names that are looked up in queries and forms meanwhile."""
    names: set[str] = set()

    def note(method: str) -> "mock._patch[object]":
        original = getattr(MultiValueDict, method)

        def noted(self: QueryDict, key: str, *args: object) -> object:
            if isinstance(self, QueryDict):
                names.add(key)
            return original(self, key, *args)

        return mock.patch.object(QueryDict, method, noted)

    with note("get"), note("getlist"), note("__getitem__"):
        yield names


@override_settings(API_RATE_PER_MINUTE=1_000_000, ACCOUNT_RATE_LIMITS=False)
class TestHostileRequests(AddressCase):
    """In each case every address gets some of the values; FUZZ=all gives every value to every name."""

    @classmethod
    @override
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        site, alice = cls.people.site, cls.people.alice
        load = OpenLoad.objects.create(
            site=site,
            module="received",
            first_ton="20",
            vehicle=make_vehicle("B-DO 18"),
            material_id=cls.objects["material"],
            created_by=alice,
        )
        cls.examples["<int:load_id>"] = str(load.pk)

    @override
    def setUp(self) -> None:
        people = self.people
        self.errors: list[str] = []
        self.next_value = itertools.count()
        self.persons = (None, people.oscar, people.victor, people.alice, people.mona, people.ada)
        got_request_exception.connect(self.note_error)
        self.addCleanup(got_request_exception.disconnect, self.note_error)
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def note_error(self, **_signal: object) -> None:
        error = sys.exception()
        trace = traceback.extract_tb(error.__traceback__) if error is not None else []
        ours = [
            f"{frame.filename}:{frame.lineno}" for frame in trace if "site-packages" not in frame.filename
        ]
        self.errors.append(f"{type(error).__name__}: {str(error)[:80]!r} at {ours[-1:]}")

    def client_for(self, person: User | None) -> Client:
        client = Client(raise_request_exception=False)
        if person is not None:
            sign_in(client, person)
        return client

    def send(
        self,
        client: Client,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Send a request that changes nothing in the end, and note an error of the portal."""
        before, signed_in = len(self.errors), client.cookies.get(settings.SESSION_COOKIE_NAME)
        session = signed_in.value if signed_in is not None else ""
        with transaction.atomic():
            answer = client.generic(method, path, body, content_type, headers=headers)
            transaction.set_rollback(True)
        if session:
            # Where the person was signed out.
            client.cookies[settings.SESSION_COOKIE_NAME] = session
        is_ill = path.partition("?")[0].strip("/") in {"healthz", "api/health"}
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_ill:
            sent = repr(body or headers or path[-60:])[:80]
            cause = self.errors[before] if len(self.errors) > before else answer.status_code
            self.errors[before:] = [f"{method} {path[:60]} {sent}: {cause}"]

    def some[T](self, values: Sequence[T]) -> Iterator[T]:
        """Yield the values to be tried this time."""
        if os.environ.get("FUZZ") == "all":
            yield from values
        else:
            yield values[next(self.next_value) % len(values)]

    def vary(self, client: Client, method: str, path: str, pairs: Iterable[tuple[str, str]]) -> None:
        text = "&".join(f"{quote(name)}={quote(value, errors='surrogatepass')}" for name, value in pairs)
        if method == "GET":
            self.send(client, method, f"{path}?{text}")
        else:
            self.send(client, method, path, body=text.encode())

    def test_in_queries_and_forms(self) -> None:
        clients = [self.client_for(person) for person in self.persons]
        for (pattern, method), number in zip(
            itertools.product(ADDRESSES, ("GET", "POST")), itertools.count(), strict=False
        ):
            path = self.path_of(pattern)
            with looked_up() as names:
                self.send(clients[-1], method, path)
            if not names:
                # It reads nothing: with more parameters it would be the same request.
                continue
            # One who may not, one who may enter, and the admin.
            for client in (clients[number % 3], clients[3 + number % 2], clients[5]):
                for value in self.some(VALUES):
                    self.vary(client, method, path, [(name, value) for name in sorted(names) * 2])
            for name, value in ((name, value) for name in sorted(names) for value in self.some(VALUES)):
                self.vary(clients[-1], method, path, [("site", "YARD-NORTH"), (name, value)])
        assert not self.errors, "\n".join(self.errors)

    def test_in_paths(self) -> None:
        clients = [self.client_for(person) for person in (None, self.people.alice, self.people.ada)]
        for pattern in (pattern for pattern in ADDRESSES if "<" in pattern):
            for client in clients:
                for segment in self.some(SEGMENTS):
                    path = re.sub(r"<[^>]+>", segment, re.sub(r"\(\?P<[^)]*\)", "<x>", pattern))
                    for method in ("GET", "POST"):
                        self.send(client, method, "/" + path.replace("^", "").replace("$", ""))
        assert not self.errors, "\n".join(self.errors)

    def test_in_bodies_and_headers(self) -> None:
        clients = [self.client_for(person) for person in (None, self.people.alice, self.people.ada)]
        for pattern, client in itertools.product(ADDRESSES, clients):
            path = self.path_of(pattern)
            for content_type, body in self.some(BODIES):
                self.send(client, "POST", path, body=body, content_type=content_type)
            for headers in self.some(HEADERS):
                self.send(client, "GET", path, headers=headers)
        assert not self.errors, "\n".join(self.errors)

    def test_in_passkeys_and_exports_of_the_administration(self) -> None:
        client = self.client_for(self.people.ada)
        for name in ("mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"):
            for value in (LONG, "[" * 100_000, "{}", "NaN", "1e400"):
                for sender in (client, self.client_for(None)):
                    self.vary(sender, "POST", reverse(name), [("credential", value)])
        self.send(client, "GET", f"{reverse('admin:parties_weighbridge_export', args=['csv'])}?site=x")
        assert not self.errors, "\n".join(self.errors)
