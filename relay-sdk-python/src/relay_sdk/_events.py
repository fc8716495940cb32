"""What the daemon tells without being asked, on its way to the application's listeners.

Each listener has a queue of its own for at most 1,024 events. A listener that is slower loses the oldest; they are counted,
and when it has caught up to half of that, those who listen to "resync" hear {"event": "resync", "of": NAME, "lost": N}:
time to ask again for what the events told, as after "connected". What a listener raises is logged and counted; the next
event is told all the same.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

log = logging.getLogger("relay_sdk")
E = TypeVar("E")
Event = dict[str, Any]
MAX_EVENTS = 1_024
RESYNC = "resync"


def resync_of(name: str, ask_again: Callable[[Event], Any]) -> Callable[[Event], Any]:
    """For a feature: asks again when events of this name were lost."""
    return lambda event: ask_again(event) if event["of"] == name else None


def follow(client: Any, name: str, listener: Callable[[Event], Any], ask_again: Callable[[Event], Any]) -> None:
    """For a feature: tells it events of this name, and when to ask again: on every connection, and when some were lost."""
    client.on_event(name, listener)
    client.on_event("connected", ask_again)
    client.on_event(RESYNC, resync_of(name, ask_again))


class EventQueue(Generic[E]):
    """Filled by one thread, emptied by one; `caught_up` is called with how many were lost, by the one that empties it."""

    def __init__(self, caught_up: Callable[[int], None]) -> None:
        self._caught_up = caught_up
        self._events: deque[E] = deque()
        self._lock = threading.Lock()
        self._untold = 0
        self.lost_count = 0

    def put(self, event: E) -> None:
        with self._lock:
            if len(self._events) >= MAX_EVENTS:
                self._events.popleft()
                self._untold += 1
                self.lost_count += 1
            self._events.append(event)

    def take(self) -> E | None:
        """The next event, None when there is none."""
        with self._lock:
            event = self._events.popleft() if self._events else None
            lost, untold = 0, self._untold
            if untold and len(self._events) <= MAX_EVENTS // 2:
                lost, self._untold = untold, 0
        if lost:
            self._caught_up(lost)
        return event


class Listener(Generic[E]):
    """A function of the application and what waits for it. Subclasses say who calls it."""

    def __init__(self, name: str, function: Callable[[E], Any], caught_up: Callable[[int], None]) -> None:
        self.name = name
        self.queue: EventQueue[E] = EventQueue(caught_up)
        self.failed_count = 0
        self._function = function

    def put(self, event: E) -> None:
        self.queue.put(event)

    def stop(self) -> None:
        """It is called no more."""

    def _failed(self, error: Exception) -> None:
        self.failed_count += 1
        log.warning("listener failed event=%s error=%s", self.name, type(error).__name__, exc_info=error)


class ListenerThread(Listener[E]):
    """Of the synchronous client: called on a thread of its own, which ends with the client."""

    def __init__(self, name: str, function: Callable[[E], Any], caught_up: Callable[[int], None], agent: str) -> None:
        super().__init__(name, function, caught_up)
        self._filled = threading.Event()
        self._stopped = False
        threading.Thread(target=self._run, name=f"relay-{agent}-{name}", daemon=True).start()

    def put(self, event: E) -> None:
        super().put(event)
        self._filled.set()

    def stop(self) -> None:
        self._stopped = True
        self._filled.set()

    def _run(self) -> None:
        while not self._stopped:
            self._filled.wait()
            self._filled.clear()
            while not self._stopped and (event := self.queue.take()) is not None:
                try:
                    self._function(event)
                except Exception as error:
                    self._failed(error)


class ListenerTask(Listener[E]):
    """Of the asyncio client: called on the loop, one event after the other, coroutines awaited."""

    def __init__(
        self,
        name: str,
        function: Callable[[E], Any],
        caught_up: Callable[[int], None],
        start: Callable[[Any], None],
    ) -> None:
        super().__init__(name, function, caught_up)
        self._start = start
        self._running = False

    def put(self, event: E) -> None:
        super().put(event)
        if not self._running:
            self._running = True
            self._start(self._run())

    async def _run(self) -> None:
        try:
            while (event := self.queue.take()) is not None:
                try:
                    told = self._function(event)
                    if inspect.isawaitable(told):
                        await told
                    else:
                        await asyncio.sleep(0)
                except Exception as error:
                    self._failed(error)
        finally:
            self._running = False


class Listeners:
    """Who listens to what. `make` gives a function a queue and somebody who calls it. `tell` is the session's, never waits."""

    def __init__(self, make: Callable[[str, Callable[[Any], Any], Callable[[int], None]], Listener[Any]]) -> None:
        self._make = make
        self._by_name: dict[str, list[Listener[Any]]] = {}

    def add(self, name: str, function: Callable[[Any], Any]) -> None:
        listener = self._make(name, function, lambda lost: self._lost(name, lost))
        self._by_name[name] = [*self._by_name.get(name, ()), listener]

    def tell(self, name: str, event: Any) -> None:
        for listener in self._by_name.get(name, ()):
            listener.put(event)

    def stop(self) -> None:
        for listener in self._all():
            listener.stop()

    @property
    def lost_count(self) -> int:
        return sum(listener.queue.lost_count for listener in self._all())

    @property
    def failed_count(self) -> int:
        return sum(listener.failed_count for listener in self._all())

    def _lost(self, name: str, lost: int) -> None:
        log.warning("events lost, their listener is slow event=%s lost=%d", name, lost)
        if name != RESYNC:
            self.tell(RESYNC, {"event": RESYNC, "of": name, "lost": lost})

    def _all(self) -> list[Listener[Any]]:
        return [listener for some in list(self._by_name.values()) for listener in some]
