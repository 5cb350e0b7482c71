"""Weighings that are stored on the gate's computer until the portal has confirmed them."""

import datetime as dt
import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT = 20
# What another try can change; every other error is about the weighing itself.
TEMPORARY = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
MOST_WAIT = 60.0


class NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: it would take the token to another address, and leave the weighing behind."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """Return no request, so that the redirect is an error."""


_opener = build_opener(NoRedirects)


class UnsentWeighing(NamedTuple):
    """A weighing that the portal has not confirmed."""

    key: str
    kilograms: int
    measured_at: str


class Outbox:
    """A file of weighings. Each has a key, under which the portal stores it once however often it is sent."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._database() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS weighing (key TEXT PRIMARY KEY, kilograms INTEGER NOT NULL,"
                " measured_at TEXT NOT NULL, refused TEXT NOT NULL DEFAULT '')"
            )

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            # A weighing outlives a power cut.
            database.execute("PRAGMA synchronous = FULL")
            yield database

    def add(self, kilograms: int, *, measured_at: dt.datetime) -> UnsentWeighing:
        """Store a weighing."""
        weighing = UnsentWeighing(uuid.uuid4().hex, kilograms, measured_at.astimezone(dt.UTC).isoformat())
        with self._database() as database:
            database.execute("INSERT INTO weighing (key, kilograms, measured_at) VALUES (?, ?, ?)", weighing)
        return weighing

    def waiting(self) -> list[UnsentWeighing]:
        """Return what the portal has neither confirmed nor refused, oldest first."""
        with self._database() as database:
            rows = database.execute(
                "SELECT key, kilograms, measured_at FROM weighing WHERE refused = '' ORDER BY rowid"
            )
            return [UnsentWeighing(*row) for row in rows]

    def refused(self) -> list[tuple[UnsentWeighing, str]]:
        """Return what the portal refused, each with its sentence."""
        with self._database() as database:
            rows = database.execute(
                "SELECT key, kilograms, measured_at, refused FROM weighing WHERE refused <> '' ORDER BY rowid"
            )
            return [(UnsentWeighing(*row[:3]), row[3]) for row in rows]

    def confirm(self, weighing: UnsentWeighing) -> None:
        """Remove what the portal has."""
        with self._database() as database:
            database.execute("DELETE FROM weighing WHERE key = ?", [weighing.key])

    def refuse(self, weighing: UnsentWeighing, sentence: str) -> None:
        """Keep what the portal will never take, with the reason."""
        with self._database() as database:
            database.execute("UPDATE weighing SET refused = ? WHERE key = ?", [sentence, weighing.key])


@dataclass
class Portal:
    """The portal that weighings are sent to."""

    url: str
    token: str
    site_id: int
    weighbridge: str
    # Seconds until the next try, which grow while tries fail.
    wait: float = 1.0

    def send_all(self, outbox: Outbox) -> str:
        """Send what waits, in order, up to the first temporary error; return that error, or nothing."""
        for weighing in outbox.waiting():
            error = self._send(outbox, weighing)
            if error:
                self.wait = min(self.wait * 2, MOST_WAIT)
                return error
            self.wait = 1.0
        return ""

    def _send(self, outbox: Outbox, weighing: UnsentWeighing) -> str:
        body = {
            "siteId": self.site_id,
            "weighbridge": self.weighbridge,
            "weightTon": str(Decimal(weighing.kilograms) / 1000),
            "measuredAt": weighing.measured_at,
        }
        request = Request(  # noqa: S310  # the address is the setting's, and https unless it is this machine
            f"{self.url.rstrip('/')}/api/weighings",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": weighing.key,
            },
        )
        try:
            with _opener.open(request, timeout=TIMEOUT) as answer:
                if answer.status != HTTPStatus.CREATED:
                    return f"The portal answered {answer.status} instead of storing the weighing."
                outbox.confirm(weighing)
                return ""
        except HTTPError as error:
            return self._failed(outbox, weighing, error)
        except (OSError, HTTPException) as error:
            return f"The portal cannot be reached: {error}"

    def _failed(self, outbox: Outbox, weighing: UnsentWeighing, error: HTTPError) -> str:
        with error:
            text = error.read().decode(errors="replace")
            retry_after = error.headers.get("Retry-After", "")
        is_redirect = error.code < HTTPStatus.BAD_REQUEST
        if is_redirect or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in TEMPORARY:
            if retry_after.isdigit():
                self.wait = max(self.wait, min(float(retry_after), MOST_WAIT))
            return f"The portal answered {error.code}: {_sentence(text)}"
        outbox.refuse(weighing, f"{error.code}: {_sentence(text)}")
        return ""


def _sentence(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text[:200]
