"""Reading a body: exact numbers, no key twice, and nothing that only looks like text."""

import json
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from api.errors import CallRefused, unacceptable_field


def read_object(request: HttpRequest) -> dict[str, object]:
    """Return a body's object, its fractions as Decimal; NaN and infinity stay floats, to be refused by field.

    Raises CallRefused for what is empty, no JSON, or JSON of something else than an object.
    """
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise CallRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from error
    except UnreadablePostError as error:
        raise _unreadable(_("The body broke off.")) from error
    if not raw.strip():
        raise _unreadable(_("Send a JSON object as the body."))
    try:
        value = json.loads(raw.decode(), parse_float=Decimal, object_pairs_hook=_without_repeats)
        if b"\\u" in raw:
            # Half a surrogate pair, which only an escape can be, is no text: no database takes it.
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _unreadable(_("The body is not JSON in UTF-8.")) from error
    if not isinstance(value, dict):
        raise _unreadable(_("The body must be a JSON object."))
    return value


def _without_repeats(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _unreadable(sentence: str) -> CallRefused:
    refused = unacceptable_field("", sentence, "unreadable")
    refused.sentence = sentence
    return refused


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
