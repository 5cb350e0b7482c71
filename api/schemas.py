"""What all routes have in common: how bodies and queries are read and refused, and how keys are written."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, ClassVar, Self, override

from django.http import Http404, HttpRequest
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja import Header
from ninja.parser import Parser
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic.alias_generators import to_camel

from api.responses import (
    ERRORS,
    MAX_KEY_LENGTH,
    OTHER_CODES,
    ApiError,
    Detail,
    InvalidValueError,
    details_of,
    validation_error,
)
from records.columns import CellError, DateColumn
from sites.dates import Day

type JsonSchema = dict[str, object]
# No field of a form accepts this.
NO_VALUE = "\0"


class ResponseSchema(BaseModel):
    """What a response carries. Responses are written by hand, so this only describes them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class RequestSchema(BaseModel):
    """What a body carries: no other keys are accepted."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


def make_schema[S: BaseModel](name: str, base: type[S], /, **fields: tuple[object, object]) -> type[S]:
    """Return a schema with more fields, each given by its type, and its default or description."""
    return create_model(name, __base__=base, **fields)  # type: ignore[no-any-return, call-overload]  # made at run time


class FormSchema(RequestSchema):
    """A body that a form cleans: errors of types and of the form are returned together."""

    # The form's fields by their keys, each with the function that reads its value.
    readers: ClassVar[Mapping[str, tuple[str, Callable[[object], object]]]] = {}
    # The keys that may be missing, each with the key whose value it has then.
    fills_in: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="wrap")
    @classmethod
    def refuse_all_at_once(  # type: ignore[explicit-any]  # pydantic knows no other info
        cls,
        sent: dict[str, object],
        handler: ModelWrapValidatorHandler[Self],
        info: ValidationInfo,
    ) -> Self:
        filled = set()
        for key, source in cls.fills_in.items():
            # A body may be anything that JSON can be.
            if isinstance(sent, dict) and key not in sent and sent.get(source):  # type: ignore[redundant-expr]  # for mypy a dict
                sent = {**sent, key: sent[source]}
                filled.add(key)
        try:
            return handler(sent)
        except ValidationError as error:
            details = details_of(error.errors(include_url=False, include_input=False))
            wrong = {detail["field"] for detail in details}
            # A wrong value is not left empty, so that the form does not require another field instead.
            values = {
                name: NO_VALUE if key in wrong else read(sent[key])
                for key, (name, read) in cls.readers.items()
                if key in sent or key in wrong
            }
            more = cls.form_errors(_request(info), values)
            # What is wrong with a value that was filled in is said of its source.
            shown = [detail for detail in details if detail["field"] not in filled]
            raise validation_error([*shown, *(d for d in more if d["field"] not in wrong)]) from error

    @classmethod
    def form_errors(cls, request: HttpRequest, values: dict[str, object]) -> Iterable[Detail]:
        """Return the form's errors."""
        raise NotImplementedError

    def form_values(self) -> dict[str, object]:
        """Return the values that were sent, for the form."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class QuerySchema(RequestSchema):
    """The parameters of a query: unknown and repeated ones are refused together with wrong values."""

    @model_validator(mode="wrap")
    @classmethod
    def refuse_all_at_once(  # type: ignore[explicit-any]  # pydantic knows no other info
        cls,
        sent: object,
        handler: ModelWrapValidatorHandler[Self],
        info: ValidationInfo,
    ) -> Self:
        request = _request(info)
        details = [*unknown_parameters(request, cls.keys()), *cls.contradictions(set(request.GET))]
        try:
            query = handler(sent)
        except ValidationError as error:
            raise validation_error([*details, *details_of(error.errors(include_url=False))]) from error
        if details:
            raise validation_error(details)
        return query

    @classmethod
    def keys(cls) -> set[str]:
        """Return the names of all parameters."""
        return {field.alias or name for name, field in cls.model_fields.items()}

    @classmethod
    def contradictions(cls, sent: set[str]) -> Iterable[Detail]:
        """Return what is wrong with parameters that cannot be sent together."""
        del sent
        return ()


def _request(info: ValidationInfo) -> HttpRequest:  # type: ignore[explicit-any]  # pydantic knows no other
    assert info.context is not None
    request: HttpRequest = info.context["request"]
    return request


def unknown_parameters(request: HttpRequest, known: Iterable[str] = ()) -> Iterator[Detail]:
    """Yield what is wrong with the names of a query's parameters."""
    for name, values in request.GET.lists():
        if name not in known:
            yield Detail(
                field=name[:MAX_KEY_LENGTH], message=_("There is no such parameter."), code="unknown"
            )
        elif len(values) > 1:
            yield Detail(field=name, message=_("Send this parameter only once."), code="repeated")


def require_no_query(request: HttpRequest) -> None:
    """Raise ApiError where a route without parameters gets some."""
    details = list(unknown_parameters(request))
    if details:
        raise validation_error(details)


class ErrorDetail(ResponseSchema):
    field: str = Field(description=_("The field in the body or query; empty for the whole of it."))
    message: str = Field(description=_("A sentence for people."))
    code: str = Field(description=_("A code for programs."))


class Error(ResponseSchema):
    """An error."""

    error: str = Field(description=_("A sentence that says what to do."))
    code: str = Field(
        description=_("What is wrong, for programs."),
        json_schema_extra={"enum": [*(code for code, _sentence in ERRORS.values()), *OTHER_CODES]},
    )
    details: list[ErrorDetail] = Field(description=_("What is wrong with each field."))


OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
BAD_REQUEST, NOT_FOUND, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
# The errors of every route, and those of every route that writes.
ALWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WRITES = (
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)


def errors(*statuses: HTTPStatus) -> dict[int, type[Error]]:
    """Return the errors of a route for its `response`: these, and those of every route."""
    return {int(status): Error for status in sorted({*statuses, *ALWAYS})}


# Of a route about one row: to read it, and to change it.
READ_ERRORS = errors(BAD_REQUEST, NOT_FOUND)
WRITE_ERRORS = errors(BAD_REQUEST, NOT_FOUND, CONFLICT, *WRITES)


def header_extra(status: HTTPStatus, headers: Mapping[str, str]) -> JsonSchema:
    """Return what the description of a route says about the headers of a response."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    return {"responses": {int(status): {"headers": described}}}


def accept[V](read: Callable[[object], V]) -> Callable[[object], V]:
    """Return a function that raises InvalidValueError, which pydantic collects, in place of CellError."""

    def read_or_refuse(value: object) -> V:
        try:
            return read(value)
        except CellError as error:
            raise InvalidValueError(error.message, error.code) from error

    return read_or_refuse


def _site_id(value: object) -> str:
    if not value:
        raise InvalidValueError(_("This parameter is required."), "required")
    return str(value)


_DATE = DateColumn(name="date", label="")


def read_day(value: object) -> Day:
    """Return a date, or a moment of which only the site knows the date. Raises InvalidValueError."""
    day = accept(_DATE.from_json)(value)
    assert isinstance(day, dt.date)
    return day


def is_reversed(first: Day | None, last: Day | None) -> bool:
    """Return whether a range ends before it begins at every site; of moments only the site knows."""
    if isinstance(first, dt.datetime) or isinstance(last, dt.datetime):
        return False
    return first is not None and last is not None and last < first


def moment_text(moment: dt.datetime) -> str:
    """Return a moment as ISO 8601 in UTC."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


# Every id is shorter; a longer number would not fit into the database's column.
ID = re.compile(r"\d{1,18}\Z", re.ASCII)


def row_id(text: str) -> int:
    """Return the id in an address or a body. Raises Http404 for anything else."""
    if not ID.match(text):
        raise Http404
    return int(text)


ShortText = Annotated[StrictStr, StringConstraints(max_length=100)]
# The id of a site in a body, as a number or as a text.
SiteKey = StrictInt | ShortText
SiteId = Annotated[
    str,
    PlainValidator(_site_id),
    WithJsonSchema({"type": "string", "minLength": 1, "description": _("Id of the site.")}),
]
DayParameter = Annotated[
    Day | None, PlainValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})
]


MAX_IDEMPOTENCY_KEY = 200
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


def _idempotency_key(text: object) -> str:
    key = str(text)
    if not 1 <= len(key) <= MAX_IDEMPOTENCY_KEY or "\0" in key:
        raise InvalidValueError(_("A key has 1 to 200 characters."), "length")
    return key


IdempotencyKey = Annotated[
    str,
    PlainValidator(_idempotency_key),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_IDEMPOTENCY_KEY,
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
