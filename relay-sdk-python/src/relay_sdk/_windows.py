"""Windows that all agents of a namespace share: the last values of a name, bounded in count and bytes, for those who join.

In the daemon's memory: a restart of it empties them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from relay_sdk._steps import Step, Steps, run, run_async


@dataclasses.dataclass(frozen=True)
class WindowEntry:
    """One value; `no` rises by one in its window."""

    no: int
    at_ms: int
    by: str
    value: Any


def _append(window: str, values: tuple[Any, ...]) -> Steps[int]:
    answer = yield Step("window.append", {"window": window, "values": list(values)})
    return int(answer["no"])


def _read(window: str, last: int) -> Steps[list[WindowEntry]]:
    found: list[WindowEntry] = []
    page = yield Step("window.read", {"window": window, "last": last})
    while True:
        found += [WindowEntry(row["no"], row["at_ms"], row["by"], row["value"]) for row in page["values"]]
        if not page["more"] or not found:
            return found
        page = yield Step("window.read", {"window": window, "after": found[-1].no})


def _set(window: str, count: int, size: int) -> Steps[None]:
    yield Step("window.set", {"window": window, "count": count, "bytes": size})


class Windows:
    """Of the synchronous client; any thread."""

    def __init__(self, control: Callable[..., dict[str, Any]]) -> None:
        self._control = control

    def append(self, window: str, *values: Any) -> int:
        """Appends in this order and returns the number of the last. A window is made by its first value."""
        return run(self._control, _append(window, values))

    def read(self, window: str, last: int = 1_000) -> list[WindowEntry]:
        """The last values, oldest first."""
        return run(self._control, _read(window, last))

    def set(self, window: str, *, count: int = 1_000, size: int = 256 << 10) -> None:
        """Bounds: 1 to 10,000 values, 1 to 4 MiB of JSON."""
        run(self._control, _set(window, count, size))


class AsyncWindows:
    """Of the asyncio client."""

    def __init__(self, control: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        self._control = control

    async def append(self, window: str, *values: Any) -> int:
        """Appends in this order and returns the number of the last. A window is made by its first value."""
        return await run_async(self._control, _append(window, values))

    async def read(self, window: str, last: int = 1_000) -> list[WindowEntry]:
        """The last values, oldest first."""
        return await run_async(self._control, _read(window, last))

    async def set(self, window: str, *, count: int = 1_000, size: int = 256 << 10) -> None:
        """Bounds: 1 to 10,000 values, 1 to 4 MiB of JSON."""
        await run_async(self._control, _set(window, count, size))
