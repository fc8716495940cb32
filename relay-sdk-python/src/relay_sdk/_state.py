"""States that agents share: what changed of an agent's own, and replicas of those of others. Plain code, no threads.

`StateSender` finds what to send, `StateReplicas` takes what the daemon tells; `SharedState` and `AsyncSharedState` are the
calls of the two clients. Values are what JSON has. At the bounds of a state the daemon refuses TOO_LARGE.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from relay_sdk._errors import RelayError, RelayRefused, RelayTimeout
from relay_sdk._events import RESYNC, resync_of
from relay_sdk._steps import Step, Steps, run, run_async

CHUNK_BYTES = 32 << 10
MAX_READS = 20
TRIES = 5
Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class StateChange:
    """A watched state has changed. `whole`: told entirely, at the beginning, after a reconnect, or when changes were missed."""

    agent: str
    version: int
    state: Json
    changed: frozenset[str]
    removed: frozenset[str]
    whole: bool


class StateSender:
    """What of an agent's own state the daemon has confirmed. What is under way counts as unknown."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self.version = 0

    def changes(self, values: Mapping[str, Any], remove: Iterable[str]) -> list[Json]:
        """What to send, in order, as arguments of `state.update`."""
        found: list[Json] = []
        chunk: Json = {}
        size = 0
        for key, value in values.items():
            text = _text(value)
            if self._told.get(key) == text:
                continue
            more = len(key) + len(text)
            if chunk and size + more > CHUNK_BYTES:
                found.append({"set": chunk})
                chunk, size = {}, 0
            chunk[key] = value
            size += more
        removed = list(dict.fromkeys(remove))
        if chunk or removed:
            found.append(({"set": chunk} if chunk else {}) | ({"remove": removed} if removed else {}))
        return found

    def writing(self, change: Json) -> None:
        """Until it is confirmed nobody knows these keys."""
        for key in [*change.get("set", ()), *change.get("remove", ())]:
            self._told.pop(key, None)

    def confirmed(self, change: Json, version: int) -> None:
        self.version = version
        for key, value in change.get("set", {}).items():
            self._told[key] = _text(value)

    def repair(self, daemon_version: int) -> list[Json]:
        """After a reconnect: what to send again, as the daemon is at another version than it told last."""
        if daemon_version == self.version or not self._told:
            return []
        told, self._told = self._told, {}
        return self.changes({key: json.loads(text) for key, text in told.items()}, ())

    @property
    def has_told(self) -> bool:
        return bool(self._told)


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


class _Replica:
    def __init__(self) -> None:
        self.state: Json = {}
        self.version = 0
        self.asked = False
        self.old = False  # of a former connection: the daemon tells all of it, unless it knows nothing
        self.pages: Json | None = None
        self.pages_version = 0


class StateReplicas:
    """What a watcher knows. A change that does not fit the version is a gap: its agent's whole state is asked for, once."""

    def __init__(self) -> None:
        self._replicas: dict[str, _Replica] = {}
        self.gaps: list[str] = []
        self.gap_count = 0

    def take(self, event: Json) -> StateChange | None:
        """Takes an EVENT `state`; None when it changed nothing."""
        agent, version = str(event["agent"]), int(event["version"])
        replica = self._replicas.setdefault(agent, _Replica())
        if "state" in event:
            return self._page(agent, replica, version, event)
        if replica.old and event["from"] == 0:  # a daemon with another store: the agent begins anew
            replica = self._replicas[agent] = _Replica()
        if version <= replica.version:
            return None
        if event["from"] != replica.version:
            self.gap_count += 1
            if not replica.asked:
                replica.asked = True
                self.gaps.append(agent)
            return None
        values, removed = event.get("set", {}), event.get("remove", [])
        replica.state.update(values)
        for key in removed:
            replica.state.pop(key, None)
        replica.version = version
        return StateChange(agent, version, dict(replica.state), frozenset(values), frozenset(removed), False)

    def _page(self, agent: str, replica: _Replica, version: int, event: Json) -> StateChange | None:
        if event.get("first"):
            replica.pages, replica.pages_version = {}, version
        if replica.pages is None or replica.pages_version != version:
            return None
        replica.pages.update(event["state"])
        if event.get("more"):
            return None
        old, replica.state, replica.pages = replica.state, replica.pages, None
        replica.version, replica.asked, replica.old = version, False, False
        changed = frozenset(key for key, value in replica.state.items() if key not in old or old[key] != value)
        return StateChange(agent, version, dict(replica.state), changed, frozenset(old.keys() - replica.state.keys()), True)

    def not_asked(self, agent: str) -> None:
        """The question had no answer: the next gap asks again."""
        if agent in self._replicas:
            self._replicas[agent].asked = False

    def reconnected(self) -> None:
        """Whole states come for everything that is watched again; what was on its way is lost."""
        self.gaps.clear()
        for replica in self._replicas.values():
            replica.pages, replica.asked, replica.old = None, True, True

    def state(self, agent: str) -> Json | None:
        replica = self._replicas.get(agent)
        return None if replica is None else dict(replica.state)


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
        self._relay.on_event("state", self._on_event)
        self._relay.on_event("connected", self._on_connected)
        self._relay.on_event(RESYNC, resync_of("state", self._on_connected))

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
            self._relay.on_event("state", self._on_event)
            self._relay.on_event("connected", self._on_connected)
            self._relay.on_event(RESYNC, resync_of("state", self._on_connected))

    async def _on_event(self, event: Json) -> None:
        change = self._watches.replicas.take(event)
        told = None if change is None else [(each, change) for each in self._watches.listeners_of(change.agent)]
        gaps, self._watches.replicas.gaps = self._watches.replicas.gaps, []
        for listener, each in told or ():
            found = listener(each)
            if inspect.isawaitable(found):
                await _done(found)
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


async def _done(found: Awaitable[Any]) -> None:
    await found
