"""The connection of the asyncio client: connects, reconnects with jitter, moves bytes, ticks the session. Loop thread only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from asyncio import events
from collections.abc import Callable
from typing import cast

from relay_sdk import _protocol
from relay_sdk._address import LOOPBACK, Backoff, tcp_port
from relay_sdk._buffer import ReadBuffer
from relay_sdk._errors import RelayError
from relay_sdk._session import Session, State

log = logging.getLogger("relay_sdk")


class Link(asyncio.BufferedProtocol):
    """See the module. `changed` is called whenever the session may have moved."""

    def __init__(self, session: Session, path: str, changed: Callable[[], None]) -> None:
        self._session = session
        self._path = path
        self._changed = changed
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
        transport = cast(asyncio.Transport, transport)  # by its calls: that of uvloop has another base
        if self._stopped:
            transport.abort()
            return
        self._transport = transport
        self._writable = True
        self._buffer = ReadBuffer()
        self._session.connected(now_ms())
        self.flush_now()
        self._tick()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer.space()

    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._buffer.added(nbytes, self._session, now_ms())
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

    @property
    def is_here(self) -> bool:
        """Whether the caller runs on this loop."""
        return events._get_running_loop() is self._loop

    def post(self, action: Callable[[], None]) -> None:
        """From any thread; what comes after the loop's end is done by nobody."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(action)

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
        self._changed()
        if self._is_quiet():
            self._quiet.set()
        if self._session.state is State.CLOSED:
            self.opened.set()
            self.stop()

    async def _connect(self, pause_ms: int = 0) -> None:
        while not self._stopped:
            await asyncio.sleep(pause_ms / 1000)
            try:
                port = tcp_port(self._path)
                if port is None:
                    await self._loop.create_unix_connection(lambda: self, self._path)
                else:
                    await self._loop.create_connection(lambda: self, LOOPBACK, port)
            except OSError as error:
                self.error = f"error={error.strerror or error}"
                pause_ms = self._backoff.next_ms()
            else:
                return

    def _tick(self) -> None:
        if self._transport is None or self._stopped:
            return
        try:
            wait_ms = self._session.tick(now_ms())
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


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
