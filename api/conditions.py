"""What a caller says it has: a key for a submission, and the state of a record that it means to change."""

from django.http import HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from api.errors import unacceptable_field

LONGEST = 200
# No record has this version, so that the operation refuses it at its place in the order of what may be wrong.
STALE = -1


def submission_key(request: HttpRequest) -> str:
    """Return the Idempotency-Key; empty where none was sent. Raises CallRefused for one that is no key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not 1 <= len(key) <= LONGEST or "\0" in key:
        raise unacceptable_field("Idempotency-Key", _("A key has 1 to 200 characters."), "length")
    return key


def version_asked_for(request: HttpRequest, *, etag: str, version: int) -> int | None:
    """Return the version that If-Match names: this one, STALE, or None where any will do."""
    sent = request.headers.get("If-Match")
    if sent is None:
        return None
    asked = [tag.removeprefix("W/") for tag in parse_etags(sent)]
    if asked == ["*"]:
        return None
    return version if etag in asked else STALE
