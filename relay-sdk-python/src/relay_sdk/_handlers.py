"""Which function handles a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relay_sdk import _names
from relay_sdk._message import Message

Function = Callable[[Message], Any]
ACK_MODES = ("on_success", "manual")
MAX_KNOWN = 4_096


@dataclass(frozen=True)
class Handler:
    """A registered function and what it is for. `kind`, `sender`, `topic`: None is any."""

    function: Function
    kind: str | None
    sender: str | None
    topic: str | None
    durable: bool
    manual: bool

    def takes(self, message: Message, topic: str | None) -> bool:
        if self.sender is not None and self.sender != message.sender:
            return False
        if self.kind is not None and self.kind != message.kind:
            return False
        return self.topic is None or (topic is not None and _names.matches(self.topic, topic))


class Handlers:
    """Filled before `start()`, read by handler threads after it. The first that fits, in order of registration.

    What was found for a kind and sender is remembered, for at most 4,096 of them.
    """

    def __init__(self, default_ack: str) -> None:
        _check_ack(default_ack)
        self._default_ack = default_ack
        self._all: list[Handler] = []
        self._found: dict[tuple[str, str], Handler | None] = {}

    def add(
        self,
        function: Function,
        kind: str | None,
        sender: str | None,
        topic: str | None,
        durable: bool,
        ack: str | None,
    ) -> None:
        mode = ack if ack is not None else self._default_ack
        _check_ack(mode)
        if kind is None and sender is None and topic is None:
            raise ValueError('on() needs a kind, a sender or a topic; "*" as kind takes every message')
        if sender is not None and not _names.is_agent(sender):
            raise ValueError(f"sender={sender!r} is not an agent's name")
        if topic is not None and not _names.is_pattern(topic):
            raise ValueError(f"topic={topic!r} is not a topic pattern")
        wanted = None if kind == "*" else kind
        self._all.append(Handler(function, wanted, sender, topic, durable, mode == "manual"))

    def find(self, message: Message) -> Handler | None:
        lane = message._lane
        if lane.cls == "topic":
            return self._search(message, message.topic)
        key = (message.kind, lane.sender)
        try:
            return self._found[key]
        except KeyError:
            found = self._search(message, None)
            if len(self._found) < MAX_KNOWN:
                self._found[key] = found
            return found

    def _search(self, message: Message, topic: str | None) -> Handler | None:
        return next((handler for handler in self._all if handler.takes(message, topic)), None)

    def topics(self) -> dict[str, bool]:
        """Patterns that handlers ask for, and whether durably."""
        return {h.topic: h.durable for h in reversed(self._all) if h.topic is not None}


def _check_ack(mode: str) -> None:
    if mode not in ACK_MODES:
        raise ValueError(f"ack={mode!r}; choose one of {ACK_MODES}")
