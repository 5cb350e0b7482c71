"""How an answer is written."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse


def written(content: Mapping[str, object]) -> str:
    """Return content as JSON, without a space more than needed."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def json_answer(
    content: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return content as an answer."""
    return HttpResponse(written(content), status=status, content_type="application/json", headers=headers)


def item_answer(
    key: str,
    item: Mapping[str, object],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    location: str = "",
    **more: object,
) -> HttpResponse:
    """Return an item under its key, and more beside it, as an answer that names the item's state."""
    # Written once, for the answer and for its name.
    text = written(item)
    rest = f",{written(more)[1:-1]}" if more else ""
    headers = {"ETag": _tag(text)} | ({"Location": location} if location else {})
    return HttpResponse(
        f'{{"{key}":{text}{rest}}}', status=status, content_type="application/json", headers=headers
    )


def etag_of(item: Mapping[str, object]) -> str:
    """Return what names this very state of an item."""
    return _tag(written(item))


def _tag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
