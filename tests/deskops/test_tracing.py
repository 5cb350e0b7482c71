"""OpenTelemetry traces, as a collector receives them from a process of its own."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.processes import database_url

REQUESTS = """
from wsgiref.util import setup_testing_defaults
from opentelemetry import trace
from deskops.wsgi import application
for path, query in (("/healthz", "q=secret"), ("/accounts/invitation/secret/", "")):
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_USER_AGENT": "secret"}
    environ["HTTP_HOST"] = "localhost"
    setup_testing_defaults(environ)
    response = application(environ, lambda status, headers: None)
    response.close()
trace.get_tracer_provider().shutdown()
"""


class Collector(http.server.HTTPServer):
    """Keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.received: list[Span] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for of_scope in of_resource.scope_spans:
                self.server.received += of_scope.spans
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Print nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


@pytest.mark.django_db
def test_traces_requests_and_queries_without_what_names_a_person(collector: Collector) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "deskops.settings",
        "DATABASE_URL": database_url(),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
    }

    subprocess.run([sys.executable, "-c", REQUESTS], cwd=settings.BASE_DIR, env=environment, check=True)

    spans = collector.received
    names = [span.name for span in spans]
    assert {"GET healthz", "GET accounts/invitation/<str:token>/"} <= set(names)
    if connection.vendor == "postgresql":
        assert any(span.name == "SELECT" for span in spans), names
    assert "secret" not in "".join(map(str, spans))
