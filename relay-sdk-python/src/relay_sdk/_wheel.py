"""Which thread drives the session of a synchronous client: one at a time, the one that has the wheel.

The owner, the I/O thread, has it unless a guest does: a handler thread, which then reads its next message itself, or a caller
that waits for an answer. What a guest reads for itself crosses no thread. A guest gives the wheel back without a word when it
has other work, and mostly comes back within microseconds; the owner looks every `TICK_S` and takes a wheel that nobody has had
for a whole tick, or at once when it is rung for. After `IDLE_TICKS` without a change it sleeps until a guest rings.

Any thread may call; `lend` and `take_back` are the owner's. At most one guest asks at a time, the others are told no.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable

TICK_S = 0.001
IDLE_TICKS = 20
ASK_S = 0.01
ANYBODY = -1


class Driver(enum.Enum):
    """Who had the wheel last."""

    OWNER = "the I/O thread"
    HANDLER = "a handler thread"
    CALLER = "a caller"
    NOBODY = "nobody yet: it is being lent"


class Wheel:
    """See the module. `wake` makes whoever drives look up from its poll."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._bell = threading.Lock()
        self._bell.acquire()
        self._asking = threading.Lock()
        self._changes = 0
        self._is_urgent = False
        self._dozes = False
        self.driver = Driver.OWNER
        #: A guest asks for it: whoever has it leaves at the end of its turn.
        self.is_asked_for = False
        #: 0 while somebody drives; else the thread that works meanwhile and comes back, or ANYBODY.
        self.left_by = 0

    # ---- guests

    def come_back(self, thread: int) -> bool:
        """Whether a guest that had left it for other work has it again."""
        return self.left_by == thread and self._take(Driver.HANDLER, 0.0)

    def ask_owner(self) -> bool:
        """By a handler thread: whether the owner has lent it."""
        return self.driver is Driver.OWNER and self._ask(Driver.HANDLER)

    def take(self) -> bool:
        """By a caller: whether it has it now. Other callers are not disturbed."""
        return self._take(Driver.CALLER, 0.0) or (self.driver is not Driver.CALLER and self._ask(Driver.CALLER))

    def _ask(self, driver: Driver) -> bool:
        if not self._asking.acquire(blocking=False):
            return False
        try:
            self.is_asked_for = True
            self._wake()
            return self._take(driver, ASK_S)
        finally:
            self.is_asked_for = False
            self._asking.release()

    def _take(self, driver: Driver, timeout: float) -> bool:
        if not (self._lock.acquire(timeout=timeout) if timeout else self._lock.acquire(blocking=False)):
            return False
        self.left_by = 0
        self.driver = driver
        self._changes += 1
        return True

    def leave(self, by: int, *, urgent: bool) -> None:
        """The guest has other work, and may come back. `urgent`: the owner goes on at once."""
        self.left_by = by
        self._lock.release()
        if urgent:
            self.ring()
        elif self._dozes:
            self._ring_bell()

    def ring(self) -> None:
        """The owner takes it now, if nobody has it."""
        self._is_urgent = True
        self._ring_bell()

    def ring_if_left_by(self, thread: int) -> None:
        """This thread is about to wait for something that only a driver brings."""
        if self.left_by == thread:
            self.left_by = ANYBODY
            self.ring()

    # ---- the owner

    def own(self) -> None:
        """Its first taking."""
        self._lock.acquire()

    def lend(self) -> None:
        """Gives it to the guest that asks; returns when the owner has it again."""
        self._is_urgent = False
        self._bell.acquire(blocking=False)
        self.driver = Driver.NOBODY
        self.left_by = ANYBODY
        self._lock.release()
        seen, same = -1, 0
        while True:
            self._listen(same)
            if self._is_urgent or (seen == self._changes and not self._lock.locked()):
                self._is_urgent = False
                if self._lock.acquire(blocking=False):
                    break
            same = same + 1 if seen == self._changes else 0
            seen = self._changes
        self.left_by = 0
        self.driver = Driver.OWNER

    def _listen(self, same: int) -> None:
        if same < IDLE_TICKS:
            self._bell.acquire(timeout=TICK_S)
            return
        self._dozes = True
        if self._lock.locked() and not self._is_urgent:  # else it was left before anybody could see that the owner sleeps
            self._bell.acquire()
        self._dozes = False

    def _ring_bell(self) -> None:
        with contextlib.suppress(RuntimeError):  # rung already
            self._bell.release()
