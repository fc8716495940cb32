"""Calls that send a message and wait for its answer, in the synchronous client.

A thread that makes them one right after the other drives the session itself while it waits: message and answer then cross no
other thread. The main thread does so behind a shield against its signals. When something comes between, a signal or another
thread that needs the wheel, it goes on waiting as any caller does, woken by whoever drives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from relay_sdk._errors import RelayRefused
from relay_sdk._handles import Sending, waiting
from relay_sdk._signals import SignalShield
from relay_sdk._sync_io import IoThread
from relay_sdk._wheel import ANYBODY

RIGHT_AFTER_S = 0.001
DEPTH = 60


class Exchanges:
    """See the module. `submit` takes a message and a patience in seconds."""

    def __init__(self, io: IoThread, submit: Callable[[Sending, float], object]) -> None:
        self._io = io
        self._submit = submit
        self._shield = SignalShield(io.wake)
        self._ended_at = 0.0

    def run(self, sending: Sending, stage: int, timeout: float) -> bool:
        """Whether the stage was reached in time. Any thread."""
        now = time.monotonic()
        deadline = now + timeout
        is_next = now - self._ended_at < RIGHT_AFTER_S or self._io.wheel.left_by == threading.get_ident()
        if not is_next or self._others_wait() or not self._is_sent(sending, stage, deadline):
            self._submit(sending, timeout)
        reached = sending._wait(stage, max(0.0, deadline - time.monotonic()))
        self._ended_at = time.monotonic()
        return reached

    def _others_wait(self) -> bool:
        return bool(waiting or self._io.room_waiters)

    def forked(self) -> None:
        self._shield.forked()

    def _is_sent(self, sending: Sending, stage: int, deadline: float) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return self._drive(sending, stage, deadline)
        try:
            self._shield.up()
            return self._drive(sending, stage, deadline)
        finally:
            self._shield.down()

    def _drive(self, sending: Sending, stage: int, deadline: float) -> bool:
        """False when it has not sent it: the wheel is needed elsewhere, or the outbox is full."""
        _descend(DEPTH)
        io, thread = self._io, threading.get_ident()
        comes_back = io.wheel.left_by == thread  # a handler that asks
        if not io.wheel.take():
            return False
        try:
            self._submit(sending, 0.0)
            io.drive(lambda: sending._ready(stage) or self._shield.is_hit, deadline)
        except RelayRefused:
            return False
        finally:
            is_needed = self._others_wait() or not sending._ready(stage)
            io.leave(thread if comes_back else ANYBODY, urgent=is_needed)
        return True


def _descend(levels: int) -> None:
    """A stack that ends inside of the session would end the client: it ends here."""
    if levels:
        _descend(levels - 1)
