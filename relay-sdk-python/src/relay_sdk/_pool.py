"""Handler threads of the synchronous client: each lane in order, lanes in parallel, a stated number of threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

from relay_sdk._inbox import Lane
from relay_sdk._message import Message

TURN = 64


class LaneRunner:
    """What waits for a handler on one lane. Filled by the I/O thread, emptied by at most one handler thread at a time."""

    __slots__ = ("lock", "scheduled", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.scheduled = False
        self.lock = threading.Lock()


class HandlerPool:
    """`size` threads. A lane with messages is handed to one of them for up to `TURN` messages, then queues again."""

    def __init__(self, name: str, size: int, handle: Callable[[Message], None]) -> None:
        self._handle = handle
        self._ready: SimpleQueue[LaneRunner | None] = SimpleQueue()
        self._stopping = False
        self._inside = threading.local()
        self._threads = [
            threading.Thread(target=self._work, name=f"relay-{name}-handler-{i}", daemon=True) for i in range(size)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def add(self, message: Message) -> None:
        """Called by the I/O thread."""
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
        share = timeout / max(1, len(self._threads))
        for thread in self._threads:
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(share)
        return not any(t.is_alive() for t in self._threads if t is not threading.current_thread())

    def _work(self) -> None:
        self._inside.yes = True
        while (runner := self._ready.get()) is not None:
            if self._turn(runner):
                self._ready.put(runner)

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
