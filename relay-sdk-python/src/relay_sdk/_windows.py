"""Windows that all agents of a namespace share: the last values of a name, bounded in count and bytes, for those who join.

In the daemon's memory: a restart of it empties them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from relay_sdk._steps import Desk, Step, Steps, awaited, blocking


@dataclasses.dataclass(frozen=True)
class WindowEntry:
    """One value; `no` rises by one in its window."""

    no: int
    at_ms: int
    by: str
    value: Any


class _Operations:
    def append(self, window: str, *values: Any) -> Steps[int]:
        """Appends in this order and returns the number of the last. A window is made by its first value."""
        answer = yield Step("window.append", {"window": window, "values": list(values)})
        return int(answer["no"])

    def read(self, window: str, last: int = 1_000) -> Steps[list[WindowEntry]]:
        """The last values, oldest first."""
        found: list[WindowEntry] = []
        page = yield Step("window.read", {"window": window, "last": last})
        while True:
            found += [WindowEntry(row["no"], row["at_ms"], row["by"], row["value"]) for row in page["values"]]
            if not page["more"] or not found:
                return found
            page = yield Step("window.read", {"window": window, "after": found[-1].no})

    def set(self, window: str, *, count: int = 1_000, size: int = 256 << 10) -> Steps[None]:
        """Bounds: 1 to 10,000 values, 1 to 4 MiB of JSON."""
        yield Step("window.set", {"window": window, "count": count, "bytes": size})


class Windows(Desk):
    """Of the synchronous client; any thread."""

    append = blocking(_Operations.append)
    read = blocking(_Operations.read)
    set = blocking(_Operations.set)


class AsyncWindows(Desk):
    """Of the asyncio client."""

    append = awaited(_Operations.append)
    read = awaited(_Operations.read)
    set = awaited(_Operations.set)
