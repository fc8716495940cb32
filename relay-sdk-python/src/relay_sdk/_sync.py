"""The synchronous client: for threads, scripts, notebooks, and inside a running event loop.

Threads: whoever has the wheel (`_wheel`) calls the session and moves bytes; an I/O thread owns it, handler threads and callers
that ask one after the other are its guests. Others post commands to a deque and wake the driver with one byte if it sleeps.
Handlers run on `handler_threads` threads. Bounds: the outbox
(`outbox_messages`, `outbox_bytes`: `send` then waits `send_timeout` or raises OUTBOX_FULL; inside a handler it does not wait
unless told to), the delivery window, 1,024 events for each listener.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from relay_sdk import _invoke, _proposals, _status
from relay_sdk._agents import AgentOperations, Agents, Commands
from relay_sdk._client import Client
from relay_sdk._compose import compose, compose_topic, plain
from relay_sdk._dead_letters import DeadLetters
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused, RelayTimeout
from relay_sdk._events import Listener, Listeners, ListenerThread
from relay_sdk._exchanges import Exchanges
from relay_sdk._greeting import SessionConfig
from relay_sdk._groups import Groups
from relay_sdk._handlers import Function
from relay_sdk._handles import ControlCall, SendHandle, Sending
from relay_sdk._interests import Interests
from relay_sdk._lanes import Lanes
from relay_sdk._latest import Latest
from relay_sdk._message import Message
from relay_sdk._operations import CONTROL_TIMEOUT, Operations
from relay_sdk._pool import HandlerPool
from relay_sdk._presence import Presence
from relay_sdk._proposals import Proposals
from relay_sdk._quotas import Quotas
from relay_sdk._recorder import Inbox
from relay_sdk._state import SharedState
from relay_sdk._state_sync import StateChange
from relay_sdk._steps import blocking
from relay_sdk._sync_io import IoThread
from relay_sdk._windows import Windows

S = TypeVar("S", bound=Sending)


class Relay(Client):
    """A named agent on the bus. Connects when made; use it as a context manager, or call `close()`.

    `interests`, by pattern, hold from the beginning on; what the daemon refuses of them is raised.

    Thread-safe. A forked child may not use it: every call raises RelayClosed there. One that is still open when the
    interpreter exits is closed then, so that what was sent last is not lost.
    """

    def __init__(
        self,
        name: str,
        socket: str | os.PathLike[str] | None = None,
        *,
        namespace: str = "default",
        metadata: dict[str, Any] | None = None,
        capabilities: list[str] | tuple[str, ...] | None = None,
        interests: Interests | None = None,
        auth: str | None = None,
        takeover: bool = False,
        handler_threads: int = 4,
        ack: str = "on_success",
        inbox: Inbox | None = None,
        window_messages: int = 2_000,
        outbox_messages: int = 10_000,
        outbox_bytes: int = 16 << 20,
        send_timeout: float = 10.0,
        connect_timeout: float = 5.0,
        close_timeout: float = 5.0,
    ) -> None:
        config = SessionConfig(name, namespace, auth, takeover, window_messages)
        super().__init__(socket, config, metadata, capabilities, ack, inbox, outbox_messages, outbox_bytes)
        self._send_timeout = send_timeout
        self._close_timeout = close_timeout
        self._listeners = Listeners(self._listener)
        #: States that agents share.
        self.state = SharedState(self)
        #: Conflated topics: the latest value per key.
        self.latest = Latest(self)
        self._room_lock = threading.RLock()  # entered in one step, and again by a signal's handler; a condition is not
        self._room = threading.Condition(self._room_lock)
        self._forked = False
        self._stop_run = threading.Event()
        self._io = IoThread(name, self._session, self._path, self._room, self._on_end)
        self._pool = HandlerPool(name, handler_threads, self._handle, self._io)
        self._exchanges = Exchanges(self._io, self._submit)
        _live.add(self)
        self._io.start()
        self._await_open(connect_timeout)
        try:
            self._declare_interests(interests or {})
        except RelayError:
            self.close()
            raise

    # ---- sending ----

    def send(
        self,
        target: str,
        kind: str,
        payload: Any = None,
        *,
        timeout: float | None = None,
        **options: Any,
    ) -> SendHandle:
        """Hands a message to the bus and returns at once; `.result(timeout)` of the handle gives the receipt.

        `timeout`: seconds to wait for room in a full outbox (default `send_timeout`, 0 inside a handler); then OUTBOX_FULL.
        Options: `ttl` seconds; `priority` 0 to 255, between lanes; `require="disk"`: the receipt waits for the disk;
        `journal`: kept after the ack, for audit; `durability="none"`: express, to live agents only, at most once;
        `app_id`: another send with it is a duplicate; `key`: which partition, when `target` is a `group:NAME`; `content`,
        `traceparent`, `want_result`.
        """
        make = compose(SendHandle, target, kind, payload, **options) if options else plain(SendHandle, target, kind, payload)
        return self._submit(make, timeout)

    def send_many(
        self, target: str, kind: str, payloads: Iterable[Any], *, timeout: float | None = None, **options: Any
    ) -> list[SendHandle]:
        """Sends all in one call, options as for `send`; the handles are in the same order.

        What finds no room in the outbox within `timeout` seconds has a handle that fails with OUTBOX_FULL, and so has
        everything behind it.
        """
        handles = [compose(SendHandle, target, kind, payload, **options) for payload in payloads]
        self._submit_all(handles, timeout)
        return handles

    def publish(
        self, topic: str, payload: Any = None, *, kind: str | None = None, timeout: float | None = None, **options: Any
    ) -> SendHandle:
        """Publishes to every subscription that matches; `handle.matched` says how many did."""
        return self._submit(compose_topic(SendHandle, topic, kind, payload, **options), timeout)

    send_and_wait = blocking(Operations.send_and_wait)
    request = blocking(Operations.request)

    # ---- receiving ----

    subscribe = blocking(Operations.subscribe)
    _declare_interests = blocking(Operations.declare_interests)
    unsubscribe = blocking(Operations.unsubscribe)

    def start(self) -> None:
        """Deliveries begin. Sending needs no start."""
        self._check()
        if self._started:
            return
        self._started = True
        for pattern, durable in self._handlers.topics().items():
            self.subscribe(pattern, durable)
        self._pool.start()
        self._io.post(self._session.start)

    def run(self) -> None:
        """Starts, serves until SIGINT, SIGTERM or `stop()`, then drains and closes. Signals only in the main thread."""
        previous: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                previous[number] = signal.signal(number, lambda *_: self._stop_run.set())
        try:
            self.start()
            while not self._stop_run.wait(0.5) and not self._io.ended.is_set():
                pass
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            self.close()
        failure = self._session.failure
        if failure is not None and failure.code != "CLOSED":
            raise failure

    def stop(self) -> None:
        """Makes `run()` return. Any thread."""
        self._stop_run.set()

    # ---- about ----

    def control(self, op: str, *, timeout: float = CONTROL_TIMEOUT, **args: Any) -> dict[str, Any]:
        """A control operation of the daemon, by name (protocol, section 7)."""
        return self._call(ControlCall(op, args), timeout)

    _control = control
    _request = request
    fate = blocking(Operations.fate)
    shadow = blocking(Operations.shadow)
    stop_shadow = blocking(Operations.stop_shadow)
    wait_for_agent = blocking(Operations.wait_for_agent)
    wait_for_ready = blocking(Operations.wait_for_ready)

    def dead_letters(self) -> DeadLetters:
        """The daemon's dead-letter queue."""
        return DeadLetters(self.control)

    def presence(self) -> Presence:
        """Who is there, and what each says of itself."""
        return Presence(self)

    def lanes(self) -> Lanes:
        """The lanes that deliver to this agent."""
        return Lanes(self.control)

    def quotas(self) -> Quotas:
        """How much agents may send, and how much may wait for them."""
        return Quotas(self.control)

    def agents(self) -> Agents:
        """Health, metrics, pauses and breakers of this and other agents."""
        return Agents(self.control, self.request)

    # ---- as a team ----

    def groups(self) -> Groups:
        """Work groups: join and leave them, see who owns what."""
        return Groups(self)

    propose = blocking(_proposals.ProposalOperations.propose)
    send_command = blocking(AgentOperations.send_command)
    spawn = blocking(AgentOperations.spawn)
    release = blocking(AgentOperations.release)
    restart = blocking(AgentOperations.restart)
    pause = blocking(AgentOperations.pause)
    resume = blocking(AgentOperations.resume)
    emergency_stop = blocking(AgentOperations.emergency_stop)

    def update_state(self, values: Mapping[str, Any] | None = None, remove: Iterable[str] = ()) -> int:
        """Sets these keys of this agent's state, removes those; only what changed is sent. Returns its version."""
        return self.state.update(values, remove)

    def get_state(self, agent: str) -> dict[str, Any]:
        """The state that an agent shares."""
        return self.state.get(agent)

    def watch_state(self, pattern: str, listener: Callable[[StateChange], Any]) -> None:
        """Watches the states of agents by name, or by its beginning and `*`."""
        self.state.watch(pattern, listener)

    def windows(self) -> Windows:
        """Bounded windows of the last values."""
        return Windows(self.control)

    def proposals(self) -> Proposals:
        """Proposals and votes."""
        return Proposals(self)

    def get_health(self, agent: str | None = None) -> dict[str, Any]:
        """State of this client, or of an agent as the daemon sees it; `control("health")` is the daemon's own."""
        return _status.health(self._session, self._path) if agent is None else self.agents().health(agent)

    def get_metrics(self, agent: str | None = None) -> dict[str, Any]:
        """Counters of this client, or the metrics of an agent as the daemon sees it."""
        return _status.metrics(self._session) | self._metrics() if agent is None else self.agents().metrics(agent)

    # ---- end ----

    def close(self, timeout: float | None = None) -> None:
        """Drains: no new deliveries, running handlers end, receipts are awaited, all for `timeout` seconds at most.

        A handler that closes its own client is not acked: its message comes again to the next one of this name.
        """
        if self._forked:
            return
        if self._closing:
            if not self._pool.is_inside and not self._io.is_current:
                self._io.ended.wait(self._close_timeout)
            return
        self._closing = True
        self.latest.close()
        deadline = time.monotonic() + (self._close_timeout if timeout is None else timeout)
        self._io.post(self._session.pause)
        self._io.wheel.ring_if_left_by(threading.get_ident())
        if self._started:
            self._pool.stop(max(0.0, deadline - time.monotonic()))
        self._io.finish_by(deadline)
        if not self._io.is_current:
            self._io.join(max(0.1, deadline + 1.0 - time.monotonic()))

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # ---- callers' side ----

    def _submit(self, handle: S, timeout: float | None) -> S:
        self._check_sending()
        with self._room_lock:
            self._take_room(handle, timeout)
            self._io.post(handle)
        return handle

    def _exchange(self, sending: Sending, stage: int, timeout: float) -> bool:
        return self._exchanges.run(sending, stage, timeout)

    def _submit_all(self, handles: list[SendHandle], timeout: float | None) -> None:
        self._check_sending()
        deadline = time.monotonic() + self._patience(timeout)
        with self._room_lock:
            for number, handle in enumerate(handles):
                try:
                    self._take_room(handle, max(0.0, deadline - time.monotonic()))
                except RelayRefused as full:
                    for late in handles[number:]:
                        late._error = full
                    return
                self._io.post(handle)

    def _take_room(self, handle: Sending, timeout: float | None) -> None:
        """With the room's lock."""
        size = handle.size
        if not self._has_room(size):
            self._wait_for_room(size, self._patience(timeout))
        self._submitted_count += 1
        self._submitted_bytes += size

    def _wait_for_room(self, size: int, timeout: float) -> None:
        io = self._io
        io.room_waiters += 1
        io.wheel.ring_if_left_by(threading.get_ident())
        try:
            ok = self._room.wait_for(lambda: self._has_room(size) or io.ended.is_set(), timeout)
        finally:
            io.room_waiters -= 1
        if not ok:
            detail = f"outbox_messages={self._outbox_messages} outbox_bytes={self._outbox_bytes} waited_s={timeout}."
            raise RelayRefused("OUTBOX_FULL", detail)

    def _patience(self, timeout: float | None) -> float:
        if timeout is not None:
            return timeout
        return 0.0 if self._pool.is_inside else self._send_timeout

    def _call(self, call: ControlCall, timeout: float) -> dict[str, Any]:
        self._check()
        self._io.post(lambda: self._session.control(call))
        if not call._wait(1, timeout):
            raise RelayTimeout(f"No answer within timeout_s={timeout} to op={call.op!r}.")
        return call._value()

    def _forget(self, sending: Sending) -> None:
        self._io.post(lambda: self._session.dialogue.forget(sending))

    def _check(self) -> None:
        if self._forked:
            raise RelayClosed("This process was forked from the one that made the client; make one after the fork.")
        if self._io.ended.is_set():
            raise self._session.failure or RelayClosed()

    def _check_sending(self) -> None:
        self._check()
        if self._closing and not self._pool.is_inside:
            raise RelayClosed()

    def _await_open(self, timeout: float) -> None:
        if self._io.opened.wait(timeout) and self._session.failure is None:
            return
        detail = f"socket={self._path!r} waited_s={timeout} {self._io.connect_error}."
        failure = self._session.failure or _status.in_use(self._session) or RelayClosed(detail, "NOT_CONNECTED")
        self._closing = True
        self._io.finish_by(0.0)
        self._io.join(2.0)
        raise failure

    def _on_end(self) -> None:
        """On the I/O thread, its last act."""
        self._listeners.stop()
        self._recorder.close()

    # ---- handlers and listeners ----

    def _listener(self, name: str, function: Callable[[Any], Any], caught_up: Callable[[int], None]) -> Listener[Any]:
        return ListenerThread(name, function, caught_up, self.name)

    def _command_handler(self, commands: Commands) -> Function:
        return commands.handle

    def _handle(self, message: Message) -> None:
        _invoke.handle(self._handlers, message)

    def _deliver(self, message: Message) -> None:
        message._client = self
        self._pool.add(message)

    def _settle_ack(self, message: Message) -> None:
        self._io.post(message)

    def _settle_nack(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        lane = message._lane
        lane.skip_generation = max(lane.skip_generation, lane.generation)
        self._io.post(lambda: self._session.fail(message, nack_class, delay_ms, error))

    def _settle_reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None:
        self._io.post(lambda: self._session.dialogue.reply(message, payload, content, error))

    def _after_fork(self) -> None:
        self._forked = True
        self._io.forked()
        self._exchanges.forked()


_live: weakref.WeakSet[Relay] = weakref.WeakSet()


def _mark_forked() -> None:
    for relay in list(_live):
        relay._after_fork()


def _close_all() -> None:
    """The interpreter ends, its daemon threads with it: what is still in an outbox is written first."""
    for relay in list(_live):
        relay.close()


os.register_at_fork(after_in_child=_mark_forked)
atexit.register(_close_all)
