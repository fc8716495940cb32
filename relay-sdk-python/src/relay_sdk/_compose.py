"""From the arguments of a call to an entry of the outbox; the same for both clients."""

from __future__ import annotations

from typing import Any, TypeVar

from relay_sdk import _groups, _names, _spans, _trace
from relay_sdk import _protocol as p
from relay_sdk._errors import RelayRefused
from relay_sdk._handles import RECEIPT, REPLY, Sending
from relay_sdk._message import encode_payload

S = TypeVar("S", bound=Sending)
MAX_TTL_MS = (1 << 32) - 1
MAX_KIND_BYTES = 64
DURABILITIES = ("durable", "none")
MAX_KNOWN = 4_096
_streams: dict[str, tuple[str, str, str]] = {}
_kinds: set[str] = set()


def plain(make: type[S], target: str, kind: str, payload: Any) -> S:
    """A message to an agent without options. Names that were found legal are remembered, at most 4,096 of each."""
    stream = _streams.get(target)
    if (
        stream is None
        or kind not in _kinds
        or _trace.current() is not None
        or _spans.active is not None
        or _groups.handling.get() is not None
    ):
        handle = compose(make, target, kind, payload)
        if len(_streams) < MAX_KNOWN and len(_kinds) < MAX_KNOWN:
            _streams[target] = handle._target
            _kinds.add(kind)
        return handle
    data, content = encode_payload(payload)
    return make(stream, kind, data, content)


def compose(
    make: type[S],
    target: str,
    kind: str,
    payload: Any,
    *,
    content: int | None = None,
    ttl: float | None = None,
    priority: int = 0,
    require: str | None = None,
    journal: bool = False,
    want_result: bool = False,
    request: bool = False,
    durability: str = "durable",
    app_id: str | None = None,
    traceparent: str | None = None,
    key: str | None = None,
) -> S:
    """A message to an agent, or to a group as `group:NAME`. Illegal names are refused before anything is queued."""
    target_kind, name = _groups.target_of(target)
    flags = (p.WANT_RESULT if want_result else 0) | (p.REQUEST if request else 0)
    flags |= _required(require) | (p.JOURNAL if journal else 0)
    span = _spans.sending("request" if request else "send", target, kind, traceparent)
    routed = _groups.checked_key(target_kind, key) if key is not None else None
    headers = _headers(None, app_id, traceparent if span is None else span.context, routed)
    flags |= p.APP_ID if app_id is not None else 0
    if durability not in DURABILITIES:
        raise ValueError(f"durability={durability!r}; choose one of {DURABILITIES}")
    if durability == "none" and target_kind == "group":
        raise RelayRefused("BAD_REQUEST", "a group takes durable messages only.")
    stream = (target_kind, name, "express" if durability == "none" else "message")
    handle = _make(make, stream, _kind(kind), payload, content, flags, priority, ttl, headers)
    if span is not None:
        span.end_with(handle, REPLY if request else RECEIPT)
    return handle


def compose_topic(
    make: type[S],
    topic: str,
    kind: str | None,
    payload: Any,
    *,
    content: int | None = None,
    ttl: float | None = None,
    priority: int = 0,
    require: str | None = None,
    journal: bool = False,
    app_id: str | None = None,
    traceparent: str | None = None,
) -> S:
    """A publication on this process's one topics stream."""
    if not _names.is_topic(topic):
        raise RelayRefused("BAD_NAME", f"topic={topic!r}.")
    flags = _required(require) | (p.JOURNAL if journal else 0) | (p.APP_ID if app_id is not None else 0)
    name = _kind(kind) if kind is not None else ""
    span = _spans.sending("publish", topic, name, traceparent)
    headers = _headers(topic, app_id, traceparent if span is None else span.context)
    handle = _make(make, ("topics", "", "message"), name, payload, content, flags, priority, ttl, headers)
    if span is not None:
        span.end_with(handle, RECEIPT)
    return handle


def _make(
    make: type[S],
    stream: tuple[str, str, str],
    kind: str,
    payload: Any,
    content: int | None,
    flags: int,
    priority: int,
    ttl: float | None,
    headers: bytes,
) -> S:
    if not 0 <= priority <= 255:
        raise ValueError(f"priority={priority}; allowed is 0 to 255")
    data, found = encode_payload(payload)
    if ttl is not None and not 0.001 <= ttl <= MAX_TTL_MS / 1000:  # before it is made whole: of NaN and infinities
        raise ValueError(f"ttl={ttl} s; allowed is 0.001 to {MAX_TTL_MS / 1000:.0f}")
    return make(
        stream, kind, data, found if content is None else content,
        flags=flags, priority=priority, ttl_ms=0 if ttl is None else int(ttl * 1000), block=headers,
    )  # fmt: skip


def _required(require: str | None) -> int:
    if require not in (None, "disk"):
        raise ValueError(f'require={require!r}; choose "disk" or None')
    return p.REQUIRE_DISK if require == "disk" else 0


def _kind(kind: str) -> str:
    if not 1 <= len(kind.encode()) <= MAX_KIND_BYTES:
        raise ValueError(f"kind={kind!r}; allowed are 1 to {MAX_KIND_BYTES} bytes")
    return kind


def _headers(topic: str | None, app_id: str | None, traceparent: str | None, key: bytes | None = None) -> bytes:
    found: list[tuple[int, bytes]] = []
    seat = _groups.handling.get()
    if key is not None:
        found.append((p.KEY_PARTITION, key))
    if seat is not None:
        found.append((p.KEY_FENCE, seat.fence))
    if traceparent is None:
        traceparent = _trace.inherited()
    if topic is not None:
        found.append((p.KEY_TOPIC, topic.encode()))
    if traceparent is not None:
        found.append((p.KEY_TRACEPARENT, traceparent.encode()))
    if app_id is not None:
        if not 1 <= len(app_id.encode()) <= 128:
            raise ValueError("app_id has 1 to 128 bytes")
        found.append((p.KEY_APP_ID, app_id.encode()))
    return p.block(*found) if found else b""
