"""W3C trace context over handlers: `_trace` and what a send inherits from the message that is handled."""

from __future__ import annotations

import pytest

from relay_sdk import _compose, _trace, begin_trace, current_trace
from relay_sdk import _protocol as p
from relay_sdk._handles import SendHandle

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def context(handle: SendHandle) -> str | None:
    return _trace.legal(p.find(handle._block, p.KEY_TRACEPARENT)) if handle._block else None


def test_a_trace_begins_in_the_form_of_the_standard() -> None:
    assert _trace.legal(begin_trace().encode()) is not None
    assert begin_trace() != begin_trace()
    assert current_trace() is None


@pytest.mark.parametrize("send", [_compose.compose, _compose.plain])
def test_a_send_in_a_handler_is_a_new_span_of_its_message(send: object) -> None:
    token = _trace.handling.set(PARENT)
    try:
        found = context(send(SendHandle, "risk", "order", {}))  # type: ignore[operator]
    finally:
        _trace.handling.reset(token)
    assert found is not None
    assert found[:36] == PARENT[:36]
    assert found[36:52] != PARENT[36:52]
    assert context(send(SendHandle, "risk", "order", {})) is None  # type: ignore[operator]


def test_a_context_that_is_named_stands() -> None:
    assert context(_compose.compose(SendHandle, "risk", "order", {}, traceparent=PARENT)) == PARENT


@pytest.mark.parametrize("bad", [b"", b"x", PARENT.upper().encode(), b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01", b"\xff"])
def test_a_malformed_context_ends(bad: bytes) -> None:
    assert _trace.legal(bad) is None
