"""A collector of traces: takes what services send over OTLP, as theirs would."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Exported:
    """A span as it came."""

    service: str
    name: str
    trace: bytes
    span: bytes
    parent: bytes
    links: tuple[bytes, ...]
    attributes: dict[str, str | int]
    error: bool
    text: str
    """All words of it, whoever chose them."""


@dataclass
class Collector:
    """What came so far."""

    address: str
    spans: list[Exported] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The headers of each request."""

    def named(self, name: str) -> list[Exported]:
        """Those of this name."""
        return [span for span in self.spans if span.name == name]

    def take(self, body: bytes, headers: dict[str, str]) -> None:
        """Takes a request."""
        self.asked.append(headers)
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            of_process = _attributes(of_service.resource.attributes)
            for scope in of_service.scope_spans:
                self.spans += [_read(one, of_process) for one in scope.spans]


def _attributes(pairs: Any) -> dict[str, str | int]:
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value")
        for pair in pairs
    }


def _words(span: Any, of_process: Mapping[str, str | int]) -> str:
    said = [dict(of_process), _attributes(span.attributes), span.trace_state, span.status.message]
    said += [_attributes(link.attributes) for link in span.links]
    said += [(event.name, _attributes(event.attributes)) for event in span.events]
    return str([span.name, *said])


def _read(span: Any, of_process: Mapping[str, str | int]) -> Exported:
    return Exported(
        service=str(of_process["service.name"]),
        name=span.name,
        trace=span.trace_id,
        span=span.span_id,
        parent=span.parent_span_id,
        links=tuple(link.span_id for link in span.links),
        attributes=_attributes(span.attributes),
        error=span.status.code == span.status.STATUS_CODE_ERROR,
        text=_words(span, of_process),
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """One that listens while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(body, {name.lower(): text for name, text in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield collector
        finally:
            server.shutdown()
            serving.join()
