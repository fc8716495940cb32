"""The I/O of the synchronous client: commands in, one write for all that is waiting, one read into a large buffer.

Whoever has the wheel (`_wheel`) turns it: the I/O thread, or a handler thread or a caller as its guest. Others hand it commands
by a deque, and wake it with one byte when it sleeps. A command is a message to send, a message whose handler has finished, or
anything to call. An exception that leaves a turn ends the client: the session may be half changed.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket as sockets
import threading
import time
from collections import deque
from collections.abc import Callable

from relay_sdk import _protocol
from relay_sdk._address import Backoff, connect
from relay_sdk._buffer import ReadBuffer
from relay_sdk._errors import RelayClosed
from relay_sdk._handles import Sending
from relay_sdk._message import Message
from relay_sdk._session import Session, State
from relay_sdk._wheel import Wheel

log = logging.getLogger("relay_sdk")
Command = Sending | Message | Callable[[], None]
READABLE = select.POLLIN
BOTH = select.POLLIN | select.POLLOUT
DRAIN_TICK_MS = 50


class IoThread:
    """See the module. Turns until the session is closed or the client has drained; `room` hears of every turn."""

    def __init__(self, name: str, session: Session, path: str, room: threading.Condition, ended: Callable[[], None]) -> None:
        self._session = session
        self._path = path
        self._room = room
        self._tell_ended = ended
        self._commands: deque[Command] = deque()
        self._sleeping = False
        self._sock: sockets.socket | None = None
        self._watched = 0
        self._poll = select.poll()
        self._backoff = Backoff()
        self._buffer = ReadBuffer()
        self._unwritten = memoryview(b"")
        self._connect_at_ms = 0
        self._finish_at: float | None = None
        self._said_goodbye = False
        self._wake_read, self._wake_write = sockets.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._wake_number = self._wake_read.fileno()
        self._poll.register(self._wake_read, READABLE)
        self._thread = threading.Thread(target=self._main, name=f"relay-{name}-io", daemon=True)
        self._is_broken = False
        self.wheel = Wheel(self.wake)
        self.room_waiters = 0
        self.opened = threading.Event()
        self.ended = threading.Event()
        self.connect_error = ""

    # ---- from other threads

    def start(self) -> None:
        self._thread.start()

    def post(self, command: Command) -> None:
        self._commands.append(command)
        if self._sleeping:
            self.wake()
        elif self.wheel.left_by and self.wheel.left_by != threading.get_ident():
            self.wheel.ring()

    def wake(self) -> None:
        self._sleeping = False
        with contextlib.suppress(OSError):  # full: it wakes anyway; closed: nobody is left to wake
            self._wake_write.send(b"\0")

    def finish_by(self, deadline: float) -> None:
        """From now on it ends when everything is settled, or at the deadline."""

        def finish() -> None:
            self._finish_at = deadline

        self.post(finish)

    @property
    def is_current(self) -> bool:
        return threading.current_thread() is self._thread

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def drive(self, is_done: Callable[[], bool], deadline: float | None = None) -> bool:
        """By a guest that has the wheel, which it has afterwards too: at least one turn. False when it must leave early."""
        try:
            while True:
                if self.wheel.is_asked_for or self._is_over():
                    return False
                self._turn(0 if is_done() else _left_ms(deadline))
                if is_done() or (deadline is not None and time.monotonic() >= deadline):
                    return True
        except BaseException:
            self._is_broken = True
            raise

    def leave(self, by: int, *, urgent: bool) -> None:
        """The guest gives the wheel back: to come again soon, or `urgent`, because others need a driver."""
        self.wheel.leave(by, urgent=self._is_broken or (urgent and not self.wheel.is_asked_for))
        if self._commands:  # posted meanwhile: does not wait for it
            self.wheel.ring()

    def forked(self) -> None:
        """In the child: the thread is not here, the socket is the parent's."""
        for sock in (self._sock, self._wake_read, self._wake_write):
            if sock is not None:
                sock.close()

    # ---- the thread

    def _main(self) -> None:
        failure = RelayClosed("The client's I/O failed; see the traceback of its thread.")
        self.wheel.own()
        try:
            while not self._is_over():
                if self.wheel.is_asked_for:
                    self.wheel.lend()
                else:
                    self._turn(None)
            if not self._is_broken:
                failure = RelayClosed()
        finally:
            self._end(failure)

    def _turn(self, most_ms: int | None) -> None:
        """Waits for bytes or commands as long as the session has time, and no longer than `most_ms`."""
        self._take_commands()
        if self._sock is None:
            self._connect()
        try:
            wait_ms = self._session.tick(now_ms())
            self._write()
            self._await(wait_ms if most_ms is None else min(wait_ms, most_ms))
        except (OSError, _protocol.FrameError) as error:
            self._drop(error)
        if self.room_waiters:
            with self._room:
                self._room.notify_all()

    def _end(self, failure: RelayClosed) -> None:
        self._session.close(failure)
        for sock in (self._sock, self._wake_read, self._wake_write):
            if sock is not None:
                sock.close()
        self.ended.set()
        self.opened.set()
        while self._commands:  # what was posted after the last turn still learns its end
            self._take_commands()
        self._tell_ended()
        with self._room:
            self._room.notify_all()

    def _is_over(self) -> bool:
        if self._is_broken or self._session.state is State.CLOSED:
            self.ended.set()
            return True
        if self._finish_at is None:
            return False
        is_late = time.monotonic() >= self._finish_at
        if not is_late and not self._is_settled():
            return False
        if not self._said_goodbye:
            self._said_goodbye = True
            self._session.goodbye("close")
        try:
            self._write()
        except OSError:
            return True
        return is_late or not self._unwritten

    def _is_settled(self) -> bool:
        session = self._session
        return session.is_settled or (session.state is not State.OPEN and session.outbox.unsafe_count == 0)

    def _take_commands(self) -> None:
        commands, session = self._commands, self._session
        now = now_ms()
        for _ in range(len(commands)):
            command = commands.popleft()
            if isinstance(command, Message):
                session.finish(command)
            elif isinstance(command, Sending):
                session.send(command, now)
            else:
                command()

    # ---- the connection

    def _connect(self) -> None:
        now = now_ms()
        if now < self._connect_at_ms:
            return
        try:
            sock = connect(self._path)
        except OSError as error:
            self.connect_error = f"error={error.strerror or error}"
            self._connect_at_ms = now + self._backoff.next_ms()
            return
        self._sock = sock
        self._buffer = ReadBuffer()
        self._unwritten = memoryview(b"")
        self._watched = READABLE
        self._poll.register(sock, READABLE)
        self._session.connected(now)

    def _drop(self, error: Exception) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            self._poll.unregister(sock)
            sock.close()
        if self._session.state is State.CLOSED:
            return
        if isinstance(error, _protocol.FrameError):
            log.warning("connection dropped error=%s", error)
        self._session.lost()
        self.connect_error = f"error={error}"
        self._connect_at_ms = now_ms() + self._backoff.next_ms()

    def _write(self) -> None:
        sock = self._sock
        if sock is None:
            return
        while True:
            if not self._unwritten:
                data = self._session.take_output()
                if not data:
                    self._watch(sock, READABLE)
                    return
                self._unwritten = memoryview(data)
            try:
                self._unwritten = self._unwritten[sock.send(self._unwritten) :]
            except BlockingIOError:
                self._watch(sock, BOTH)
                return

    def _watch(self, sock: sockets.socket, events: int) -> None:
        if self._watched != events:
            self._watched = events
            self._poll.modify(sock, events)

    def _await(self, wait_ms: int) -> None:
        if self._sock is None and wait_ms:
            wait_ms = min(wait_ms, max(1, self._connect_at_ms - now_ms()))
        if self._finish_at is not None:
            wait_ms = min(wait_ms, DRAIN_TICK_MS)
        self._sleeping = True
        ready = self._poll.poll(0 if self._commands else wait_ms)
        self._sleeping = False
        for number, events in ready:
            if number == self._wake_number:
                with contextlib.suppress(BlockingIOError):
                    self._wake_read.recv(4096)
            elif events & ~select.POLLOUT:
                self._read()

    def _read(self) -> None:
        sock = self._sock
        assert sock is not None
        try:
            count = sock.recv_into(self._buffer.space())
        except BlockingIOError:
            return
        if count == 0:
            raise ConnectionResetError("the daemon closed the connection")
        self._buffer.added(count, self._session, now_ms())
        if self._session.state is State.OPEN:
            self._backoff.reset()
            if not self.opened.is_set():
                self.opened.set()


def _left_ms(deadline: float | None) -> int | None:
    return None if deadline is None else max(0, int((deadline - time.monotonic()) * 1000) + 1)


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
