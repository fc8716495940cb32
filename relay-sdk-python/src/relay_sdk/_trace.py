"""W3C trace context: what a handler sends belongs to the trace of the message that it handles.

A trace begins where a send names its `traceparent`; from there on it follows by itself. Each send is a new span of the same
trace. A malformed context ends here, as the standard says.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

_FORM = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
handling: ContextVar[str | None] = ContextVar("relay_traceparent", default=None)


def begin() -> str:
    """A new, sampled trace; for the `traceparent` of a first send."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current() -> str | None:
    """The trace context of the message that is being handled on this thread or task, else None."""
    return handling.get()


def inherited() -> str | None:
    """The context of a send that names none: a new span of the current trace."""
    parent = handling.get()
    return None if parent is None else child(parent)


def child(parent: str) -> str:
    return f"{parent[:36]}{secrets.token_hex(8)}{parent[52:]}"


def legal(value: bytes | None) -> str | None:
    """The context as text, None when it breaks the standard."""
    text = "" if value is None else value.decode("ascii", "replace")
    return text if _FORM.fullmatch(text) else None
