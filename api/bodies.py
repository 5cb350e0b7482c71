"""Reading a body: exact numbers, no key twice, and nothing that only looks like text."""

import json
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
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
