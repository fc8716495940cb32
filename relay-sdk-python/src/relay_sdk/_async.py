"""The asyncio client. Everything runs on the event loop that entered it; no threads, no locks.

Handlers may be coroutines or plain functions (those block the loop while they run). Each lane's handlers run in order, up to
`handler_tasks` lanes at a time. `send` returns an awaitable handle at once, so thousands can be under way; a full outbox is
OUTBOX_FULL, and `await app.room()` waits for space. Cancelling a call lets go of its answer, not of the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from relay_sdk import _invoke, _proposals, _protocol, _status
from relay_sdk._agents import AgentOperations, AsyncAgents, Commands
from relay_sdk._async_handles import AsyncSendHandle, stage_reached
from relay_sdk._async_link import Link, now_ms
from relay_sdk._client import Client
from relay_sdk._compose import compose, compose_topic
from relay_sdk._dead_letters import AsyncDeadLetters
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused, RelayTimeout
from relay_sdk._events import Listener, Listeners, ListenerTask
from relay_sdk._greeting import SessionConfig
from relay_sdk._groups import AsyncGroups
from relay_sdk._handlers import Function
from relay_sdk._handles import ControlCall, Sending
from relay_sdk._interests import Interests
from relay_sdk._lanes import AsyncLanes
from relay_sdk._latest import AsyncLatest
from relay_sdk._message import Message
from relay_sdk._operations import CONTROL_TIMEOUT, Operations
from relay_sdk._presence import AsyncPresence
from relay_sdk._proposals import AsyncProposals
from relay_sdk._quotas import AsyncQuotas
from relay_sdk._recorder import Inbox
from relay_sdk._session import State
from relay_sdk._state import AsyncSharedState
from relay_sdk._state_sync import StateChange
from relay_sdk._steps import awaited
from relay_sdk._windows import AsyncWindows

S = TypeVar("S", bound=Sending)
TURN = 64


class AsyncRelay(Client):
    """A named agent on the bus, for one event loop. `app.run()`, or `async with AsyncRelay(name) as app`.

    `interests`, by pattern, hold from the connect on; what the daemon refuses of them `connect()` raises.

    All calls from the loop that connected it, RuntimeError from elsewhere; acks by hand from any thread.
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
        handler_tasks: int = 16,
        ack: str = "on_success",
        inbox: Inbox | None = None,
        window_messages: int = 2_000,
        outbox_messages: int = 10_000,
        outbox_bytes: int = 16 << 20,
        connect_timeout: float = 5.0,
        close_timeout: float = 5.0,
    ) -> None:
        config = SessionConfig(name, namespace, auth, takeover, window_messages)
        super().__init__(socket, config, metadata, capabilities, ack, inbox, outbox_messages, outbox_bytes)
        self._interests = dict(interests or {})
        self._connect_timeout = connect_timeout
        self._close_timeout = close_timeout
        self._listeners = Listeners(self._listener)
        #: States that agents share.
        self.state = AsyncSharedState(self)
        #: Conflated topics: the latest value per key.
        self.latest = AsyncLatest(self)
        self._link: Link | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(handler_tasks)
        self._stop = asyncio.Event()
        self._room = asyncio.Event()
        self._connect_calls: list[Callable[[], None]] = []

    # ---- sending ----

    def send(self, target: str, kind: str, payload: Any = None, **options: Any) -> AsyncSendHandle:
        """Hands a message to the bus at once; await the handle for the receipt. OUTBOX_FULL when there is no room.

        Options: `ttl` seconds; `priority` 0 to 255, between lanes; `require="disk"`: the receipt waits for the disk;
        `journal`: kept after the ack, for audit; `durability="none"`: express, to live agents only, at most once;
        `app_id`: another send with it is a duplicate; `content`, `traceparent`, `want_result`.
        """
        return self._submit(compose(AsyncSendHandle, target, kind, payload, **options))

    def send_many(self, target: str, kind: str, payloads: Iterable[Any], **options: Any) -> list[AsyncSendHandle]:
        """Sends all in one call, options as for `send`; the handles are in the same order.

        What finds no room in the outbox has a handle that fails with OUTBOX_FULL, and so has everything behind it.
        """
        handles = [compose(AsyncSendHandle, target, kind, payload, **options) for payload in payloads]
        for number, handle in enumerate(handles):
            try:
                self._submit(handle)
            except RelayRefused as full:
                for late in handles[number:]:
                    late._error = full
                break
        return handles

    send_and_wait = awaited(Operations.send_and_wait)
    request = awaited(Operations.request)

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

    subscribe = awaited(Operations.subscribe)
    _declare_interests = awaited(Operations.declare_interests)
    unsubscribe = awaited(Operations.unsubscribe)

    async def connect(self) -> None:
        """Connects; RelayClosed NOT_CONNECTED when the daemon cannot be reached within `connect_timeout`."""
        self._check()
        if self._link is not None:
            return
        self._link = Link(self._session, self._path, self._changed)
        try:
            async with asyncio.timeout(self._connect_timeout):
                await self._link.opened.wait()
        except TimeoutError:
            detail = f"socket={self._path!r} waited_s={self._connect_timeout} {self._link.error}."
            in_use = _status.in_use(self._session)
            await self.close(0.0)
            raise in_use or RelayClosed(detail, "NOT_CONNECTED") from None
        if self._session.failure is not None:
            self._link.stop()
            raise self._session.failure
        try:
            await self._declare_interests(self._interests)
        except RelayError:
            await self.close()
            raise

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
        """Runs a loop of its own: connects, serves until SIGINT, SIGTERM or `stop()`, then drains and closes.

        With the extra `relay-sdk[uvloop]` installed it is a uvloop.
        """
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(self.serve())

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

    _control = control
    _request = request
    fate = awaited(Operations.fate)
    shadow = awaited(Operations.shadow)
    stop_shadow = awaited(Operations.stop_shadow)
    wait_for_agent = awaited(Operations.wait_for_agent)
    wait_for_ready = awaited(Operations.wait_for_ready)

    def dead_letters(self) -> AsyncDeadLetters:
        """The daemon's dead-letter queue."""
        return AsyncDeadLetters(self.control)

    def presence(self) -> AsyncPresence:
        """Who is there, and what each says of itself."""
        return AsyncPresence(self)

    def lanes(self) -> AsyncLanes:
        """The lanes that deliver to this agent."""
        return AsyncLanes(self.control)

    def quotas(self) -> AsyncQuotas:
        """How much agents may send, and how much may wait for them."""
        return AsyncQuotas(self.control)

    def agents(self) -> AsyncAgents:
        """Health, metrics, pauses and breakers of this and other agents."""
        return AsyncAgents(self.control, self.request)

    # ---- as a team ----

    def groups(self) -> AsyncGroups:
        """Work groups: join and leave them, see who owns what."""
        return AsyncGroups(self)

    propose = awaited(_proposals.ProposalOperations.propose)
    send_command = awaited(AgentOperations.send_command)
    spawn = awaited(AgentOperations.spawn)
    release = awaited(AgentOperations.release)
    restart = awaited(AgentOperations.restart)
    pause = awaited(AgentOperations.pause)
    resume = awaited(AgentOperations.resume)
    emergency_stop = awaited(AgentOperations.emergency_stop)

    async def update_state(self, values: Mapping[str, Any] | None = None, remove: Iterable[str] = ()) -> int:
        """Sets these keys of this agent's state, removes those; only what changed is sent. Returns its version."""
        return await self.state.update(values, remove)

    async def get_state(self, agent: str) -> dict[str, Any]:
        """The state that an agent shares."""
        return await self.state.get(agent)

    async def watch_state(self, pattern: str, listener: Callable[[StateChange], Any]) -> None:
        """Watches the states of agents by name, or by its beginning and `*`."""
        await self.state.watch(pattern, listener)

    def windows(self) -> AsyncWindows:
        """Bounded windows of the last values."""
        return AsyncWindows(self.control)

    def proposals(self) -> AsyncProposals:
        """Proposals and votes."""
        return AsyncProposals(self)

    def get_health(self) -> dict[str, Any]:
        """State of this client; `control("health")` asks the daemon."""
        return _status.health(self._session, self._path)

    def get_metrics(self) -> dict[str, int]:
        """Counters of this client."""
        return _status.metrics(self._session) | self._metrics()

    # ---- end ----

    async def close(self, timeout: float | None = None) -> None:
        """Drains: no new deliveries, running handlers end, receipts are awaited, all for `timeout` seconds at most.

        A handler that closes its own client is not acked: its message comes again to the next one of this name.
        """
        if self._closing:
            return
        self._closing = True
        self.latest.close()
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
        self._recorder.close()
        self._changed()

    async def __aenter__(self) -> AsyncRelay:
        await self.connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        await self.close()

    # ---- inside ----

    def _submit(self, handle: S, timeout: float | None = None) -> S:
        self._check()
        if self._closing and asyncio.current_task() not in self._tasks:
            raise RelayClosed()
        if not self._has_room(handle.size):
            detail = f"outbox_messages={self._outbox_messages} outbox_bytes={self._outbox_bytes}."
            raise RelayRefused("OUTBOX_FULL", f"{detail} `await app.room()` waits for space.")
        self._submitted_count += 1
        self._submitted_bytes += handle.size
        self._session.send(handle, now_ms())
        self._flush()
        return handle

    def _forget(self, sending: Sending) -> None:
        self._session.dialogue.forget(sending)

    async def _call(self, call: ControlCall, timeout: float) -> dict[str, Any]:
        self._check()
        self._session.control(call)
        self._flush()
        if not await stage_reached(call, 1, timeout):
            raise RelayTimeout(f"No answer within timeout_s={timeout} to op={call.op!r}.")
        return call._value()

    def _check(self) -> None:
        if self._session.state is State.CLOSED:
            raise self._session.failure or RelayClosed()
        if self._link is not None and not self._link.is_here:
            raise RuntimeError(
                "AsyncRelay belongs to the loop that connected it: call it there, or use Relay, which any thread may call"
            )

    def _flush(self) -> None:
        if self._link is not None:
            self._link.flush()

    def _changed(self) -> None:
        """The session moved: room may be free, the end may have come."""
        self._room.set()
        if self._session.state is State.CLOSED:
            self._stop.set()

    def _listener(self, name: str, function: Callable[[Any], Any], caught_up: Callable[[int], None]) -> Listener[Any]:
        return ListenerTask(name, function, caught_up, self._begin)

    def _command_handler(self, commands: Commands) -> Function:
        return commands.handle_async

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """A task of this client: `close()` waits for it, then cancels it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _deliver(self, message: Message) -> None:
        message._client = self
        lane = message._lane
        waiting: deque[Message] | None = lane.runner
        if waiting is None:
            waiting = lane.runner = deque()
        waiting.append(message)
        if len(waiting) == 1:
            self._begin(self._run_lane(waiting))

    async def _run_lane(self, waiting: deque[Message]) -> None:
        """One lane's messages in order. The one that runs stays at the front, so the next arrival starts no second task."""
        async with self._slots:
            turn = 0
            while waiting and not self._closing:
                await _invoke.handle_async(self._handlers, waiting[0])
                waiting.popleft()
                turn += 1
                if turn % TURN == 0:
                    await asyncio.sleep(0)

    def _settle_ack(self, message: Message) -> None:
        self._settle(lambda: self._session.finish(message))

    def _settle_nack(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        lane = message._lane
        lane.skip_generation = max(lane.skip_generation, lane.generation)
        self._settle(lambda: self._session.fail(message, nack_class, delay_ms, error))

    def _settle_reply(self, message: Message, payload: bytes, content: int, error: str | None) -> None:
        self._settle(lambda: self._session.dialogue.reply(message, payload, content, error))

    def _settle(self, action: Callable[[], None]) -> None:
        """At once on the loop; an ack by hand may come from any thread."""
        if self._link is not None and not self._link.is_here:
            self._link.post(lambda: self._settle(action))
            return
        action()
        self._flush()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's when it is installed, else the standard library's."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
