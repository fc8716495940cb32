"""Three retries, 1 to 30 seconds apart, doubling; a stated waiting time of the other side wins over the schedule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from floor.clock import Clock
from floor.failures import BrokerDown, RateLimited

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` are the retries after the first try. `factor` spreads them: 1 s, 3 s, 9 s by default."""

    attempts: int = 3
    first_s: float = 1.0
    most_s: float = 30.0
    factor: float = 3.0

    def delay(self, failed: int, stated_s: float = 0.0) -> float:
        """Seconds to wait after the `failed`-th failure in a row, counted from 1."""
        steps = min(failed - 1, 16)
        return min(self.most_s, max(self.first_s * self.factor**steps, stated_s))

    def run(self, clock: Clock, call: Callable[[], T], deadline: float | None = None) -> T:
        """Raises the last failure when the retries are used up, the deadline would be passed, or it is time to end."""
        failed = 0
        while True:
            try:
                return call()
            except (BrokerDown, RateLimited) as failure:
                failed += 1
                stated = failure.retry_after_s if isinstance(failure, RateLimited) else 0.0
                wait = self.delay(failed, stated)
                late = deadline is not None and clock.now() + wait >= deadline
                if failed > self.attempts or late or clock.wait(wait):
                    raise
