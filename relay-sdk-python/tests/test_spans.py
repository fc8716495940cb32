"""Spans of this process at a collector: OTLP over HTTP, as JSON, to a real server."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from conftest import eventually
from relay_sdk import Message, Relay, RelayRefused, _compose, _spans, _trace, export_traces, stop_traces
from relay_sdk import _protocol as p
from relay_sdk._handles import RECEIPT, SendHandle
from relay_sdk.testing import local_relay

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = PARENT[:-1] + "0"


class Collector:
    """Keeps the spans that come; answers `status`."""

    def __init__(self) -> None:
        self.spans: list[dict[str, Any]] = []
        self.status = 200
        collector = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for resource in body["resourceSpans"]:
                    for scope in resource["scopeSpans"]:
                        collector.spans += scope["spans"]
                self.send_response(collector.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Taking)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def named(self, name: str) -> dict[str, Any]:
        return next(span for span in self.spans if span["name"] == name)


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    stop_traces()
    found.close()


def attributes(span: dict[str, Any]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


def test_nothing_is_made_while_nothing_is_exported() -> None:
    assert _spans.begin(_spans.PRODUCER, "send risk", PARENT) is None
    assert _spans.sending("send", "risk", "order", PARENT) is None


def test_a_send_is_a_span_until_its_outcome(collector: Collector) -> None:
    export = export_traces(collector.endpoint, "scanner", 1)
    handle = _compose.compose(SendHandle, "risk", "order", {"secret": "of-the-house"}, traceparent=PARENT)
    assert not collector.spans
    handle._error = RelayRefused("MAILBOX_FULL", "detail of-the-house")
    handle._fire()
    export.close()
    (span,) = collector.spans
    assert span["traceId"] == PARENT[3:35]
    assert span["parentSpanId"] == PARENT[36:52]
    assert _trace.legal(p.find(handle._block, p.KEY_TRACEPARENT)) == f"00-{span['traceId']}-{span['spanId']}-01"
    assert (span["name"], span["kind"], span["status"]) == ("send risk", 4, {"code": 2})
    assert attributes(span) | {
        "messaging.system": "relay",
        "messaging.destination.name": "risk",
        "messaging.operation.type": "send",
        "error.type": "MAILBOX_FULL",
        "relay.kind": "order",
        "messaging.message.id": handle.id,
    } == attributes(span)
    assert "of-the-house" not in json.dumps(collector.spans)


def test_an_outcome_that_is_there_already_ends_the_span(collector: Collector) -> None:
    export = export_traces(collector.endpoint, "scanner", 1)
    handle = _compose.compose(SendHandle, "risk", "order", {})
    span = _spans.sending("send", "risk", "order", None)
    assert span is not None
    handle._by = p.BY_ACK
    span.end_with(handle, RECEIPT)
    export.close()
    assert "parentSpanId" not in collector.named("send risk")


def test_of_a_trace_that_is_not_sampled_nothing_is_told(collector: Collector) -> None:
    export_traces(collector.endpoint, "scanner", 1)
    assert _spans.sending("send", "risk", "order", UNSAMPLED) is None
    stop_traces()
    export_traces(collector.endpoint, "scanner", 0)
    assert _spans.sending("send", "risk", "order", None) is None


def test_what_finds_no_room_or_no_collector_is_counted(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_spans, "QUEUE", 2)
    monkeypatch.setattr(_spans, "EVERY_S", 60.0)
    collector.status = 503
    export = export_traces(collector.endpoint, "scanner", 1)
    for _ in range(5):
        span = _spans.begin(_spans.INTERNAL, "work", PARENT)
        assert span is not None
        span.end()
        span.end()
    assert export.dropped == 3
    export.close()
    assert (export.exported, export.dropped) == (0, 5)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="http"):
        export_traces("grpc://x", "scanner")
    with pytest.raises(ValueError, match="ratio"):
        export_traces("http://127.0.0.1:1/v1/traces", "scanner", 2)


@pytest.mark.integration
def test_one_trace_from_a_send_over_a_handlers_request_to_the_answer(collector: Collector) -> None:
    with local_relay() as relayd, Relay("tr-risk", relayd.socket) as risk, Relay("tr-trader", relayd.socket) as trader:
        export_traces(collector.endpoint, "test", 1)

        @risk.on("exposure")
        def exposure(message: Message) -> Any:
            return {"context": message.traceparent}

        @trader.on("signal")
        def on_signal(message: Message) -> None:
            answer = trader.request("tr-risk", "exposure", {}, timeout=20)
            assert answer.traceparent == answer.json()["context"]

        risk.start()
        trader.start()
        with Relay("tr-scanner", relayd.socket) as scanner:
            scanner.send("tr-trader", "signal", {}).result(20)
        path = ["send tr-trader", "process tr-trader", "request tr-risk", "process tr-risk"]
        eventually(lambda: {span["name"] for span in collector.spans} >= set(path), "every span comes", 20)
    for before, after in itertools.pairwise(path):
        assert collector.named(after)["parentSpanId"] == collector.named(before)["spanId"]
    assert len({span["traceId"] for span in collector.spans}) == 1
