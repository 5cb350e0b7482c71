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


def etag_of(item: Mapping[str, object]) -> str:
    """Return what names this very state of an item."""
    return f'"{hashlib.sha256(written(item).encode()).hexdigest()[:24]}"'
