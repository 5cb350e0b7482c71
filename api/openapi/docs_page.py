"""The description, sorted for people to read: chapters of operations, each with its fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from django.utils.translation import gettext as _

from api.openapi.schemas import Schema

BOUNDS = (("minimum", "≥"), ("maximum", "≤"))


@dataclass(frozen=True)
class FieldLine:
    """A parameter, or a key of a body or of an answer."""

    name: str
    kind: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class OperationText:
    """An operation as a person reads it."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[FieldLine]
    body: list[FieldLine]
    answer: list[FieldLine]
    success: str
    refusals: list[str]


@dataclass(frozen=True)
class Chapter:
    """The operations that belong together."""

    name: str
    operations: list[OperationText]


def chapters(description: Schema) -> list[Chapter]:
    """Return the operations of a description by what they are about."""
    found: dict[str, list[OperationText]] = {}
    paths = cast("Mapping[str, Mapping[str, Schema]]", description["paths"])
    reader = _Reader(description)
    for path, methods in paths.items():
        for method, operation in methods.items():
            tag = cast("list[str]", operation["tags"])[0]
            found.setdefault(tag, []).append(reader.operation(path, method, operation))
    return [Chapter(name, operations) for name, operations in found.items()]


class _Reader:
    """Follows the description's pointers."""

    def __init__(self, description: Schema) -> None:
        components = cast("Mapping[str, Mapping[str, Schema]]", description["components"])
        self._schemas = components["schemas"]

    def operation(self, path: str, method: str, operation: Schema) -> OperationText:
        """Return an operation with its fields."""
        answers = cast("Mapping[str, Schema]", operation["responses"])
        status = next(iter(answers))
        return OperationText(
            key=str(operation["operationId"]),
            method=method.upper(),
            path=path,
            summary=str(operation["summary"]),
            description=str(operation.get("description", "")),
            parameters=[self._parameter(schema) for schema in cast("list[Schema]", operation["parameters"])],
            body=list(self._fields(_content(cast("Schema", operation.get("requestBody", {}))))),
            answer=list(self._fields(_content(answers[status]))),
            success=f"{status} {HTTPStatus(int(status)).phrase}",
            refusals=[code for code in answers if code != status],
        )

    def _parameter(self, parameter: Schema) -> FieldLine:
        schema = cast("Schema", parameter["schema"])
        return FieldLine(
            name=str(parameter["name"]),
            kind=self._kind(schema),
            description=str(parameter.get("description", "")),
            is_required=bool(parameter["required"]),
        )

    def _fields(self, schema: Schema, prefix: str = "") -> Iterator[FieldLine]:
        """Yield the keys of an object, those of what it holds after it."""
        schema = self._resolved(schema)
        required = cast("list[str]", schema.get("required", []))
        for name, part in cast("Mapping[str, Schema]", schema.get("properties", {})).items():
            told = self._resolved(part)
            yield FieldLine(
                f"{prefix}{name}", self._kind(part), str(told.get("description", "")), name in required
            )
            inner = cast("Schema", told.get("items", told))
            if inner.get("anyOf"):
                inner = cast("list[Schema]", inner["anyOf"])[0]
            yield from self._fields(inner, f"{prefix}{name}.")

    def _resolved(self, schema: Schema) -> Schema:
        """Return what a schema points to, and what it is all of."""
        if "$ref" in schema:
            return self._resolved(self._schemas[str(schema["$ref"]).rpartition("/")[2]])
        if "allOf" not in schema:
            return schema
        whole: Schema = {"properties": {}, "required": []}
        for part in (self._resolved(part) for part in cast("list[Schema]", schema["allOf"])):
            cast("dict[str, object]", whole["properties"]).update(cast("Schema", part["properties"]))
            cast("list[str]", whole["required"]).extend(cast("list[str]", part["required"]))
        return whole

    def _kind(self, schema: Schema) -> str:
        """Return what kind of value it is, in a few words."""
        told = self._resolved(schema)
        kinds = told.get("type", "object")
        words = [" | ".join(cast("list[str]", kinds)) if isinstance(kinds, list) else str(kinds)]
        if "enum" in told:
            words = [" | ".join(str(code) for code in cast("list[object]", told["enum"]) if code is not None)]
        words += [f"{sign} {told[name]}" for name, sign in BOUNDS if name in told]
        if "maxLength" in told:
            words.append(_("at most %(length)s characters") % {"length": told["maxLength"]})
        return ", ".join(words)


def _content(holder: Schema) -> Schema:
    """Return the schema of the JSON in a body or an answer; an empty one where there is none."""
    content = cast("Mapping[str, Mapping[str, Schema]]", holder.get("content", {}))
    return content.get("application/json", {}).get("schema", {})
