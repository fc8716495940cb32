"""The asyncio client. Everything runs on the event loop that entered it; no threads, no locks.

Handlers may be coroutines or plain functions (those block the loop while they run). Each lane's handlers run in order, up to
`handler_tasks` lanes at a time. `send` returns an awaitable handle at once, so thousands can be under way; a full outbox is
OUTBOX_FULL, and `await app.room()` waits for space.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, TypeVar

from relay_sdk import _invoke, _names, _protocol, _status
from relay_sdk._address import Backoff, socket_path
from relay_sdk._buffer import ReadBuffer
from relay_sdk._compose import compose, compose_topic
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused, RelayTimeout
from relay_sdk._handlers import Function, Handlers
from relay_sdk._handles import RECEIPT, REPLY, RESULT, ControlCall, Outcome, Receipt, Sending, Waitable
from relay_sdk._message import Message, Reply
from relay_sdk._session import Session, SessionConfig, State

log = logging.getLogger("relay_sdk")
F = TypeVar("F", bound=Function)
CONTROL_TIMEOUT = 5.0
TURN = 64


async def _stage(waitable: Waitable, stage: int, timeout: float | None) -> bool:
    """Waits on the loop until the stage is reached; False at the timeout."""
    if waitable._ready(stage):
        return True
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    if not waitable._watch(stage, wake):
        return True
    try:
        async with asyncio.timeout(timeout):
            await future
    except TimeoutError:
        return waitable._ready(stage)
    finally:
        waitable._unwatch(wake)
    return True


class AsyncSendHandle(Sending):
    """Awaitable receipt: `receipt = await handle`. Raises RelayRefused, or RelayClosed when the outcome stays unknown."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Receipt]:
        return self.result().__await__()

    async def result(self, timeout: float | None = None) -> Receipt:
        """The receipt; RelayTimeout after `timeout` seconds (the outcome is then unknown)."""
        if not await _stage(self, RECEIPT, timeout):
            raise RelayTimeout(f"No receipt within timeout_s={timeout} for {self._describe()}.")
        return self._receipt()

    async def outcome(self, timeout: float | None = None) -> Outcome:
        """The same as a value; "unknown" when the time is up."""
        await _stage(self, RECEIPT, timeout)
        return self._outcome()

    async def handled(self, timeout: float | None = None) -> Receipt:
        """Waits until the addressee has finished it; for messages sent with `want_result=True`."""
        if not await _stage(self, RESULT, timeout):
            raise RelayTimeout(f"Not handled within timeout_s={timeout}: {self._describe()}.")
        return self._handled()

    async def reply(self, timeout: float | None = None) -> Reply:
        """Waits for the answer of a request."""
        if not await _stage(self, REPLY, timeout):
            raise RelayTimeout(f"No reply within timeout_s={timeout} for {self._describe()}.")
        return self._answer()


class AsyncRelay:
    """A named agent on the bus, for one event loop. `app.run()`, or `async with AsyncRelay(name) as app`.

    All calls from the loop's thread.
    """

    def __init__(
        self,
        name: str,
        socket: str | os.PathLike[str] | None = None,
        *,
        namespace: str = "default",
        auth: str | None = None,
        takeover: bool = False,
        handler_tasks: int = 16,
        ack: str = "on_success",
        window_messages: int = 2_000,
        outbox_messages: int = 10_000,
        outbox_bytes: int = 16 << 20,
        connect_timeout: float = 5.0,
        close_timeout: float = 5.0,
    ) -> None:
        if not _names.is_agent(name):
            raise RelayRefused("BAD_NAME", f"name={name!r}.")
        self.name = name
        self._path = socket_path(socket)
        self._outbox_messages = outbox_messages
        self._outbox_bytes = outbox_bytes
        self._connect_timeout = connect_timeout
        self._close_timeout = close_timeout
        self._handler_tasks = handler_tasks
        self._handlers = Handlers(ack)
        self._session = Session(SessionConfig(name, namespace, auth, takeover, window_messages), self._deliver)
        self._submitted_count = 0
        self._submitted_bytes = 0
        self._link: _Link | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(handler_tasks)
        self._stop = asyncio.Event()
        self._room = asyncio.Event()
        self._started = False
        self._closing = False
        self._connect_calls: list[Callable[[], None]] = []

    # ---- sending ----

    def send(self, target: str, kind: str, payload: Any = None, **options: Any) -> AsyncSendHandle:
        """Hands a message to the bus at once; await the handle for the receipt. OUTBOX_FULL when there is no room.

        Options: `ttl` seconds, `priority`, `content`, `require_disk`, `journal`, `want_result`, `express`, `app_id`.
        """
        return self._submit(compose(AsyncSendHandle, target, kind, payload, **options))

    async def send_and_wait(self, target: str, kind: str, payload: Any = None, *, timeout: float, **options: Any) -> Receipt:
        """Returns when the addressee's handler has finished the message; RelayDeadLettered when it never will."""
        handle = compose(AsyncSendHandle, target, kind, payload, want_result=True, **options)
        return await self._submit(handle).handled(timeout)

    async def request(self, target: str, kind: str, payload: Any = None, *, timeout: float, **options: Any) -> Reply:
        """Asks and waits for the answer. RelayRemoteError when the handler failed; the request expires with `timeout`."""
        options.setdefault("ttl", max(timeout, 0.001))
        handle = self._submit(compose(AsyncSendHandle, target, kind, payload, request=True, want_result=True, **options))
        try:
            return await handle.reply(timeout)
        finally:
            self._session.forget(handle)

    def publish(self, topic: str, payload: Any = None, *, kind: str | None = None, **options: Any) -> AsyncSendHandle:
        """Publishes to every subscription that matches; `handle.matched` says how many did."""
        return self._submit(compose_topic(AsyncSendHandle, topic, kind, payload, **options))

    async def room(self, timeout: float | None = None) -> None:
        """Waits until the outbox has room for another message; RelayTimeout when it stays full."""
        try:
            async with asyncio.timeout(timeout):
                while not self._has_room(_protocol.HEADER_SIZE):
                    self._check()
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise RelayTimeout(f"The outbox had no room within timeout_s={timeout}.") from None

    # ---- receiving ----

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

    async def subscribe(self, pattern: str, durable: bool = True, *, timeout: float = CONTROL_TIMEOUT) -> dict[str, Any]:
        """From its return on everything accepted on a matching topic is delivered; durable ones also while away."""
        if not _names.is_pattern(pattern):
            raise RelayRefused("BAD_NAME", f"pattern={pattern!r}.")
        call = ControlCall("subscribe", {"topic": pattern, "durable": durable}, repeatable=True)
        return await self._call(call, timeout)

    async def unsubscribe(self, pattern: str, *, timeout: float = CONTROL_TIMEOUT) -> dict[str, Any]:
        return await self._call(ControlCall("unsubscribe", {"topic": pattern}, repeatable=True), timeout)

    async def connect(self) -> None:
        """Connects; RelayClosed NOT_CONNECTED when the daemon cannot be reached within `connect_timeout`."""
        self._check()
        if self._link is not None:
            return
        self._link = _Link(self)
        try:
            async with asyncio.timeout(self._connect_timeout):
                await self._link.opened.wait()
        except TimeoutError:
            detail = f"socket={self._path!r} waited_s={self._connect_timeout} {self._link.error}."
            await self.close(0.0)
            raise RelayClosed(detail, "NOT_CONNECTED") from None
        if self._session.failure is not None:
            self._link.stop()
            raise self._session.failure

    async def start(self) -> None:
        """Deliveries begin. Sending needs no start."""
        await self.connect()
        if self._started:
            return
        self._started = True
        for pattern, durable in self._handlers.topics().items():
            await self.subscribe(pattern, durable)
        self._session.start()
        self._flush()

    def run(self) -> None:
        """Runs a loop of its own: connects, serves until SIGINT, SIGTERM or `stop()`, then drains and closes."""
        asyncio.run(self.serve())

    async def serve(self) -> None:
        """What `run()` does, inside a running loop."""
        loop = asyncio.get_running_loop()
        caught = []
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread
                loop.add_signal_handler(number, self._stop.set)
                caught.append(number)
        try:
            await self.start()
            await self._stop.wait()
        finally:
            for number in caught:
                loop.remove_signal_handler(number)
            await self.close()
        failure = self._session.failure
        if failure is not None and failure.code != "CLOSED":
            raise failure

    def stop(self) -> None:
        """Makes `run()` and `serve()` return."""
        self._stop.set()

    # ---- about ----

    async def control(self, op: str, *, timeout: float = CONTROL_TIMEOUT, **args: Any) -> dict[str, Any]:
        """A control operation of the daemon, by name (protocol, section 7)."""
        return await self._call(ControlCall(op, args), timeout)

    def get_health(self) -> dict[str, Any]:
        """State of this client; `control("health")` asks the daemon."""
        return _status.health(self._session, self._path)

    def get_metrics(self) -> dict[str, int]:
        """Counters of this client."""
        return _status.metrics(self._session)

    # ---- end ----

    async def close(self, timeout: float | None = None) -> None:
        """Drains: no new deliveries, running handlers end, receipts are awaited, all for `timeout` seconds at most."""
        if self._closing:
            return
        self._closing = True
        deadline = time.monotonic() + (self._close_timeout if timeout is None else timeout)
        self._session.pause()
        self._flush()
        tasks = self._tasks - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, deadline - time.monotonic()))
        link = self._link
        if link is not None:
            await link.drain(deadline)
            self._session.goodbye("close")
            link.flush_now()
            link.stop()
        for task in tasks:
            task.cancel()
        self._session.close(RelayClosed())
        self._changed()

    async def __aenter__(self) -> AsyncRelay:
        await self.connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.close()

    # ---- inside ----

    def _submit(self, handle: AsyncSendHandle) -> AsyncSendHandle:
        self._check()
        if self._closing and asyncio.current_task() not in self._tasks:
            raise RelayClosed()
        if not self._has_room(handle.size):
            detail = f"outbox_messages={self._outbox_messages} outbox_bytes={self._outbox_bytes}."
            raise RelayRefused("OUTBOX_FULL", f"{detail} `await app.room()` waits for space.")
        self._submitted_count += 1
        self._submitted_bytes += handle.size
        self._session.send(handle, _now_ms())
        self._flush()
        return handle

    def _has_room(self, size: int) -> bool:
        outbox = self._session.outbox
        count = self._submitted_count - outbox.resolved_count
        held = self._submitted_bytes - outbox.resolved_bytes
        return count < self._outbox_messages and (count == 0 or held + size <= self._outbox_bytes)

    async def _call(self, call: ControlCall, timeout: float) -> dict[str, Any]:
        self._check()
        self._session.control(call)
        self._flush()
        if not await _stage(call, 1, timeout):
            raise RelayTimeout(f"No answer within timeout_s={timeout} to op={call.op!r}.")
        return call._value()

    def _check(self) -> None:
        if self._session.state is State.CLOSED:
            raise self._session.failure or RelayClosed()

    def _flush(self) -> None:
        if self._link is not None:
            self._link.flush()

    def _changed(self) -> None:
        """The session moved: room may be free, the end may have come."""
        self._room.set()
        if self._session.state is State.CLOSED:
            self._stop.set()

    def _deliver(self, message: Message) -> None:
        message._client = self
        lane = message._lane
        waiting: deque[Message] | None = lane.runner
        if waiting is None:
            waiting = lane.runner = deque()
        waiting.append(message)
        if len(waiting) == 1:
            task = asyncio.get_running_loop().create_task(self._run_lane(waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run_lane(self, waiting: deque[Message]) -> None:
        """One lane's messages in order. The one that runs stays at the front, so the next arrival starts no second task."""
        async with self._slots:
            turn = 0
            while waiting and not self._closing:
                await self._handle(waiting[0])
                waiting.popleft()
                turn += 1
                if turn % TURN == 0:
                    await asyncio.sleep(0)

    async def _handle(self, message: Message) -> None:
        if not _invoke.begin(message):
            return
        handler = self._handlers.find(message)
        if handler is None:
            _invoke.no_handler(message)
            return
        try:
            value = handler.function(message)
            if inspect.isawaitable(value):
                value = await value
        except Exception as error:
            _invoke.raised(message, error)
        else:
            _invoke.returned(handler, message, value)

    def _settle_ack(self, message: Message) -> None:
        self._session.finish(message)
        self._flush()

    def _settle_nack(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        lane = message._lane
        lane.skip_generation = max(lane.skip_generation, lane.generation)
        self._session.fail(message, nack_class, delay_ms, error)
        self._flush()

    def _settle_reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None:
        self._session.reply(message, payload, content, error)
        self._flush()


class _Link(asyncio.BufferedProtocol):
    """The connection of an AsyncRelay: connects, reconnects with jitter, moves bytes, ticks the session."""

    def __init__(self, relay: AsyncRelay) -> None:
        self._relay = relay
        self._session = relay._session
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = ReadBuffer()
        self._backoff = Backoff()
        self._writable = True
        self._flush_due = False
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self.opened = asyncio.Event()
        self.error = ""
        self._task = self._loop.create_task(self._connect())

    # ---- the transport's calls ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._stopped:
            transport.abort()
            return
        self._transport = transport
        self._writable = True
        self._buffer = ReadBuffer()
        self._session.connected(_now_ms())
        self.flush_now()
        self._tick()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer.space()

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._buffer.added(nbytes, self._session, _now_ms())
        except _protocol.FrameError as error:
            self._abort(error)
            return
        if self._session.state is State.OPEN and not self.opened.is_set():
            self.opened.set()
        if self._session.state is State.OPEN:
            self._backoff.reset()
        self._after()
        self.flush()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._session.lost()
        self._after()
        if exc is not None:
            self.error = f"error={exc}"
        if not self._stopped and self._session.state is not State.CLOSED:
            self._task = self._loop.create_task(self._connect(self._backoff.next_ms()))

    # ---- the relay's calls ----

    def flush(self) -> None:
        """One write at the end of this turn of the loop, for all that was asked in it."""
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self.flush_now)

    def flush_now(self) -> None:
        self._flush_due = False
        if self._transport is not None and self._writable:
            data = self._session.take_output()
            if data:
                self._transport.write(data)
        self._after()

    async def drain(self, deadline: float) -> None:
        """Waits until nothing sent lacks a receipt and no ACK is owed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                while not self._is_quiet():
                    self._quiet.clear()
                    await self._quiet.wait()

    def stop(self) -> None:
        self._stopped = True
        self._task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    # ---- inside ----

    def _is_quiet(self) -> bool:
        session = self._session
        if session.state is State.OPEN:
            return session.is_settled
        return session.state is State.CLOSED or session.outbox.unsafe_count == 0

    def _after(self) -> None:
        self._relay._changed()
        if self._is_quiet():
            self._quiet.set()
        if self._session.state is State.CLOSED:
            self.opened.set()
            self.stop()

    async def _connect(self, pause_ms: int = 0) -> None:
        while not self._stopped:
            await asyncio.sleep(pause_ms / 1000)
            try:
                await self._loop.create_unix_connection(lambda: self, self._relay._path)
            except OSError as error:
                self.error = f"error={error.strerror or error}"
                pause_ms = self._backoff.next_ms()
            else:
                return

    def _tick(self) -> None:
        if self._transport is None or self._stopped:
            return
        try:
            wait_ms = self._session.tick(_now_ms())
        except _protocol.FrameError as error:
            self._abort(error)
            return
        self.flush_now()
        self._timer = self._loop.call_later(min(wait_ms, 100) / 1000, self._tick)

    def _abort(self, error: RelayError | _protocol.FrameError) -> None:
        log.warning("connection dropped error=%s", error)
        self.error = f"error={error}"
        if self._transport is not None:
            self._transport.abort()


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
