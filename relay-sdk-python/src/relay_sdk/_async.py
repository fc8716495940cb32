"""The asyncio client. Everything runs on the event loop that entered it; no threads, no locks.

Handlers may be coroutines or plain functions (those block the loop while they run). Each lane's handlers run in order, up to
`handler_tasks` lanes at a time. `send` returns an awaitable handle at once, so thousands can be under way; a full outbox is
OUTBOX_FULL, and `await app.room()` waits for space.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from relay_sdk import _invoke, _names, _protocol, _spans, _status
from relay_sdk._address import socket_path
from relay_sdk._agents import COMMAND, SPAWN_TIMEOUT, AsyncAgents, Commands, command_body
from relay_sdk._async_handles import AsyncSendHandle, stage_reached
from relay_sdk._async_link import Link, now_ms
from relay_sdk._compose import compose, compose_topic
from relay_sdk._dead_letters import AsyncDeadLetters, DeadLetter, letter
from relay_sdk._errors import RelayClosed, RelayRefused, RelayTimeout
from relay_sdk._handlers import Function, Handlers
from relay_sdk._handles import ControlCall, MessageRef, Pressure, Receipt
from relay_sdk._inbox_store import AlreadyDone
from relay_sdk._interests import arguments
from relay_sdk._lanes import AsyncLanes
from relay_sdk._latest import AsyncLatest
from relay_sdk._message import Message, Reply
from relay_sdk._presence import AsyncPresence, async_wait_for_agent, declared
from relay_sdk._proposals import AsyncProposals, Decision, Voters
from relay_sdk._recorder import Inbox, Recorder
from relay_sdk._session import Session, SessionConfig, State
from relay_sdk._state import AsyncSharedState, StateChange
from relay_sdk._windows import AsyncWindows

E = TypeVar("E")
F = TypeVar("F", bound=Function)
CONTROL_TIMEOUT = 5.0
TURN = 64


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
        metadata: dict[str, Any] | None = None,
        capabilities: list[str] | tuple[str, ...] | None = None,
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
        if not _names.is_agent(name):
            raise RelayRefused("BAD_NAME", f"name={name!r}.")
        self.name = name
        _spans.from_environment(name)
        self._path = socket_path(socket)
        self._outbox_messages = outbox_messages
        self._outbox_bytes = outbox_bytes
        self._connect_timeout = connect_timeout
        self._close_timeout = close_timeout
        self._handler_tasks = handler_tasks
        self._handlers = Handlers(ack)
        self._session = Session(SessionConfig(name, namespace, auth, takeover, window_messages), self._deliver)
        self._session.declared = declared(metadata, capabilities)
        self._recorder = Recorder(inbox)
        self._session.restore(self._recorder.load())
        self._pressure_listeners: list[Callable[[Pressure], Any]] = []
        self._event_listeners: dict[str, list[Callable[[dict[str, Any]], Any]]] = {}
        self._session.outbox.on_pressure = self._on_pressure
        self._taken: Commands | None = None
        self._session.on_event = self._on_event
        #: States that agents share.
        self.state = AsyncSharedState(self)
        #: Conflated topics: the latest value per key.
        self.latest = AsyncLatest(self)
        self._submitted_count = 0
        self._submitted_bytes = 0
        self._link: Link | None = None
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

    def on_pressure(self, listener: Callable[[Pressure], Any]) -> Callable[[Pressure], Any]:
        """Called on the loop when a recipient's queue rises above or falls below its watermarks. Also a decorator."""
        self._pressure_listeners.append(listener)
        return listener

    def on_dead_letter(self, listener: Callable[[DeadLetter], Any]) -> Callable[[DeadLetter], Any]:
        """Called on the loop when a message that this agent has sent is dead-lettered. Also a decorator.

        What dies while this agent is away is in `dead_letters()`.
        """
        self.on_event("dead_letter", lambda body: listener(letter(body)))
        return listener

    def on_event(self, name: str, listener: Callable[[dict[str, Any]], Any]) -> None:
        """Called with each EVENT of this name that the daemon tells, as the protocol has it.

        Events are lost with a connection; ask again after a reconnect.
        """
        self._event_listeners.setdefault(name, []).append(listener)

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

    async def subscribe(
        self,
        pattern: str,
        durable: bool = True,
        *,
        senders: Iterable[str] | None = None,
        content_types: Iterable[str | int] | None = None,
        timeout: float = CONTROL_TIMEOUT,
    ) -> dict[str, Any]:
        """From its return on everything accepted on a matching topic is delivered; durable ones also while away.

        The daemon leaves out what is not from `senders` (names, or beginnings with a star) or not of `content_types` ("bytes",
        "json", "text", "msgpack" or numbers). The same pattern again changes that.
        """
        if not _names.is_pattern(pattern):
            raise RelayRefused("BAD_NAME", f"pattern={pattern!r}.")
        call = ControlCall("subscribe", arguments(pattern, durable, senders, content_types), repeatable=True)
        return await self._call(call, timeout)

    async def unsubscribe(self, pattern: str, *, timeout: float = CONTROL_TIMEOUT) -> dict[str, Any]:
        return await self._call(ControlCall("unsubscribe", {"topic": pattern}, repeatable=True), timeout)

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

    async def fate(self, message: MessageRef | Receipt | AsyncSendHandle) -> str:
        """What the daemon knows of a message: "pending", "stored", "acked", "dead" or "not_recorded"."""
        return str((await self.control("fate", **_status.fate_arguments(message)))["state"])

    def dead_letters(self) -> AsyncDeadLetters:
        """The daemon's dead-letter queue."""
        return AsyncDeadLetters(self.control)

    async def shadow(
        self, agent: str, *, incoming: bool = True, outgoing: bool = True, kinds: Iterable[str] = ()
    ) -> dict[str, Any]:
        """From now on this agent is given durable copies of what that agent gets and sends; `message.shadow` tells whose.

        For operators and those of `allow_shadow`. The same again changes it.
        """
        args: dict[str, Any] = {"agent": agent, "incoming": incoming, "outgoing": outgoing, "kinds": list(kinds)}
        return await self.control("shadow.start", **args)

    async def stop_shadow(self, agent: str) -> None:
        await self.control("shadow.stop", agent=agent)

    def presence(self) -> AsyncPresence:
        """Who is there, and what each says of itself."""
        return AsyncPresence(self)

    async def wait_for_agent(self, name: str, *, timeout: float, ready: bool = False) -> dict[str, Any]:
        """Returns when that agent is connected, or with `ready` when it takes messages; RelayTimeout when it is not in time."""
        return await async_wait_for_agent(self.control, name, timeout, ready)

    def declare(self, given: dict[str, Any]) -> None:
        """What later connections say of this agent when they are made; `presence().set` does it at once too."""
        self._session.declared.update(given)

    def lanes(self) -> AsyncLanes:
        """The lanes that deliver to this agent."""
        return AsyncLanes(self.control)

    def agents(self) -> AsyncAgents:
        """Health, metrics, pauses and breakers of this and other agents."""
        return AsyncAgents(self.control, self.send_command)

    def on_command(self, name: str, function: Callable[[dict[str, Any]], Any]) -> None:
        """Takes a command of an operator: called with its arguments, its return, awaited if need be, is the answer."""
        if self._taken is None:
            self._taken = Commands()
            self.on(COMMAND, self._taken.handle_async)
        self._taken.add(name, function)

    async def send_command(
        self, agent: str, command: str, args: dict[str, Any] | None = None, *, timeout: float = 10.0
    ) -> Reply:
        """Commands an agent that is connected and waits for its answer; for operators."""
        return await self.request(agent, COMMAND, command_body(command, args), timeout=timeout)

    async def spawn(self, template: str, name: str, *, timeout: float = SPAWN_TIMEOUT, **args: Any) -> dict[str, Any]:
        """Has the supervisor start an agent from a template, and waits until it is ready; see `Agents.spawn`."""
        return await self.agents().spawn(template, name, timeout=timeout, **args)

    async def release(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> dict[str, Any]:
        return await self.agents().release(name, timeout=timeout)

    async def restart(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> dict[str, Any]:
        return await self.agents().restart(name, timeout=timeout)

    async def wait_for_ready(self, name: str, timeout: float) -> dict[str, Any]:
        """Returns when that agent takes messages; RelayTimeout when it is not in time."""
        return await self.wait_for_agent(name, timeout=timeout, ready=True)

    async def pause(self, agent: str, reason: str = "") -> bool:
        return await self.agents().pause(agent, reason=reason)

    async def resume(self, agent: str) -> bool:
        return await self.agents().resume(agent)

    async def emergency_stop(self, reason: str) -> dict[str, Any]:
        return await self.agents().emergency_stop(reason)

    # ---- as a team ----

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

    async def propose(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> Decision:
        """Asks the voters and waits for their decision, denied on timeout; `rule` as `AsyncProposals.propose` has it."""
        return await self.proposals().propose(title, voters, rule, timeout, body=body, threshold=threshold)

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

    def _submit(self, handle: AsyncSendHandle) -> AsyncSendHandle:
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

    def _has_room(self, size: int) -> bool:
        outbox = self._session.outbox
        count = self._submitted_count - outbox.resolved_count
        held = self._submitted_bytes - outbox.resolved_bytes
        return count < self._outbox_messages and (count == 0 or held + size <= self._outbox_bytes)

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

    def _flush(self) -> None:
        if self._link is not None:
            self._link.flush()

    def _changed(self) -> None:
        """The session moved: room may be free, the end may have come."""
        self._room.set()
        if self._session.state is State.CLOSED:
            self._stop.set()

    def _on_pressure(self, event: Pressure) -> None:
        for listener in self._pressure_listeners:
            asyncio.get_running_loop().call_soon(self._tell, listener, event)

    def _on_event(self, name: str, body: dict[str, Any]) -> None:
        for listener in self._event_listeners.get(name, ()):
            asyncio.get_running_loop().call_soon(self._tell, listener, body)

    def _tell(self, listener: Callable[[E], Any], event: E) -> None:
        told = listener(event)
        if inspect.iscoroutine(told):
            task = asyncio.get_running_loop().create_task(told)
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
        entered = _spans.enter(message, self.name)
        failure: Exception | None = None
        try:
            value = handler.function(message)
            if inspect.isawaitable(value):
                value = await value
        except AlreadyDone:
            _invoke.already_done(handler, message)
        except Exception as error:
            failure = error
            _invoke.raised(message, error)
        else:
            _invoke.returned(handler, message, value)
        finally:
            _spans.leave(entered, failure)

    def _record(self, message: Message) -> None:
        self._recorder.settled(message)

    def _record_done(self, message: Message, state: bytes) -> None:
        self._recorder.done(message, state)

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


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's when it is installed, else the standard library's."""
    try:
        uvloop = importlib.import_module("uvloop")
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
