"""Conflated topics: the latest value per key, for readers that may be slow, never behind messages.

What is put while a batch is under way replaces what waits under the same key, here and in the daemon; a reader has one batch
at a time and then gets the latest of each key. At most 65,536 keys wait here, more is OUTBOX_FULL.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from relay_sdk import _names
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused
from relay_sdk._events import RESYNC, follow
from relay_sdk._steps import Step, Steps, run, run_async

MAX_KEYS = 65_536
BATCH_KEYS = 64
PACE = 0.001
RETRY = 0.05
Json = dict[str, Any]
Batch = tuple[str, Json]


@dataclasses.dataclass(frozen=True)
class LatestValue:
    """The latest value of a key; `age_ms`: how old it was when the daemon handed it over."""

    topic: str
    key: str
    value: Any
    age_ms: int


class LatestBuffer:
    """What waits to be put: the latest value of each key, in the order in which the keys began to wait."""

    def __init__(self) -> None:
        self._waiting: dict[str, Json] = {}
        self._keys = 0

    def put(self, topic: str, key: str, value: Any) -> bool:
        """False when too many keys wait."""
        values = self._waiting.get(topic, {})
        if key not in values:
            if self._keys >= MAX_KEYS:
                return False
            self._keys += 1
        values[key] = value
        self._waiting[topic] = values
        return True

    def take(self) -> Batch | None:
        """The next batch; topics take turns."""
        if not self._waiting:
            return None
        topic = next(iter(self._waiting))
        values = self._waiting.pop(topic)
        batch = {key: values.pop(key) for key in list(values)[:BATCH_KEYS]}
        self._keys -= len(batch)
        if values:
            self._waiting[topic] = values
        return topic, batch

    def give_back(self, batch: Batch) -> None:
        """It did not get there: its values wait again unless newer ones do."""
        values = self._waiting.setdefault(batch[0], {})
        for key, value in batch[1].items():
            if key not in values:
                values[key] = value
                self._keys += 1

    @property
    def is_empty(self) -> bool:
        return self._keys == 0


def _values(topic: str, pairs: dict[str, list[Any]]) -> list[LatestValue]:
    return [LatestValue(topic, key, pair[0], pair[1]) for key, pair in pairs.items()]


def _get(topic: str) -> Steps[dict[str, LatestValue]]:
    found: dict[str, LatestValue] = {}
    page = yield Step("latest.get", {"topic": topic, "from": 0})
    while True:
        found |= {value.key: value for value in _values(topic, page["values"])}
        if not page["more"]:
            return found
        page = yield Step("latest.get", {"topic": topic, "from": page["next"]})


class Latest:
    """Of the synchronous client; any thread. One thread writes, another calls the listeners."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay
        self._buffer = LatestBuffer()
        self._changed = threading.Condition()
        self._refused: dict[str, RelayRefused] = {}
        self._listeners: list[tuple[str, Callable[[LatestValue], Any]]] = []
        self._events: SimpleQueue[Json | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._writing = False
        self._closed = False
        self.last_failure = ""

    def put(self, topic: str, key: str, value: Any) -> None:
        """Puts a value and returns at once. When the daemon refuses a topic, the next put on it raises why."""
        with self._changed:
            if topic in self._refused:
                raise self._refused.pop(topic)
            if self._closed:
                raise RelayClosed()
            if not self._buffer.put(topic, key, value):
                raise RelayRefused("OUTBOX_FULL", f"keys={MAX_KEYS} wait.")
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name=f"relay-{self._relay.name}-latest", daemon=True)
                self._writer.start()
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Waits until everything that was put is with the daemon; False when that took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._buffer.is_empty and not self._writing, timeout)

    def get(self, topic: str) -> dict[str, LatestValue]:
        """The values of a topic as the daemon has them now, by key."""
        return run(self._relay.control, _get(topic))

    def watch(self, pattern: str, listener: Callable[[LatestValue], Any]) -> None:
        """Calls the listener with the latest values of matching topics: those that are there, then those that changed."""
        entry = (pattern, listener)
        self._listeners.append(entry)
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name=f"relay-{self._relay.name}-latest-reader", daemon=True)
            self._reader.start()
            follow(self._relay, "latest", self._events.put, self._events.put)
        try:
            self._relay.control("latest.watch", topic=pattern)
        except RelayRefused:
            self._listeners.remove(entry)
            raise

    def unwatch(self, pattern: str) -> None:
        """Ends every watch of this pattern."""
        self._listeners[:] = [each for each in self._listeners if each[0] != pattern]
        self._relay.control("latest.unwatch", topic=pattern)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._events.put(None)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or not self._buffer.is_empty)
                batch = None if self._closed else self._buffer.take()
                self._writing = batch is not None
            if batch is None:
                return
            there = self._write_one(batch)
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closed, PACE if there else RETRY)

    def _write_one(self, batch: Batch) -> bool:
        try:
            self._relay.control("latest.put", topic=batch[0], values=batch[1])
        except RelayRefused as refused:
            with self._changed:
                self._refused[batch[0]] = refused
        except RelayError as error:
            self.last_failure = str(error)
            with self._changed:
                self._buffer.give_back(batch)
            return False
        return True

    def _read(self) -> None:
        while (event := self._events.get()) is not None:
            try:
                if event["event"] in ("connected", RESYNC):
                    for pattern in dict.fromkeys(pattern for pattern, _ in list(self._listeners)):
                        self._relay.control("latest.watch", topic=pattern)
                    continue
                try:
                    for value in _values(event["topic"], event["values"]):
                        for pattern, listener in list(self._listeners):
                            if _names.matches(pattern, value.topic):
                                listener(value)
                finally:
                    self._relay.control("latest.more", batch=event["batch"])
            except RelayError as error:
                self.last_failure = str(error)  # the batch ended with its connection: the next one watches anew


class AsyncLatest:
    """Of the asyncio client. Listeners may be coroutines."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay
        self._buffer = LatestBuffer()
        self._refused: dict[str, RelayRefused] = {}
        self._listeners: list[tuple[str, Callable[[LatestValue], Any]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._listening = False
        self.last_failure = ""

    def put(self, topic: str, key: str, value: Any) -> None:
        """Puts a value and returns at once. When the daemon refuses a topic, the next put on it raises why."""
        if topic in self._refused:
            raise self._refused.pop(topic)
        if not self._buffer.put(topic, key, value):
            raise RelayRefused("OUTBOX_FULL", f"keys={MAX_KEYS} wait.")
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def flush(self, timeout: float) -> bool:
        """Waits until everything that was put is with the daemon; False when that took longer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._writer is not None and not self._writer.done():
                    await asyncio.wait([self._writer])
        return self._buffer.is_empty and (self._writer is None or self._writer.done())

    async def get(self, topic: str) -> dict[str, LatestValue]:
        """The values of a topic as the daemon has them now, by key."""
        return await run_async(self._relay.control, _get(topic))

    async def watch(self, pattern: str, listener: Callable[[LatestValue], Any]) -> None:
        """Calls the listener with the latest values of matching topics: those that are there, then those that changed."""
        entry = (pattern, listener)
        self._listeners.append(entry)
        if not self._listening:
            self._listening = True
            follow(self._relay, "latest", self._on_event, self._on_connected)
        try:
            await self._relay.control("latest.watch", topic=pattern)
        except RelayRefused:
            self._listeners.remove(entry)
            raise

    async def unwatch(self, pattern: str) -> None:
        """Ends every watch of this pattern."""
        self._listeners[:] = [each for each in self._listeners if each[0] != pattern]
        await self._relay.control("latest.unwatch", topic=pattern)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self) -> None:
        while (batch := self._buffer.take()) is not None:
            pause = PACE
            try:
                await self._relay.control("latest.put", topic=batch[0], values=batch[1])
            except RelayRefused as refused:
                self._refused[batch[0]] = refused
            except RelayError as error:
                self.last_failure = str(error)
                self._buffer.give_back(batch)
                pause = RETRY
            await asyncio.sleep(pause)

    async def _on_event(self, event: Json) -> None:
        try:
            try:
                for value in _values(event["topic"], event["values"]):
                    for pattern, listener in list(self._listeners):
                        found = listener(value) if _names.matches(pattern, value.topic) else None
                        if inspect.isawaitable(found):
                            await found
            finally:
                await self._relay.control("latest.more", batch=event["batch"])
        except RelayError as error:
            self.last_failure = str(error)  # the batch ended with its connection: the next one watches anew

    async def _on_connected(self, _: Json) -> None:
        try:
            for pattern in dict.fromkeys(pattern for pattern, _ in list(self._listeners)):
                await self._relay.control("latest.watch", topic=pattern)
        except RelayError as error:
            self.last_failure = str(error)
