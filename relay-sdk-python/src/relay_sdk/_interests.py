"""Interests in topics, for both clients: what is subscribed to, and the arguments that say so."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class Interest:
    """Durable, with a backlog while the agent is away, or live; and which publications the daemon leaves out.

    `senders`: names, or beginnings with a star. `content_types`: "bytes", "json", "text", "msgpack" or numbers. None is all.
    """

    durable: bool = True
    senders: Sequence[str] | None = None
    content_types: Sequence[str | int] | None = None


#: Interests by the pattern of their topics.
Interests = Mapping[str, Interest]


def arguments(
    pattern: str, durable: bool, senders: Iterable[str] | None, content_types: Iterable[str | int] | None
) -> dict[str, Any]:
    given: dict[str, Any] = {"topic": pattern, "durable": durable}
    if senders is not None:
        given["senders"] = list(senders)
    if content_types is not None:
        given["content_types"] = list(content_types)
    return given
