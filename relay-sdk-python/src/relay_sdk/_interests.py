"""The arguments of a subscription, for both clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def arguments(
    pattern: str, durable: bool, senders: Iterable[str] | None, content_types: Iterable[str | int] | None
) -> dict[str, Any]:
    given: dict[str, Any] = {"topic": pattern, "durable": durable}
    if senders is not None:
        given["senders"] = list(senders)
    if content_types is not None:
        given["content_types"] = list(content_types)
    return given
