"""Who is there, for both clients: what agents say of themselves, who comes and goes, waiting for one.

A watch holds each agent at the highest version that it has seen, in a snapshot or in an event. It takes a new snapshot on every
connection, so what happened while the connection was lost is made up for. Every call raises RelayRefused or RelayTimeout.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from relay_sdk._errors import RelayError, RelayTimeout
from relay_sdk._events import follow
from relay_sdk._steps import Desk, Pause, Step, Steps, awaited, blocking, pages, run, run_async

Row = dict[str, Any]
WAIT_SLICE = 2.0
RETRY_AFTER = 0.05


def declared(metadata: Row | None, capabilities: list[str] | tuple[str, ...] | None) -> Row:
    given: Row = {}
    if metadata is not None:
        given["metadata"] = metadata
    if capabilities is not None:
        given["capabilities"] = list(capabilities)
    return given


def watched() -> Steps[list[Row]]:
    """Every agent as it is now; what changes from now on is told."""
    return (yield from pages("presence.ls", {}, "agents", "name", first="presence.watch"))


class Directory:
    """Agents by name, each at the highest version seen. Not thread-safe."""

    def __init__(self, listener: Callable[[Row], Any] | None, prefix: str, capability: str) -> None:
        self.rows: dict[str, Row] = {}
        self._listener = listener
        self._prefix = prefix
        self._capability = capability

    def merge(self, row: Row) -> None:
        known = self.rows.get(row["name"])
        wanted = row["name"].startswith(self._prefix) and (not self._capability or self._capability in row["capabilities"])
        if (known is None and not wanted) or (known is not None and known["version"] >= row["version"]):
            return
        if wanted:
            self.rows[row["name"]] = row
        else:
            del self.rows[row["name"]]
        if self._listener is not None:
            self._listener(row)


class _Client(Protocol):
    def control(self, op: str, *, timeout: float = ..., **args: Any) -> Row: ...
    def on_event(self, name: str, listener: Callable[[Row], None]) -> None: ...
    def declare(self, given: Row) -> None: ...


class PresenceWatch:
    """Of the synchronous client. `agents` is what it holds now; the listener is called with each row that is new."""

    def __init__(self, client: _Client, directory: Directory) -> None:
        self._client = client
        self._directory = directory
        self._open = True
        self._lock = threading.Lock()
        follow(client, "presence", self._on_event, self._again)
        self._snapshot()

    @property
    def agents(self) -> dict[str, Row]:
        with self._lock:
            return dict(self._directory.rows)

    def close(self) -> None:
        """The listener is called no more."""
        self._open = False

    def _on_event(self, event: Row) -> None:
        with self._lock:
            if self._open:
                self._directory.merge(event["agent"])

    def _again(self, _: Row) -> None:
        if not self._open:
            return
        try:
            self._snapshot()
        except RelayError:
            return  # the connection is lost again: the next one asks again

    def _snapshot(self) -> None:
        for row in run(self._client.control, watched()):
            self._on_event({"agent": row})


class _Operations:
    _client: _Client

    def set(self, metadata: Row | None = None, capabilities: list[str] | None = None) -> Steps[None]:
        """What this agent says of itself from now on, on later connections too; what is not given stays."""
        given = declared(metadata, capabilities)
        yield Step("presence.set", given)
        self._client.declare(given)

    def list(self, *, prefix: str = "", capability: str = "", state: str = "") -> Steps[list[Row]]:
        """Rows of `name`, `state` ("connected", "stale" or "away"), `metadata`, `capabilities`, `version` and more."""
        asked = {"prefix": prefix, "capability": capability, "state": state}
        return (yield from pages("presence.ls", asked, "agents", "name"))


def wait_for_agent(name: str, timeout: float, ready: bool) -> Steps[Row]:
    """Asks the daemon to answer when the agent is there; asks again when a connection was lost meanwhile."""
    deadline = time.monotonic() + timeout
    while True:
        left = min(WAIT_SLICE, max(0.0, deadline - time.monotonic()))
        asked = {"name": name, "timeout_ms": int(left * 1000), "ready": ready}
        try:
            found = yield Step("agents.wait", asked, left + 5.0)
            if found.pop("found"):
                return found
        except RelayError as lost:
            if lost.code != "NOT_CONNECTED":
                raise
            yield Pause(RETRY_AFTER)
        if time.monotonic() >= deadline:
            raise RelayTimeout(f"Not there within timeout_s={timeout}: agent={name!r}.")


class Presence(Desk):
    """Of the synchronous client; any thread."""

    def __init__(self, client: _Client) -> None:
        super().__init__(client.control)
        self._client = client

    set = blocking(_Operations.set)
    list = blocking(_Operations.list)

    def watch(self, listener: Callable[[Row], None] | None = None, *, prefix: str = "", capability: str = "") -> PresenceWatch:
        """Holds the directory and calls the listener, on threads of the watch, with each row that is new."""
        return PresenceWatch(self._client, Directory(listener, prefix, capability))


class AsyncPresenceWatch:
    """Of the asyncio client. `agents` is what it holds now; the listener is called with each row that is new."""

    def __init__(self, client: Any, directory: Directory) -> None:
        self._client = client
        self._directory = directory
        self._open = True
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def agents(self) -> dict[str, Row]:
        return dict(self._directory.rows)

    def close(self) -> None:
        """The listener is called no more."""
        self._open = False

    async def begin(self) -> None:
        follow(self._client, "presence", self._on_event, self._on_connected)
        await self._snapshot()

    def _on_connected(self, _: Row) -> None:
        if self._open:
            task = asyncio.get_running_loop().create_task(self._again())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _again(self) -> None:
        try:
            await self._snapshot()
        except RelayError:
            return  # the connection is lost again: the next one asks again

    def _on_event(self, event: Row) -> None:
        if self._open:
            self._directory.merge(event["agent"])

    async def _snapshot(self) -> None:
        for row in await run_async(self._client.control, watched()):
            self._on_event({"agent": row})


class AsyncPresence(Desk):
    """Of the asyncio client."""

    def __init__(self, client: Any) -> None:
        super().__init__(client.control)
        self._client = client

    set = awaited(_Operations.set)
    list = awaited(_Operations.list)

    async def watch(
        self, listener: Callable[[Row], Any] | None = None, *, prefix: str = "", capability: str = ""
    ) -> AsyncPresenceWatch:
        """Holds the directory and calls the listener, on the loop, with each row that is new."""
        watch = AsyncPresenceWatch(self._client, Directory(listener, prefix, capability))
        await watch.begin()
        return watch
