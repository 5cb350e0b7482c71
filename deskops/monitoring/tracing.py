"""Traces for OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names who collects them.

The libraries are the optional extra `tracing`. OpenTelemetry's own variables choose samples and names.
"""

import os
from collections.abc import Sequence
from typing import override

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

# Addresses may hold keys and what was searched for, and errors the rows of the database.
KEPT_ATTRIBUTES = frozenset(
    {
        *("http.method", "http.request.method", "http.route", "http.scheme", "http.flavor"),
        *("http.status_code", "http.response.status_code", "db.system", "db.system.name", "db.statement"),
        *("db.query.text", "db.name", "db.namespace", "error.type"),
    }
)


class PrivateExporter(SpanExporter):
    """Passes spans on without what names a person: only known attributes, no events, no error texts."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._exporter.export([without_personal_data(span) for span in spans])

    @override
    def shutdown(self) -> None:
        self._exporter.shutdown()

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def without_personal_data(span: ReadableSpan) -> ReadableSpan:
    """Return a span with the attributes that may leave the machine; values of SQL are not part of it."""
    attributes = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in attributes.items() if name in KEPT_ATTRIBUTES},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def start_tracing(exporter: SpanExporter | None = None) -> None:
    """Trace requests and queries from now on; called before the application is loaded."""
    name = os.environ.get("OTEL_SERVICE_NAME", "deskops")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(PrivateExporter(exporter or OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()
    PsycopgInstrumentor().instrument()
