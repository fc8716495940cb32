"""Spans of this process for an OpenTelemetry collector: OTLP over HTTP, as JSON, from the standard library.

Off unless `RELAY_TRACES` names a collector or `export_traces()` is called; when off, a send and a handler look at one variable
more. A send is a span until its caller is told the outcome, a handler's run is one too. Spans are sent by a thread of their
own, "relay-spans"; nobody waits for it. Bounded: 4,096 wait and one more is dropped; 512 go in one request, which is tried once
within 3 s and otherwise lost. Both are counted. No payload and no text of an error is told, because it may hold one.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import random
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from relay_sdk import _trace
from relay_sdk._errors import RelayError

if TYPE_CHECKING:
    from relay_sdk._handles import Sending
    from relay_sdk._message import Message

ENDPOINT, RATIO = "RELAY_TRACES", "RELAY_TRACES_RATIO"
USUAL_RATIO = 0.01
QUEUE, BATCH = 4_096, 512
TIMEOUT_S, EVERY_S = 3.0, 0.25
INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
Attribute = str | int | bool


class Span:
    """One piece of work under way; `context` is its W3C traceparent."""

    def __init__(self, export: TraceExport, kind: int, name: str, context: str, parent: str | None) -> None:
        self._export = export
        self.kind = kind
        self.name = name
        self.context = context
        self.parent = parent
        self.start_ns = time.time_ns()
        self.end_ns = 0
        self.attributes: dict[str, Attribute] = {}
        self.failed = False

    def end(self, error: BaseException | None = None) -> None:
        """It was done, or failed: only the kind of the error is told. A second end changes nothing."""
        if self.end_ns:
            return
        self.end_ns = time.time_ns()
        if error is not None:
            self.failed = True
            self.attributes["error.type"] = error.code if isinstance(error, RelayError) else type(error).__qualname__
        self._export.take(self)

    def end_with(self, sending: Sending, stage: int) -> None:
        """Ends when the caller can know: at the receipt, or at the answer."""

        def over() -> None:
            self.attributes["messaging.message.id"] = sending.id
            self.end(sending._error)

        if not sending._watch(stage, over):
            over()


class TraceExport:
    """The queue of finished spans and the thread that sends them. `exported` and `dropped` count."""

    def __init__(self, endpoint: str, service: str, ratio: float) -> None:
        if not endpoint.startswith(("http://", "https://")):
            raise ValueError(f"traces go to http or https: endpoint={endpoint!r}")
        if not 0 <= ratio <= 1:
            raise ValueError(f"the ratio of traces must be 0 to 1: ratio={ratio}")
        self._endpoint = endpoint
        self._service = service
        self._ratio = ratio
        self._queue: queue.Queue[Span] = queue.Queue(QUEUE)
        self.exported = 0
        self.dropped = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay-spans", daemon=True)
        self._thread.start()

    def starts_trace(self) -> bool:
        return random.random() < self._ratio

    def take(self, span: Span) -> None:
        try:
            if self._over.is_set():
                raise queue.Full
            self._queue.put_nowait(span)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Sends what waits, for at most two requests' time, and takes no more."""
        self._over.set()
        self._thread.join(2 * TIMEOUT_S)

    def _run(self) -> None:
        while not (self._over.is_set() and self._queue.empty()):
            batch = self._gather()
            if not batch:
                continue
            if self._send(batch):
                self.exported += len(batch)
            else:
                self.dropped += len(batch)

    def _gather(self) -> list[Span]:
        """Waits for a moment, then takes what has come."""
        self._over.wait(EVERY_S)
        batch: list[Span] = []
        while len(batch) < BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    def _send(self, batch: list[Span]) -> bool:
        body = json.dumps(_request(self._service, batch)).encode()
        call = urllib.request.Request(self._endpoint, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(call, timeout=TIMEOUT_S) as answer:
                return bool(answer.status // 100 == 2)
        except (OSError, ValueError):
            return False  # counted; the next batch tries again


def _request(service: str, batch: list[Span]) -> dict[str, Any]:
    scope = {"scope": {"name": "relay_sdk"}, "spans": [_json(span) for span in batch]}
    resource = {"attributes": _attributes({"service.name": service})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def _json(span: Span) -> dict[str, Any]:
    found = {
        "traceId": span.context[3:35],
        "spanId": span.context[36:52],
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
    }
    if span.parent is not None:
        found["parentSpanId"] = span.parent[36:52]
    if span.failed:
        found["status"] = {"code": 2}
    return found


def _attributes(attributes: dict[str, Attribute]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Attribute) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


active: TraceExport | None = None
_starting = threading.Lock()


def export_traces(endpoint: str, service: str, ratio: float = USUAL_RATIO) -> TraceExport:
    """Exports the spans of this process from now on. `ratio` is the share of traces that begin here.

    `endpoint` is where a collector takes OTLP over HTTP, as `http://127.0.0.1:4318/v1/traces`. Of traces that others have begun
    all spans are exported or none, as their sender decided.
    """
    global active
    active = TraceExport(endpoint, service, ratio)
    atexit.register(active.close)
    return active


def stop_traces() -> None:
    """Sends what waits and exports no more."""
    global active
    export, active = active, None
    if export is not None:
        export.close()


def from_environment(service: str) -> None:
    """As `export_traces`, if the environment says so; called when a client connects."""
    endpoint = os.environ.get(ENDPOINT)
    with _starting:
        if active is None and endpoint:
            export_traces(endpoint, service, float(os.environ.get(RATIO, USUAL_RATIO)))


def begin(kind: int, name: str, parent: str | None) -> Span | None:
    """A span under `parent`, or the first of a new trace; None when nothing is exported or the trace is not sampled."""
    export = active
    if export is None:
        return None
    if parent is None:
        return Span(export, kind, name, _trace.begin(), None) if export.starts_trace() else None
    return Span(export, kind, name, _trace.child(parent), parent) if int(parent[-1], 16) & 1 else None


def sending(verb: str, target: str, kind: str, named: str | None) -> Span | None:
    """The span of a send, None when off."""
    if active is None:
        return None
    span = begin(PRODUCER, f"{verb} {target}", named if named is not None else _trace.current())
    return None if span is None else _messaging(span, "send", verb, target, kind)


def handling(message: Message) -> Span | None:
    """The span of a handler's run; None for a message without a trace."""
    context = message.traceparent
    if context is None:
        return None
    agent = message._by().name
    span = begin(CONSUMER, f"process {agent}", context)
    if span is not None:
        _messaging(span, "process", "process", message.topic or agent, message.kind)
        span.attributes |= {
            "messaging.client.id": agent,
            "messaging.message.id": message.id,
            "messaging.message.body.size": len(message.bytes),
            "relay.sender": message.sender,
            "relay.attempt": message.attempt,
        }
    return span


def _messaging(span: Span, operation: str, verb: str, destination: str, kind: str) -> Span:
    span.attributes |= {
        "messaging.system": "relay",
        "messaging.operation.type": operation,
        "messaging.operation.name": verb,
        "messaging.destination.name": destination,
    }
    if kind:
        span.attributes["relay.kind"] = kind
    return span
