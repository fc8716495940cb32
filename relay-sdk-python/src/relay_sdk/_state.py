"""States that agents share: tell what changed of one's own, read and watch those of others. The calls of both clients.

Values are what JSON has. At the bounds of a state the daemon refuses TOO_LARGE. What is known is held by `_state_sync`.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from relay_sdk._errors import RelayError, RelayRefused, RelayTimeout
from relay_sdk._events import follow
from relay_sdk._state_sync import Json, StateChange, StateReplicas, StateSender
from relay_sdk._steps import Step, Steps, run, run_async

MAX_READS = 20
TRIES = 5


class _Watches:
    """Replicas and who listens, for both clients."""

    def __init__(self) -> None:
        self.replicas = StateReplicas()
        self.listeners: list[tuple[str, Callable[[StateChange], Any]]] = []

    def listeners_of(self, agent: str) -> list[Callable[[StateChange], Any]]:
        return [each for pattern, each in list(self.listeners) if _matches(pattern, agent)]

    def remove(self, pattern: str) -> None:
        self.listeners[:] = [each for each in self.listeners if each[0] != pattern]


def _matches(pattern: str, agent: str) -> bool:
    return agent.startswith(pattern[:-1]) if pattern.endswith("*") else agent == pattern


def _send(sender: StateSender, changes: list[Json]) -> Steps[int]:
    for change in changes:
        sender.writing(change)
        answer = yield Step("state.update", change)
        sender.confirmed(change, answer["version"])
    return sender.version


def _get(agent: str) -> Steps[Json]:
    for _ in range(MAX_READS):
        state: Json = {}
        page = yield Step("state.get", {"agent": agent})
        version = page["version"]
        while page["version"] == version:
            state.update(page["state"])
            if not page["more"]:
                return state
            page = yield Step("state.get", {"agent": agent, "after": page["next"]})
    raise RelayTimeout(f"The state of agent={agent!r} changed during each of {MAX_READS} reads. Watch it.")


def _replace(sender: StateSender, name: str, values: Mapping[str, Any]) -> Steps[int]:
    known = yield from _get(name)
    return (yield from _send(sender, sender.changes(values, known.keys() - values.keys())))


def _repair(sender: StateSender, name: str) -> Steps[None]:
    if sender.has_told:
        answer = yield Step("state.get", {"agent": name})
        yield from _send(sender, sender.repair(answer["version"]))


def _again(watches: _Watches) -> Steps[None]:
    for pattern in dict.fromkeys(pattern for pattern, _ in list(watches.listeners)):
        yield Step("state.watch", {"pattern": pattern})


class SharedState:
    """Of the synchronous client; any thread. Listeners run one at a time on a thread of their own."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay
        self._sender = StateSender()
        self._sending = threading.Lock()
        self._watches = _Watches()
        self._taking = threading.Lock()
        self._listening = False
        self.last_failure = ""

    def update(self, values: Mapping[str, Any] | None = None, remove: Iterable[str] = ()) -> int:
        """Sets these keys, removes those; only what changed is sent. Returns the version, kept on disk."""
        self._listen()
        with self._sending:
            return run(self._relay.control, _send(self._sender, self._sender.changes(values or {}, remove)))

    def replace(self, values: Mapping[str, Any]) -> int:
        """Makes this the whole state: other keys are removed, also those of an earlier process."""
        self._listen()
        with self._sending:
            return run(self._relay.control, _replace(self._sender, self._relay.name, values))

    def get(self, agent: str) -> Json:
        """The state of an agent; empty when it shares none."""
        return run(self._relay.control, _get(agent))

    def watch(self, pattern: str, listener: Callable[[StateChange], Any]) -> None:
        """Watches agents by name, or by its beginning and `*`; the whole state of each comes first."""
        self._listen()
        entry = (pattern, listener)
        self._watches.listeners.append(entry)
        try:
            self._relay.control("state.watch", pattern=pattern)
        except RelayRefused:
            self._watches.listeners.remove(entry)
            raise

    def unwatch(self, pattern: str) -> None:
        """Ends every watch of this pattern."""
        self._watches.remove(pattern)
        self._relay.control("state.unwatch", pattern=pattern)

    def _listen(self) -> None:
        with self._taking:
            if self._listening:
                return
            self._listening = True
        follow(self._relay, "state", self._on_event, self._on_connected)

    def _on_event(self, event: Json) -> None:
        with self._taking:
            change = self._watches.replicas.take(event)
            gaps, self._watches.replicas.gaps = self._watches.replicas.gaps, []
        for agent in gaps:
            try:
                self._relay.control("state.sync", agent=agent)
            except RelayError as error:
                self.last_failure = str(error)
                with self._taking:
                    self._watches.replicas.not_asked(agent)
        if change is not None:
            for listener in self._watches.listeners_of(change.agent):
                listener(change)

    def _on_connected(self, event: Json) -> None:
        with self._taking:
            self._watches.replicas.reconnected()
        for _ in range(TRIES):
            try:
                run(self._relay.control, _again(self._watches))
                with self._sending:
                    run(self._relay.control, _repair(self._sender, self._relay.name))
                self.last_failure = ""
                return
            except RelayError as error:
                self.last_failure = str(error)
                if error.code != "TIMEOUT":
                    return  # the connection is gone again: the next one asks anew


class AsyncSharedState:
    """Of the asyncio client. Listeners may be coroutines."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay
        self._sender = StateSender()
        self._sending = asyncio.Lock()
        self._watches = _Watches()
        self._listening = False
        self.last_failure = ""

    async def update(self, values: Mapping[str, Any] | None = None, remove: Iterable[str] = ()) -> int:
        """Sets these keys, removes those; only what changed is sent. Returns the version, kept on disk."""
        self._listen()
        async with self._sending:
            return await run_async(self._relay.control, _send(self._sender, self._sender.changes(values or {}, remove)))

    async def replace(self, values: Mapping[str, Any]) -> int:
        """Makes this the whole state: other keys are removed, also those of an earlier process."""
        self._listen()
        async with self._sending:
            return await run_async(self._relay.control, _replace(self._sender, self._relay.name, values))

    async def get(self, agent: str) -> Json:
        """The state of an agent; empty when it shares none."""
        return await run_async(self._relay.control, _get(agent))

    async def watch(self, pattern: str, listener: Callable[[StateChange], Any]) -> None:
        """Watches agents by name, or by its beginning and `*`; the whole state of each comes first."""
        self._listen()
        entry = (pattern, listener)
        self._watches.listeners.append(entry)
        try:
            await self._relay.control("state.watch", pattern=pattern)
        except RelayRefused:
            self._watches.listeners.remove(entry)
            raise

    async def unwatch(self, pattern: str) -> None:
        """Ends every watch of this pattern."""
        self._watches.remove(pattern)
        await self._relay.control("state.unwatch", pattern=pattern)

    def _listen(self) -> None:
        if not self._listening:
            self._listening = True
            follow(self._relay, "state", self._on_event, self._on_connected)

    async def _on_event(self, event: Json) -> None:
        change = self._watches.replicas.take(event)
        gaps, self._watches.replicas.gaps = self._watches.replicas.gaps, []
        if change is not None:
            for listener in self._watches.listeners_of(change.agent):
                found = listener(change)
                if inspect.isawaitable(found):
                    await found
        for agent in gaps:
            try:
                await self._relay.control("state.sync", agent=agent)
            except RelayError as error:
                self.last_failure = str(error)
                self._watches.replicas.not_asked(agent)

    async def _on_connected(self, event: Json) -> None:
        self._watches.replicas.reconnected()
        for _ in range(TRIES):
            try:
                await run_async(self._relay.control, _again(self._watches))
                async with self._sending:
                    await run_async(self._relay.control, _repair(self._sender, self._relay.name))
                self.last_failure = ""
                return
            except RelayError as error:
                self.last_failure = str(error)
                if error.code != "TIMEOUT":
                    return  # the connection is gone again: the next one asks anew
