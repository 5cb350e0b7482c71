"""Successful responses: JSON without needless spaces, and the ETag of a record."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse


def to_json(content: Mapping[str, object]) -> str:
    """Return content as JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def json_response(
    content: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return content as a response."""
    return HttpResponse(to_json(content), status=status, content_type="application/json", headers=headers)


def record_response(
    key: str,
    item: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    location: str = "",
    **more: object,
) -> HttpResponse:
    """Return an item under its key, and more keys after it, with the item's ETag."""
    # Written once, for the response and for its ETag.
    text = to_json(item)
    rest = f",{to_json(more)[1:-1]}" if more else ""
    headers = {"ETag": _etag(text)} | ({"Location": location} if location else {})
    return HttpResponse(
        f'{{"{key}":{text}{rest}}}', status=status, content_type="application/json", headers=headers
    )


def etag_of(item: Mapping[str, object]) -> str:
    """Return the ETag of an item as it is now."""
    return _etag(to_json(item))


def _etag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
