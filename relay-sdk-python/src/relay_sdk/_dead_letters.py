"""The daemon's dead-letter queue, for both clients. Changes are audited by the daemon.

Every call raises RelayRefused (NOT_FOUND, UNAUTHORIZED) or RelayTimeout when the daemon does not answer within 5 s.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from relay_sdk._errors import RelayRefused

PAGE = 50
_LEFT_OUT = ("ok", "ref", "more")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. `fields` has everything that the daemon told, by the names of the protocol.

    `no` is its number in the queue and rises with time; `reason` is one of `dead_letter_reasons`; `error` is what its
    last handler said; `payload` is None in a list, and when it is not kept.
    """

    no: int
    id: str
    sender: str
    target: str
    kind: str
    reason: str
    attempts: int
    error: str
    dead_at_ms: int
    payload: bytes | None
    fields: dict[str, Any]


Page = list[DeadLetter]


def letter(row: dict[str, Any]) -> DeadLetter:
    """From a row of a list, an answer to `dlq.show`, or an event."""
    data = row.get("payload")
    return DeadLetter(
        row["no"], row.get("id", ""), row.get("sender", ""), row.get("target", ""), row.get("kind") or "", row["reason"],
        row.get("attempts", 0), row.get("error") or "", row.get("dead_at_ms", 0),
        base64.b64decode(data) if data is not None else None, row,
    )  # fmt: skip


def _line(found: DeadLetter) -> str:
    return json.dumps(dict(sorted(found.fields.items()))) + "\n"


def _joined(row: dict[str, Any], parts: list[bytes]) -> DeadLetter:
    """A dead letter whose payload came in parts."""
    whole = {key: value for key, value in row.items() if key not in _LEFT_OUT}
    if whole.get("payload") is not None:
        whole["payload"] = base64.b64encode(b"".join(parts)).decode()
    return letter(whole)


class DeadLetters:
    """Of the synchronous client; any thread."""

    def __init__(self, control: Callable[..., dict[str, Any]]) -> None:
        self._control = control

    def list(self, limit: int = 100, after: int = 0, **filters: Any) -> Page:
        """Up to `limit` dead letters numbered above `after`, oldest first, without payloads.

        Filters: `reason`, `sender`, `target`, `min_age_ms`, `max_age_ms` since the death.
        """
        found: Page = []
        while len(found) < limit and (page := self._page(min(PAGE, limit - len(found)), after, **filters)):
            found += page
            after = page[-1].no
        return found

    def show(self, no: int) -> DeadLetter:
        """One with its payload, which may take several calls."""
        parts: list[bytes] = []
        while True:
            row = self._control("dlq.show", no=no, offset=sum(map(len, parts)))
            parts.append(base64.b64decode(row.get("payload") or ""))
            if not row.get("more") or not parts[-1]:
                return _joined(row, parts)

    def redrive(self, no: int) -> None:
        """Puts it back: a new acceptance under its old id; it leaves the queue in the same step."""
        self._control("dlq.redrive", no=no)

    def drop(self, no: int) -> None:
        """Deletes it."""
        self._control("dlq.drop", no=no)

    def export(self, path: str | os.PathLike[str]) -> int:
        """Writes all of them, payloads included (base64), as lines of JSON, replacing the file; how many. They stay."""
        count = 0
        with open(path, "w", encoding="utf-8") as file:
            for page in self._pages():
                for each in page:
                    try:
                        file.write(_line(self.show(each.no)))
                        count += 1
                    except RelayRefused as error:
                        if error.code != "NOT_FOUND":  # dropped or redriven since it was listed
                            raise
        return count

    def stats(self) -> dict[str, Any]:
        """`total`, `bytes`, `by_reason`, `oldest_at_ms` and the largest `groups`, as the protocol says."""
        return self._control("dlq.stats")

    def _page(self, limit: int, after: int, **filters: Any) -> Page:
        return [letter(row) for row in self._control("dlq.ls", limit=limit, after=after, **filters)["dead_letters"]]

    def _pages(self) -> Iterator[Page]:
        after = 0
        while page := self._page(PAGE, after):
            after = page[-1].no
            yield page


class AsyncDeadLetters:
    """Of the asyncio client."""

    def __init__(self, control: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        self._control = control

    async def list(self, limit: int = 100, after: int = 0, **filters: Any) -> Page:
        """Up to `limit` dead letters numbered above `after`, oldest first, without payloads.

        Filters: `reason`, `sender`, `target`, `min_age_ms`, `max_age_ms` since the death.
        """
        found: Page = []
        while len(found) < limit and (page := await self._page(min(PAGE, limit - len(found)), after, **filters)):
            found += page
            after = page[-1].no
        return found

    async def show(self, no: int) -> DeadLetter:
        """One with its payload, which may take several calls."""
        parts: list[bytes] = []
        while True:
            row = await self._control("dlq.show", no=no, offset=sum(map(len, parts)))
            parts.append(base64.b64decode(row.get("payload") or ""))
            if not row.get("more") or not parts[-1]:
                return _joined(row, parts)

    async def redrive(self, no: int) -> None:
        """Puts it back: a new acceptance under its old id; it leaves the queue in the same step."""
        await self._control("dlq.redrive", no=no)

    async def drop(self, no: int) -> None:
        """Deletes it."""
        await self._control("dlq.drop", no=no)

    async def export(self, path: str | os.PathLike[str]) -> int:
        """Writes all of them, payloads included (base64), as lines of JSON, replacing the file; how many. They stay."""
        lines: list[str] = []
        after = 0
        while page := await self._page(PAGE, after):
            after = page[-1].no
            for each in page:
                try:
                    lines.append(_line(await self.show(each.no)))
                except RelayRefused as error:
                    if error.code != "NOT_FOUND":  # dropped or redriven since it was listed
                        raise
        await asyncio.to_thread(_write, path, lines)
        return len(lines)

    async def stats(self) -> dict[str, Any]:
        """`total`, `bytes`, `by_reason`, `oldest_at_ms` and the largest `groups`, as the protocol says."""
        return await self._control("dlq.stats")

    async def _page(self, limit: int, after: int, **filters: Any) -> Page:
        found = await self._control("dlq.ls", limit=limit, after=after, **filters)
        return [letter(row) for row in found["dead_letters"]]


def _write(path: str | os.PathLike[str], lines: list[str]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
