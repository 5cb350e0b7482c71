"""What is told of one route in the words of OpenAPI."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from django.utils.translation import gettext as _

from api.openapi.components import refusal
from api.openapi.schemas import Schema, ref
from api.records.input import SITE_KEY

ALWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR)
WRITES = (HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
OK, CREATED, NO_CONTENT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
BAD, MISSING, CONFLICT = HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT


@dataclass(frozen=True)
class Route:
    """What is told of an operation beside its address."""

    summary: str
    gives: Mapping[HTTPStatus, Schema | None]
    description: str = ""
    parameters: tuple[Schema, ...] = ()
    takes: str = ""
    refuses: Iterable[HTTPStatus] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    # What may be asked next, by operation, and where its id stands in the answer.
    leads_to: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False

    @property
    def described(self) -> Schema:
        refused = (*self.refuses, *(() if self.is_open else ALWAYS))
        answers: Schema = {
            str(int(status)): self._given(status, schema) for status, schema in self.gives.items()
        }
        answers |= {str(int(status)): refusal(status) for status in sorted(refused)}
        told: Schema = {"summary": self.summary, "responses": answers}
        if self.description:
            told["description"] = self.description
        if self.takes:
            content = {"application/json": {"schema": ref(self.takes)}}
            told["requestBody"] = {"required": True, "content": content}
        return told

    def _given(self, status: HTTPStatus, schema: Schema | None) -> Schema:
        given: Schema = {"description": status.phrase}
        if schema is not None:
            given["content"] = {"application/json": {"schema": schema}}
        if self.leads_to:
            given["links"] = {
                operation: {
                    "operationId": operation,
                    "parameters": {"record_id": f"$response.body#{pointer}"},
                }
                for operation, pointer in self.leads_to.items()
            }
        if self.headers:
            given["headers"] = {
                name: {"description": told, "schema": {"type": "string"}}
                for name, told in self.headers.items()
            }
        return given


def parameter(
    name: str, schema: Schema, description: str, *, place: str = "query", required: bool = False
) -> Schema:
    """Return a parameter of a route."""
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


def site_parameter(*, required: bool = True) -> Schema:
    return parameter(SITE_KEY, {"type": "string", "minLength": 1}, _("Id of the site."), required=required)


def day_parameter(name: str, description: str) -> Schema:
    return parameter(name, {"type": "string", "format": "date"}, description)
