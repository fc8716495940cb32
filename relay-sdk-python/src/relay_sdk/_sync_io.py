"""The I/O thread of the synchronous client: commands in, one write for all that is waiting, one read into a large buffer."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket as sockets
import time
from typing import TYPE_CHECKING

from relay_sdk import _protocol
from relay_sdk._address import Backoff, connect
from relay_sdk._buffer import ReadBuffer
from relay_sdk._handles import Sending
from relay_sdk._session import State

if TYPE_CHECKING:
    from relay_sdk._sync import Relay

log = logging.getLogger("relay_sdk")


class IoLoop:
    """See the module. Turns until the session is closed or the client has drained."""

    def __init__(self, relay: Relay, selector: selectors.BaseSelector) -> None:
        self._relay = relay
        self._session = relay._session
        self._selector = selector
        self._backoff = Backoff()
        self._buffer = ReadBuffer()
        self._unwritten = memoryview(b"")
        self._connect_at_ms = 0
        self._said_goodbye = False

    def run(self) -> None:
        while not self._is_over():
            self._take_commands()
            if self._relay._sock is None:
                self._connect()
            try:
                wait_ms = self._session.tick(now_ms())
                self._write()
                self._await(wait_ms)
            except (OSError, _protocol.FrameError) as error:
                self._drop(error)
            self._tell_room()

    def _is_over(self) -> bool:
        if self._session.state is State.CLOSED:
            self._relay._ended.set()
            return True
        if not self._relay._stop_io:
            return False
        settled = self._session.is_settled or (self._session.state is not State.OPEN and not self._owes())
        if not settled and time.monotonic() < self._relay._finish_deadline:
            return False
        if not self._said_goodbye:
            self._said_goodbye = True
            self._session.goodbye("close")
        try:
            self._write()
        except OSError:
            return True
        return not self._unwritten or time.monotonic() >= self._relay._finish_deadline

    def _owes(self) -> bool:
        return self._session.outbox.unsafe_count > 0

    def _take_commands(self) -> None:
        commands, session = self._relay._commands, self._session
        now = now_ms()
        for _ in range(len(commands)):
            command = commands.popleft()
            if isinstance(command, Sending):
                session.send(command, now)
            else:
                command()

    def _connect(self) -> None:
        now = now_ms()
        if now < self._connect_at_ms:
            return
        try:
            sock = connect(self._relay._path)
        except OSError as error:
            self._relay._connect_error = f"error={error.strerror or error}"
            self._connect_at_ms = now + self._backoff.next_ms()
            return
        self._relay._sock = sock
        self._buffer = ReadBuffer()
        self._unwritten = memoryview(b"")
        self._selector.register(sock, selectors.EVENT_READ)
        self._session.connected(now)

    def _drop(self, error: Exception) -> None:
        sock = self._relay._sock
        if sock is not None:
            self._selector.unregister(sock)
            sock.close()
            self._relay._sock = None
        if self._session.state is State.CLOSED:
            return
        if isinstance(error, _protocol.FrameError):
            log.warning("connection dropped error=%s", error)
        self._session.lost()
        self._relay._connect_error = f"error={error}"
        self._connect_at_ms = now_ms() + self._backoff.next_ms()

    def _write(self) -> None:
        sock = self._relay._sock
        if sock is None:
            return
        while True:
            if not self._unwritten:
                self._unwritten = memoryview(self._session.take_output())
                if not self._unwritten:
                    self._watch(sock, selectors.EVENT_READ)
                    return
            try:
                self._unwritten = self._unwritten[sock.send(self._unwritten) :]
            except BlockingIOError:
                self._watch(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
                return

    def _watch(self, sock: sockets.socket, events: int) -> None:
        if self._selector.get_key(sock).events != events:
            self._selector.modify(sock, events)

    def _await(self, wait_ms: int) -> None:
        relay = self._relay
        if relay._sock is None:
            wait_ms = min(wait_ms, max(1, self._connect_at_ms - now_ms()))
        if relay._stop_io:
            wait_ms = min(wait_ms, 50)
        relay._sleeping = True
        ready = self._selector.select(0 if relay._commands else wait_ms / 1000)
        relay._sleeping = False
        for key, events in ready:
            if key.fileobj is relay._wake_read:
                with contextlib.suppress(BlockingIOError):
                    relay._wake_read.recv(4096)
            elif events & selectors.EVENT_READ:
                self._read()

    def _read(self) -> None:
        sock = self._relay._sock
        assert sock is not None
        try:
            count = sock.recv_into(self._buffer.space())
        except BlockingIOError:
            return
        if count == 0:
            raise ConnectionResetError("the daemon closed the connection")
        self._buffer.added(count, self._session, now_ms())
        if self._session.state is State.OPEN and not self._relay._opened.is_set():
            self._relay._opened.set()
        if self._session.state is State.OPEN:
            self._backoff.reset()

    def _tell_room(self) -> None:
        if self._relay._room_waiters:
            with self._relay._room:
                self._relay._room.notify_all()


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
