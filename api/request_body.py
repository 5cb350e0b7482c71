"""What a request brings: a body of JSON, a key that makes it safe to repeat, the state it means to change."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, override

from django.http import HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Header
from ninja.parser import Parser
from pydantic import PlainValidator, WithJsonSchema

from api.errors import ApiError, Detail, InvalidValueError, validation_error

MAX_KEY_LENGTH = 200
# No record has this version, so the operation refuses it at its place in the order of errors.
STALE = -1


class JsonParser(Parser):
    """Reads bodies: numbers with decimals as Decimal, no repeated keys, only valid Unicode.

    NaN and infinity stay floats, so that their fields refuse them.
    """

    @override
    def parse_body(self, request: HttpRequest) -> dict[str, object]:
        raw = request.body
        try:
            value = json.loads(raw.decode(), parse_float=Decimal, object_pairs_hook=_unique_keys)
            if b"\\u" in raw:
                # Only an escape can be half a surrogate pair, which no database stores.
                json.dumps(value, ensure_ascii=False, default=str).encode()
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise unreadable_body(_("The body is not JSON in UTF-8.")) from error
        if not isinstance(value, dict):
            raise unreadable_body(_("The body must be a JSON object."))
        return value


def _unique_keys(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def unreadable_body(message: str) -> ApiError:
    """Return the error of a body whose fields cannot be read."""
    return validation_error([Detail(field="", message=message, code="unreadable")], message)


def _key(text: object) -> str:
    key = str(text)
    if not 1 <= len(key) <= MAX_KEY_LENGTH or "\0" in key:
        raise InvalidValueError(_("A key has 1 to 200 characters."), "length")
    return key


IdempotencyKey = Annotated[
    str,
    PlainValidator(_key),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_KEY_LENGTH,
            "pattern": "^[!-~]+$",
            "description": _("For 30 days or longer, the same key and body return the first response again."),
        }
    ),
    Header("", alias="Idempotency-Key"),
]


def matched_version(if_match: str, *, etag: str, version: int) -> int | None:
    """Return the version that If-Match names: the current one, STALE, or None for any."""
    tags = [tag.removeprefix("W/") for tag in parse_etags(if_match)]
    if tags == ["*"]:
        return None
    return version if etag in tags else STALE
