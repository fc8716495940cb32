"""What the two clients have in common: a session, the bounds of its outbox, handlers, listeners, the application's inbox."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from relay_sdk import _names, _spans
from relay_sdk._address import socket_path
from relay_sdk._agents import COMMAND, Commands
from relay_sdk._dead_letters import DeadLetter, letter
from relay_sdk._errors import RelayRefused
from relay_sdk._events import Event, Listeners
from relay_sdk._handlers import Function, Handlers
from relay_sdk._handles import Pressure
from relay_sdk._message import Message
from relay_sdk._presence import declared
from relay_sdk._recorder import Inbox, Recorder
from relay_sdk._session import Session, SessionConfig

F = TypeVar("F", bound=Function)
PRESSURE = "pressure"


class Client:
    """See the module. Subclasses bring the threads or the loop, and the listeners and messages that fit."""

    _listeners: Listeners

    def __init__(
        self,
        socket: str | os.PathLike[str] | None,
        config: SessionConfig,
        metadata: dict[str, Any] | None,
        capabilities: Iterable[str] | None,
        ack: str,
        inbox: Inbox | None,
        outbox_messages: int,
        outbox_bytes: int,
    ) -> None:
        if not _names.is_agent(config.name):
            raise RelayRefused("BAD_NAME", f"name={config.name!r}.")
        self.name = config.name
        _spans.from_environment(config.name)
        self._path = socket_path(socket)
        self._outbox_messages = outbox_messages
        self._outbox_bytes = outbox_bytes
        self._submitted_count = 0
        self._submitted_bytes = 0
        self._handlers = Handlers(ack)
        self._taken: Commands | None = None
        self._started = False
        self._closing = False
        self._recorder = Recorder(inbox)
        self._session = Session(config, self._deliver)
        self._session.declared = declared(metadata, None if capabilities is None else list(capabilities))
        self._session.restore(self._recorder.load())
        self._session.outbox.on_pressure = lambda pressure: self._listeners.tell(PRESSURE, pressure)
        self._session.on_event = lambda name, body: self._listeners.tell(name, body)

    # ---- registering

    def on(
        self,
        kind: str | None = None,
        handler: Function | None = None,
        *,
        sender: str | None = None,
        topic: str | None = None,
        durable: bool = True,
        ack: str | None = None,
    ) -> Callable[[F], F]:
        """Registers a handler, as a call or a decorator; before `start()`. `topic` also subscribes to that pattern.

        Its return is the ack and answers a request; an exception is the nack. `"*"` takes every kind.
        """
        if self._started:
            raise RuntimeError("on() after start(): register handlers first, then start")

        def register(function: F) -> F:
            self._handlers.add(function, kind, sender, topic, durable, ack)
            return function

        if handler is not None:
            register(handler)
        return register

    def on_command(self, name: str, function: Callable[[dict[str, Any]], Any]) -> None:
        """Takes a command of an operator: called with its arguments, its return is the answer. Before `start()`.

        With the asyncio client it may be a coroutine.
        """
        if self._taken is None:
            self._taken = Commands()
            self.on(COMMAND, self._command_handler(self._taken))
        self._taken.add(name, function)

    def on_event(self, name: str, listener: Callable[[Event], Any]) -> None:
        """Calls the listener with each EVENT of this name that the daemon tells, as the protocol has it, in order.

        On a thread of its own, or on the loop. Events are lost with a connection: listen to "connected" too, and ask again.
        At most 1,024 wait for a listener; of more the oldest are lost, and "resync" tells it (its `of` is the name).
        """
        self._listeners.add(name, listener)

    def on_pressure(self, listener: Callable[[Pressure], Any]) -> Callable[[Pressure], Any]:
        """Calls the listener when a recipient's queue rises above or falls below its watermarks. Also a decorator.

        On a thread of its own, or on the loop.
        """
        self._listeners.add(PRESSURE, listener)
        return listener

    def on_dead_letter(self, listener: Callable[[DeadLetter], Any]) -> Callable[[DeadLetter], Any]:
        """Calls the listener when a message that this agent has sent is dead-lettered. Also a decorator.

        On a thread of its own, or on the loop. What dies while this agent is away is in `dead_letters()`.
        """
        self.on_event("dead_letter", lambda body: listener(letter(body)))
        return listener

    def declare(self, given: dict[str, Any]) -> None:
        """What later connections say of this agent when they are made; `presence().set` does it at once too."""
        self._session.declared.update(given)

    # ---- for the subclasses

    def _deliver(self, message: Message) -> None:
        raise NotImplementedError

    def _command_handler(self, commands: Commands) -> Function:
        raise NotImplementedError

    def _has_room(self, size: int) -> bool:
        outbox = self._session.outbox
        count = self._submitted_count - outbox.resolved_count
        held = self._submitted_bytes - outbox.resolved_bytes
        return count < self._outbox_messages and (count == 0 or held + size <= self._outbox_bytes)

    def _record(self, message: Message) -> None:
        self._recorder.settled(message)

    def _record_done(self, message: Message, state: bytes) -> None:
        self._recorder.done(message, state)

    def _metrics(self) -> dict[str, int]:
        """What listeners add to the session's counters."""
        return {"events_lost": self._listeners.lost_count, "listener_failures": self._listeners.failed_count}
