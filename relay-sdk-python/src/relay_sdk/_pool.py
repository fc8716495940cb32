"""Handler threads of the synchronous client: each lane in order, lanes in parallel, a stated number of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

from relay_sdk._handles import before_waiting
from relay_sdk._inbox import Lane
from relay_sdk._message import Message
from relay_sdk._sync_io import IoThread
from relay_sdk._wheel import ANYBODY

TURN = 64
SHORT_S = 0.0005


class LaneRunner:
    """What waits for a handler on one lane. Filled by the I/O thread, emptied by at most one handler thread at a time."""

    __slots__ = ("lock", "scheduled", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.scheduled = False
        self.lock = threading.Lock()


class HandlerPool:
    """`size` threads. A lane with messages is handed to one of them for up to `TURN` messages, then queues again.

    A thread whose last turn was short asks for the wheel: it then drives the session, and runs what it reads itself. While it
    does, nobody drives; the I/O thread takes the wheel back when that lasts. Other lanes of the same read go to the others.
    """

    def __init__(self, name: str, size: int, handle: Callable[[Message], None], io: IoThread) -> None:
        self._handle = handle
        self._io = io
        self._ready: SimpleQueue[LaneRunner | None] = SimpleQueue()
        self._found: list[LaneRunner] | None = None
        self._stopping = False
        self._inside = threading.local()
        self._threads = [
            threading.Thread(target=self._work, name=f"relay-{name}-handler-{i}", daemon=True) for i in range(size)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def add(self, message: Message) -> None:
        """Called by whoever drives."""
        lane: Lane = message._lane
        runner: LaneRunner = lane.runner
        if runner is None:
            runner = lane.runner = LaneRunner()
        runner.waiting.append(message)
        if not runner.scheduled:
            with runner.lock:
                if runner.scheduled:
                    return
                runner.scheduled = True
            if self._found is not None:
                self._found.append(runner)
            else:
                self._ready.put(runner)

    @property
    def is_inside(self) -> bool:
        """Whether the calling thread runs a handler."""
        return getattr(self._inside, "yes", False)

    def stop(self, timeout: float) -> bool:
        """Lets running handlers end, starts no others. False when one is still running at the timeout."""
        self._stopping = True
        for _ in self._threads:
            self._ready.put(None)
        self._io.wake()
        share = timeout / max(1, len(self._threads))
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(share)
        return not any(t.is_alive() for t in self._threads if t is not threading.current_thread())

    def _work(self) -> None:
        self._inside.yes = True
        thread = threading.get_ident()
        before_waiting[thread] = lambda: self._io.wheel.ring_if_left_by(thread)
        runner = self._ready.get()
        while runner is not None:
            began = time.perf_counter()
            rest = runner if self._turn(runner) else None
            runner = self._next(thread, rest, time.perf_counter() - began < SHORT_S)
        del before_waiting[thread]

    def _turn(self, runner: LaneRunner) -> bool:
        """True when the lane has more and should queue again."""
        waiting = runner.waiting
        for _ in range(TURN):
            if self._stopping:
                return False
            try:
                message = waiting.popleft()
            except IndexError:
                with runner.lock:
                    runner.scheduled = bool(waiting)
                    return runner.scheduled
            self._handle(message)
        return True

    def _next(self, thread: int, rest: LaneRunner | None, was_short: bool) -> LaneRunner | None:
        """The lane to go on with; None at the end."""
        wheel = self._io.wheel
        if was_short and self._is_free() and (wheel.come_back(thread) or wheel.ask_owner()):
            found = self._drive(thread, rest)
            for other in found[1:]:
                self._ready.put(other)
            return found[0] if found else self._ready.get()
        wheel.ring_if_left_by(thread)
        if rest is not None:
            self._ready.put(rest)
        return self._ready.get()

    def _is_free(self) -> bool:
        """No lane waits for a thread: while this one drives, the others may all be busy."""
        return self._ready.empty() and not self._stopping

    def _drive(self, thread: int, rest: LaneRunner | None) -> list[LaneRunner]:
        """Reads until there is something to handle; nothing when this thread or the wheel is needed elsewhere."""
        found = self._found = [] if rest is None else [rest]
        try:
            if self._is_free():  # also after what the owner has read last
                self._io.drive(lambda: bool(found) or self._stopping)
        finally:
            self._found = None
            self._io.leave(thread if found else ANYBODY, urgent=not found)
        return found
