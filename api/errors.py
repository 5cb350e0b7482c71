"""Every way in which a call is refused, and how it is said: one sentence, one code, and the fields."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TypedDict

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from api.responses import json_answer
from records.errors import DuplicateRecord, InputRefused, Refused

# As many details as a person reads; a body of ten thousand unknown keys gets no answer of a megabyte.
MOST_DETAILS = 100
# When to ask again where too much is under way already.
SECONDS_OF_PATIENCE = 30

CODES = {
    HTTPStatus.BAD_REQUEST: "VALIDATION_ERROR",
    HTTPStatus.UNAUTHORIZED: "UNAUTHORIZED",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "METHOD_NOT_ALLOWED",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "PAYLOAD_TOO_LARGE",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "RANGE_NOT_SATISFIABLE",
    HTTPStatus.TOO_MANY_REQUESTS: "RATE_LIMITED",
}
DATABASE_ERROR, INTERNAL_ERROR = "DATABASE_ERROR", "INTERNAL_ERROR"

SENTENCES = {
    HTTPStatus.BAD_REQUEST: gettext_lazy("This request cannot be understood."),
    HTTPStatus.UNAUTHORIZED: gettext_lazy("Send a valid token as “Authorization: Bearer TOKEN”, or sign in."),
    HTTPStatus.FORBIDDEN: gettext_lazy("You may see this, but not do it."),
    HTTPStatus.NOT_FOUND: gettext_lazy("There is no such thing, or it is not yours to see."),
    HTTPStatus.METHOD_NOT_ALLOWED: gettext_lazy("This address takes other methods; see the Allow header."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: gettext_lazy("A body has at most 1 MiB."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: gettext_lazy(
        "Send the body as JSON: “Content-Type: application/json”."
    ),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: gettext_lazy(
        "The file has no such part; see the Content-Range header."
    ),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_lazy("Too many requests. Wait as long as Retry-After says."),
}
OUR_MISTAKE = gettext_lazy(
    "Something went wrong here. It has been written down under the id in X-Request-ID; try again later."
)


class Detail(TypedDict):
    """What is wrong with one field of a body or query."""

    field: str
    message: str
    code: str


class CallRefused(Exception):  # noqa: N818  # a refusal is an answer, not a fault
    """A call that is answered with an error; the sentence is the status's own unless one is given."""

    def __init__(
        self,
        status: HTTPStatus,
        sentence: str = "",
        *,
        code: str = "",
        details: Iterable[Detail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.code = code
        self.details = list(details)
        self.headers = headers or {}

    @property
    def answer(self) -> HttpResponse:
        return error_answer(
            self.status, self.sentence, code=self.code, details=self.details, headers=self.headers
        )


def unacceptable(details: Iterable[Detail]) -> CallRefused:
    """Return the refusal of a body or query, all of its fields at once."""
    return CallRefused(
        HTTPStatus.BAD_REQUEST, _("Some of this is not acceptable; see the details."), details=details
    )


def unacceptable_field(field: str, message: str, code: str = "invalid") -> CallRefused:
    """Return the refusal of one field."""
    return unacceptable([Detail(field=field, message=message, code=code)])


def error_answer(
    status: HTTPStatus,
    sentence: str = "",
    *,
    code: str = "",
    details: Iterable[Detail] = (),
    headers: Mapping[str, str] | None = None,
    request_id: str = "",
) -> HttpResponse:
    """Return an error as the contract shapes it; a mistake of ours with the id under which it is logged."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    content: dict[str, object] = {
        "error": sentence or str(OUR_MISTAKE if is_ours else SENTENCES.get(status, status.phrase)),
        "code": code or CODES.get(status, INTERNAL_ERROR if is_ours else status.name),
        "details": list(details)[:MOST_DETAILS],
    }
    if is_ours:
        content["requestId"] = request_id
    return json_answer(content, status=status, headers=headers)


def form_details(form: BaseForm, keys: Mapping[str, str]) -> list[Detail]:
    """Return what a form refuses, its fields under the names they are sent by."""
    return [
        Detail(field=_key(name, keys), message=str(error["message"]), code=error["code"] or "invalid")
        for name, errors in form.errors.get_json_data().items()
        for error in errors
    ]


def _key(name: str, keys: Mapping[str, str]) -> str:
    return "" if name == NON_FIELD_ERRORS else keys.get(name, name)


def refusal_of(
    refused: Refused, *, keys: Mapping[str, str] | None = None, identity: Iterable[str] = ()
) -> CallRefused:
    """Return what a refusal of the rooms below is in the contract's words."""
    keys = keys or {}
    if isinstance(refused, DuplicateRecord):
        message = " ".join(str(error) for error in refused.form.non_field_errors()) or refused.message
        details = [Detail(field=keys.get(name, name), message=message, code="duplicate") for name in identity]
        return CallRefused(refused.status, message, code=refused.code, details=details)
    if isinstance(refused, InputRefused):
        return unacceptable(form_details(refused.form, keys))
    details = [Detail(field=refused.field, message=refused.message, code="refused")] if refused.field else []
    is_too_much = refused.status == HTTPStatus.TOO_MANY_REQUESTS
    headers = {"Retry-After": str(SECONDS_OF_PATIENCE)} if is_too_much else {}
    return CallRefused(refused.status, refused.message, code=refused.code, details=details, headers=headers)
