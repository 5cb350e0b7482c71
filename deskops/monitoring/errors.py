"""Error reports to Sentry, where a DSN is set: what went wrong, never with whom or on what."""

from typing import cast

import sentry_sdk
from sentry_sdk.types import Event, Hint

from deskops.monitoring.logging import scrub


def scrub_report(event: Event, _hint: Hint) -> Event | None:
    """Take what names a person out of a report before it leaves the machine."""
    request = event.get("request")
    if request is not None:
        # The address may hold a key; the route that it matched is the report's transaction.
        event["request"] = {name: request[name] for name in ("method",) if name in request}
    event.pop("user", None)
    event.pop("server_name", None)
    cleaned = scrub(event)
    return cast("Event", cleaned)


def report_errors(dsn: str, *, environment: str) -> None:
    """Send what nobody caught to Sentry, without local variables, bodies or personal data."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=scrub_report,
    )
