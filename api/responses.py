"""Responses: JSON, the ETag of a record, and errors with a sentence, a code and the fields that are wrong."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TypedDict

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.db.busy import RETRY_AFTER
from records.errors import DuplicateRecord, InputRefused, Refused


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


# A body of ten thousand unknown keys must not get a response of a megabyte.
MAX_DETAILS = 100
# Longer unknown keys are cut off in `details`.
MAX_KEY_LENGTH = 100
# When to try again where too many export jobs are active.
RETRY_AFTER_SECONDS = 30

DATABASE_ERROR, INTERNAL_ERROR, BUSY = "DATABASE_ERROR", "INTERNAL_ERROR", "BUSY"
# Codes of the apps below, for the description.
OTHER_CODES = (
    "DUPLICATE_RECORD",
    "DAY_CLOSED",
    "EDIT_CONFLICT",
    "NEGATIVE_STOCK",
    "EXPORT_NOT_READY",
    "EXPIRED",
    DATABASE_ERROR,
    INTERNAL_ERROR,
    BUSY,
)

# The code and the sentence of each status, where an error has none of its own.
ERRORS = {
    HTTPStatus.BAD_REQUEST: ("VALIDATION_ERROR", gettext_lazy("This request cannot be understood.")),
    HTTPStatus.UNAUTHORIZED: (
        "UNAUTHORIZED",
        gettext_lazy("Send a valid token as “Authorization: Bearer TOKEN”, or sign in."),
    ),
    HTTPStatus.FORBIDDEN: ("FORBIDDEN", gettext_lazy("You do not have permission to do this.")),
    HTTPStatus.NOT_FOUND: (
        "NOT_FOUND",
        gettext_lazy("This does not exist, or you do not have access to it."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "METHOD_NOT_ALLOWED",
        gettext_lazy("This method is not allowed here; see the Allow header."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "PAYLOAD_TOO_LARGE",
        gettext_lazy("A body can have at most 1 MiB."),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "UNSUPPORTED_MEDIA_TYPE",
        gettext_lazy("Send the body as JSON: “Content-Type: application/json”."),
    ),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: (
        "RANGE_NOT_SATISFIABLE",
        gettext_lazy("The file does not have this range; see the Content-Range header."),
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "RATE_LIMITED",
        gettext_lazy("Too many requests. Wait for the number of seconds in Retry-After."),
    ),
}
INTERNAL_ERROR_MESSAGE = gettext_lazy(
    "Something went wrong on our side. It was logged with the id in X-Request-ID; try again later."
)


class Detail(TypedDict):
    """What is wrong with one field of a body or query."""

    field: str
    message: str
    code: str


class ApiError(Exception):
    """A request that is answered with an error; without a message the status has its own."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str = "",
        *,
        code: str = "",
        details: Iterable[Detail] = (),
        headers: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.details = list(details)
        self.headers = headers or {}
        self.request_id = request_id

    @property
    def response(self) -> HttpResponse:
        """Return it in the shape of the contract; an internal one with the id under which it is logged."""
        is_internal = self.status >= HTTPStatus.INTERNAL_SERVER_ERROR and self.code != BUSY
        code, sentence = ERRORS.get(
            self.status,
            (INTERNAL_ERROR, INTERNAL_ERROR_MESSAGE)
            if is_internal
            else (self.status.name, self.status.phrase),
        )
        content: dict[str, object] = {
            "error": self.message or str(sentence),
            "code": self.code or code,
            "details": self.details[:MAX_DETAILS],
        }
        if is_internal:
            content["requestId"] = self.request_id
        return json_response(content, status=self.status, headers=self.headers)


class InvalidValueError(ValueError):
    """A value of a body or query that is not acceptable."""

    def __init__(self, message: str, code: str = "invalid") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def validation_error(details: Iterable[Detail], message: str = "") -> ApiError:
    """Return the error of a body or query, all of its fields at once."""
    message = message or _("Some values are not valid; see the details.")
    return ApiError(HTTPStatus.BAD_REQUEST, message, details=details)


def field_error(field: str, message: str, code: str = "invalid") -> ApiError:
    """Return the error of one field."""
    return validation_error([Detail(field=field, message=message, code=code)])


def busy_response() -> HttpResponse:
    """Return the error of a database that is busy or not available: the request can be repeated."""
    return ApiError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("The portal is busy. Nothing was saved; try again after the number of seconds in Retry-After."),
        code=BUSY,
        headers={"Retry-After": str(RETRY_AFTER)},
    ).response


def details_of(errors: Iterable[Mapping[str, object]]) -> list[Detail]:
    """Return the details of pydantic's errors."""
    return [_detail(error) for error in errors]


def _detail(error: Mapping[str, object]) -> Detail:
    location, context = error["loc"], error.get("ctx")
    assert isinstance(location, tuple)
    # A union has a location of its own within its field.
    field = "".join(str(step) for step in location[:1])[:MAX_KEY_LENGTH]
    if error["type"] == "missing":
        return Detail(field=field, message=_("This field is required."), code="required")
    if error["type"] == "extra_forbidden":
        return Detail(field=field, message=_("There is no such field."), code="unknown")
    cause = context.get("error") if isinstance(context, dict) else None
    if isinstance(cause, InvalidValueError):
        return Detail(field=field, message=cause.message, code=cause.code)
    return Detail(field=field, message=str(cause or error["msg"]), code=str(error["type"]))


def form_details(form: BaseForm, keys: Mapping[str, str]) -> list[Detail]:
    """Return a form's errors, its fields under their JSON keys."""
    return [
        Detail(field=_key(name, keys), message=str(error["message"]), code=error["code"] or "invalid")
        for name, errors in form.errors.get_json_data().items()
        for error in errors
    ]


def _key(name: str, keys: Mapping[str, str]) -> str:
    return "" if name == NON_FIELD_ERRORS else keys.get(name, name)


def api_error_of(
    refused: Refused, *, keys: Mapping[str, str] | None = None, identity: Iterable[str] = ()
) -> ApiError:
    """Return the API's error for one of the apps below."""
    keys = keys or {}
    if isinstance(refused, DuplicateRecord):
        errors = [str(error) for of_field in refused.form.errors.values() for error in of_field]
        message = " ".join(errors) or refused.message
        named = [*identity, *(name for name in refused.form.errors if name != NON_FIELD_ERRORS)]
        details = [Detail(field=keys.get(name, name), message=message, code="duplicate") for name in named]
        return ApiError(refused.status, message, code=refused.code, details=details)
    if isinstance(refused, InputRefused):
        return validation_error(form_details(refused.form, keys))
    details = [Detail(field=refused.field, message=refused.message, code="refused")] if refused.field else []
    is_temporary = refused.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if is_temporary else {}
    return ApiError(refused.status, refused.message, code=refused.code, details=details, headers=headers)
