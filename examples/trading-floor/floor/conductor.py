"""Runs cycles when they are due and pauses the floor when it cannot trade. One thread.

A broker that is down pauses it for 1 to 30 s, longer with each failure in a row; a store that is down is critical: nothing
is traded until a write works again. What was due while paused is not made up for: the next cycle sees the market as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from floor.clock import Clock
from floor.failures import BrokerDown, StoreDown
from floor.model import Skip, Summary, Trigger
from floor.retry import Retry


class State(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CRITICAL = "critical"


class Runs(Protocol):
    def run(self, trigger: Trigger) -> Summary: ...


Alarm = Callable[[State, str], None]


class Conductor:
    """`hold` and `resume` are for operators and tests; any thread may call them."""

    def __init__(
        self, cycle: Runs, due: Callable[[float], Trigger | None], began: Callable[[float], None],
        probe_store: Callable[[], None], clock: Clock, alarm: Alarm, retry: Retry | None = None,
    ) -> None:  # fmt: skip
        self._cycle = cycle
        self._due = due
        self._began = began
        self._probe_store = probe_store
        self._clock = clock
        self._alarm = alarm
        self._retry = retry or Retry()
        self._failed = 0
        self._until = 0.0
        self._held = False
        self.is_busy = False
        self.state = State.RUNNING
        self.cycles = 0

    def hold(self) -> None:
        self._held = True

    def resume(self) -> None:
        self._held = False

    @property
    def is_quiet(self) -> bool:
        """Held, and no cycle is under way."""
        return self._held and not self.is_busy

    def step(self) -> Summary | None:
        """At most one cycle; to be called often."""
        self.is_busy = True  # before the look at the flag: whoever sees it held and not busy can rely on it
        try:
            return None if self._held else self._due_one(self._clock.now())
        finally:
            self.is_busy = False

    def _due_one(self, now: float) -> Summary | None:
        if now < self._until:
            return None
        if self.state is State.CRITICAL and not self._store_answers():
            return None
        trigger = self._due(now)
        if trigger is None:
            return None
        self._began(now)
        return self._one(trigger)

    def _one(self, trigger: Trigger) -> Summary | None:
        try:
            summary = self._cycle.run(trigger)
        except BrokerDown as down:
            self._pause(State.PAUSED, f"{Skip.BROKER_DOWN}: {down}")
            return None
        except StoreDown as down:
            self._pause(State.CRITICAL, f"{Skip.STORE_DOWN}: {down}")
            return None
        self.cycles += 1
        self._recovered()
        return summary

    def _store_answers(self) -> bool:
        try:
            self._probe_store()
        except StoreDown as down:
            self._pause(State.CRITICAL, f"{Skip.STORE_DOWN}: {down}")
            return False
        self._recovered()
        return True

    def _pause(self, state: State, why: str) -> None:
        self._failed += 1
        self._until = self._clock.now() + self._retry.delay(self._failed)
        self.state = state
        self._alarm(state, why)

    def _recovered(self) -> None:
        if self.state is not State.RUNNING:
            self._alarm(State.RUNNING, "recovered")
        self.state = State.RUNNING
        self._failed = 0
