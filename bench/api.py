"""The JSON API: a long list, a record posted, and fifty callers at once."""

import datetime as dt
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, product
from wsgiref.util import setup_testing_defaults

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpResponseBase
from django.test import override_settings

from api.auth import make_token
from bench.filling import LAST_DAY, Filled
from bench.measuring import Report, against
from production.module import PRODUCTION
from received.models import ReceivedMaterial
from records import operations
from records.choices import Shift, Source
from sites.models import Material, Membership, Operation, Role, Site

ROWS = 1000
CALLERS, SECONDS = 50, 30
# The columns of a list's item: the same rows, fetched as tuples.
COLUMNS = (
    "id", "site_id", "date", "material_id", "qty_ton", "loads", "source", "vehicle_ref", "notes",
    "created_at",
    "updated_at", "created_by__name", "created_by__email", "updated_by__name", "updated_by__email", "version",
    "change_number", "material__code", "material__name", "material__category", "material__uom", "site__code",
    "site__name",
)  # fmt: skip


class Program:
    """Calls the portal with a token, as a server hands calls over, without a test client's own work."""

    def __init__(self, token: str) -> None:
        self._portal = WSGIHandler()
        self._call: dict[str, object] = {"HTTP_HOST": "testserver", "HTTP_AUTHORIZATION": f"Bearer {token}"}
        setup_testing_defaults(self._call)

    def get(self, path: str, query: str) -> HttpResponseBase:
        return self._answer({**self._call, "PATH_INFO": path, "QUERY_STRING": query})

    def post(self, path: str, body: bytes, *, key: str) -> HttpResponseBase:
        return self._answer(
            {
                **self._call,
                "REQUEST_METHOD": "POST",
                "PATH_INFO": path,
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_IDEMPOTENCY_KEY": key,
                "wsgi.input": io.BytesIO(body),
            }
        )

    def _answer(self, call: dict[str, object]) -> HttpResponseBase:
        answer = self._portal(call, _begin)
        answer.close()
        return answer


def _begin(
    _status: str, _headers: list[tuple[str, str]], _error: object = None, /
) -> Callable[[bytes], object]:
    """Stand for the server, which would now send the head of the answer."""
    return lambda _part: None


def measure(report: Report, filled: Filled) -> None:
    """Measure all of it. The rate is not what is measured."""
    with override_settings(API_RATE_PER_MINUTE=1_000_000):
        token = make_token(owner=filled.clerk, name="bench")[1]
        program = Program(token)
        long_list(report, filled, program)
        posted_record(report, filled, program)
        fifty_callers(report, filled)


def long_list(report: Report, filled: Filled, program: Program) -> None:
    """Measure a list of a thousand records against the same rows as tuples, dumped as JSON."""

    def listed() -> None:
        answer = program.get("/api/received", f"siteId={filled.site.pk}&limit={ROWS}")
        assert answer.status_code == 200

    def dumped() -> None:
        records = ReceivedMaterial.objects.for_user(filled.clerk).filter(site=filled.site)
        json.dumps(list(records.newest_first().values_list(*COLUMNS)[:ROWS]), default=str)

    measured = against(listed, dumped, rounds=20)
    report.at_most(
        "API: 1,000 records, against tuples and json",
        value=measured.ratio,
        most=3,
        detail=measured.words,
    )


def posted_record(report: Report, filled: Filled, program: Program) -> None:
    """Measure a record that is posted against the operation behind the page, at a site that has none yet.

    Both come with a key, as every form of the page does.
    """
    entries, keys = _entries(), count()
    site = Site.objects.create(code=f"NEW-{filled.records}", name="New yard")
    Membership.objects.create(site=site, user=filled.clerk, role=Role.OPERATOR)

    def posted() -> None:
        entry = next(entries)
        body = {
            "siteId": site.pk,
            "date": entry["date"],
            "materialId": entry["material"],
            "operation": entry["operation"],
            "shift": str(entry["shift"]).upper(),
            "qtyTon": 12.5,
        }
        answer = program.post(
            "/api/production", json.dumps(body).encode(), key=f"posted-{filled.records}-{next(keys)}"
        )
        assert answer.status_code == 201

    def operated() -> None:
        operations.create(
            module=PRODUCTION,
            values={**next(entries), "qty_ton": "12.5", "notes": ""},
            site=site,
            by=filled.clerk,
            source=Source.PAGE,
            key=f"operated-{filled.records}-{next(keys)}",
            confirmed=True,
        )

    measured = against(posted, operated, rounds=100)
    report.at_most(
        "API: a record posted, against the page's operation",
        value=measured.ratio,
        most=1.5,
        detail=measured.words,
    )


def _entries() -> Iterator[dict[str, object]]:
    """Yield one new record after the other, no two of them alike."""
    operation = Operation.objects.get(code="SEG-OP").pk
    materials = list(Material.objects.values_list("pk", flat=True))
    for number in count():
        for material, shift in product(materials, [shift for shift in Shift if shift.value]):
            date = LAST_DAY - dt.timedelta(days=number)
            yield {
                "date": date.isoformat(), "material": material, "operation": operation, "shift": shift.value
            }  # fmt: skip


def fifty_callers(report: Report, filled: Filled) -> None:
    """Let fifty callers list and post at once for half a minute, and report every wrong answer."""
    # One each: a token may not take all threads of the web server.
    tokens = [make_token(owner=filled.clerk, name=f"bench {number}")[1] for number in range(CALLERS)]
    connection.close()
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    environment = {**os.environ, "API_RATE_PER_MINUTE": "1000000", "LOG_LEVEL": "ERROR"}
    server = subprocess.Popen(command, env=environment)  # noqa: S603  # our own program
    try:
        _wait_for(port)
        answers = _crowd(port, filled, tokens)
    finally:
        server.terminate()
        server.wait(timeout=60)
    answered = sum(answers.values())
    wrong = {status: number for status, number in answers.items() if status not in (200, 201)}
    report.at_most(
        f"API: wrong answers to {CALLERS} callers in {SECONDS} s",
        value=sum(wrong.values()),
        most=0,
        unit="",
        detail=f"{answered:,} answers, {answered / SECONDS:,.0f} a second {wrong or ''}",
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError("The portal did not start.")


def _crowd(port: int, filled: Filled, tokens: list[str]) -> Counter[int]:
    answers: Counter[int] = Counter()
    lock = threading.Lock()
    until = time.monotonic() + SECONDS

    def call(number: int) -> None:
        mine = _calls(port, filled, tokens[number], number, until)
        with lock:
            answers.update(mine)

    callers = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return answers


def _calls(port: int, filled: Filled, token: str, number: int, until: float) -> Counter[int]:
    """Ask again and again: nine readings to one entry. A call that breaks off counts as status 0."""
    answers: Counter[int] = Counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Host": "testserver"}
    material = Material.objects.order_by("pk").values_list("pk", flat=True)[0]
    connection.close()
    body = {
        "siteId": filled.site.pk,
        "date": (LAST_DAY - dt.timedelta(days=number)).isoformat(),
        "materialId": material,
        "qtyTon": 1,
    }
    for step in count():
        if time.monotonic() > until:
            break
        try:
            if step % 10:
                line.request("GET", f"/api/received?siteId={filled.site.pk}&limit=50", headers=headers)
            else:
                line.request("POST", "/api/received", json.dumps(body), headers)
            answer = line.getresponse()
            answer.read()
            answers[answer.status] += 1
        except (OSError, http.client.HTTPException):
            line.close()
            answers[0] += 1
    line.close()
    return answers
