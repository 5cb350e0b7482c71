"""The description as a page for people: chapters of operations, each with its fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast

from django.utils.translation import gettext as _

from api.schemas import JsonSchema

LIMITS = (("minimum", "≥"), ("maximum", "≤"))


@dataclass(frozen=True)
class FieldText:
    """A parameter, or a key of a body or of a response."""

    name: str
    type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class OperationText:
    """An operation as people read it."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[FieldText]
    body: list[FieldText]
    response: list[FieldText]
    success: str
    errors: list[str]


@dataclass(frozen=True)
class Chapter:
    """The operations of one tag."""

    name: str
    operations: list[OperationText]


def chapters_of(description: JsonSchema) -> list[Chapter]:
    """Return the operations of a description by tag."""
    found: dict[str, list[OperationText]] = {}
    paths = cast("Mapping[str, Mapping[str, JsonSchema]]", description["paths"])
    reader = _Reader(description)
    for path, methods in sorted(paths.items()):
        for method, operation in methods.items():
            tag = cast("list[str]", operation["tags"])[0]
            found.setdefault(tag, []).append(reader.operation(path, method, operation))
    return [Chapter(name, operations) for name, operations in found.items()]


class _Reader:
    """Follows the description's references."""

    def __init__(self, description: JsonSchema) -> None:
        components = cast("Mapping[str, Mapping[str, JsonSchema]]", description["components"])
        self._schemas = components["schemas"]

    def operation(self, path: str, method: str, operation: JsonSchema) -> OperationText:
        """Return an operation with its fields."""
        responses = cast("Mapping[int, JsonSchema]", operation["responses"])
        status = min(responses)
        return OperationText(
            key=str(operation["operationId"]),
            method=method.upper(),
            path=path,
            summary=str(operation["summary"]),
            description=str(operation.get("description", "")),
            parameters=[self._parameter(item) for item in cast("list[JsonSchema]", operation["parameters"])],
            body=list(self._fields(_content(cast("JsonSchema", operation.get("requestBody", {}))))),
            response=list(self._fields(_content(responses[status]))),
            success=f"{int(status)} {HTTPStatus(status).phrase}",
            errors=[str(int(code)) for code in responses if code != status],
        )

    def _parameter(self, parameter: JsonSchema) -> FieldText:
        return FieldText(
            name=str(parameter["name"]),
            type=self._type(cast("JsonSchema", parameter["schema"])),
            description=str(parameter.get("description", "")),
            is_required=bool(parameter["required"]),
        )

    def _fields(self, schema: JsonSchema, prefix: str = "") -> Iterator[FieldText]:
        """Yield the keys of an object, each followed by those of an object in it."""
        schema = self._resolved(schema)
        required = cast("list[str]", schema.get("required", []))
        for name, part in cast("Mapping[str, JsonSchema]", schema.get("properties", {})).items():
            field = self._resolved(part)
            yield FieldText(
                f"{prefix}{name}", self._type(part), str(field.get("description", "")), name in required
            )
            yield from self._fields(cast("JsonSchema", field.get("items", field)), f"{prefix}{name}.")

    def _resolved(self, schema: JsonSchema) -> JsonSchema:
        """Return the schema itself for a reference, and the first one of several."""
        if "$ref" in schema:
            return self._resolved(self._schemas[str(schema["$ref"]).rpartition("/")[2]])
        if "anyOf" in schema:
            first = self._resolved(cast("list[JsonSchema]", schema["anyOf"])[0])
            return {**first, "description": schema.get("description", "")}
        return schema

    def _type(self, schema: JsonSchema) -> str:
        """Return the type of a value in a few words."""
        words = [" | ".join(self._types(schema))]
        words += [f"{sign} {schema[name]}" for name, sign in LIMITS if name in schema]
        if "maxLength" in schema:
            words.append(_("at most %(length)s characters") % {"length": schema["maxLength"]})
        return ", ".join(words)

    def _types(self, schema: JsonSchema) -> list[str]:
        if "anyOf" in schema:
            parts = cast("list[JsonSchema]", schema["anyOf"])
            return list(dict.fromkeys(name for part in parts for name in self._types(part)))
        schema = self._resolved(schema)
        if "enum" in schema:
            return [str(code) for code in cast("list[object]", schema["enum"]) if code is not None]
        types = schema.get("type", "object")
        return [str(name) for name in types] if isinstance(types, list) else [str(types)]


def _content(holder: JsonSchema) -> JsonSchema:
    """Return the schema of the JSON in a body or a response; empty where there is none."""
    content = cast("Mapping[str, Mapping[str, JsonSchema]]", holder.get("content", {}))
    return content.get("application/json", {}).get("schema", {})
