"""Time as a seam: the agents run on the machine's clock, the tests on one they wind themselves."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Monotonic seconds."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, for records."""

    def wait(self, seconds: float) -> bool:
        """Waits; True when it is time to end."""


class SystemClock:
    """Waits are cut short by `stop`, which any thread may set."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def now(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def wait(self, seconds: float) -> bool:
        return self._stop.wait(seconds)
