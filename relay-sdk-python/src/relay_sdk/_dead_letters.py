"""The daemon's dead-letter queue, for both clients. Changes are audited by the daemon.

Every call raises RelayRefused (NOT_FOUND, UNAUTHORIZED) or RelayTimeout when the daemon does not answer within 5 s.
"""

from __future__ import annotations

import base64
import functools
import json
import os
from dataclasses import dataclass
from typing import Any

from relay_sdk._errors import RelayRefused
from relay_sdk._steps import Aside, Desk, Step, Steps, awaited, blocking

PAGE = 50


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
    whole = {key: value for key, value in row.items() if key != "more"}
    if whole.get("payload") is not None:
        whole["payload"] = base64.b64encode(b"".join(parts)).decode()
    return letter(whole)


def _page(limit: int, after: int, **filters: Any) -> Steps[Page]:
    answer = yield Step("dlq.ls", {"limit": limit, "after": after, **filters})
    return [letter(row) for row in answer["dead_letters"]]


def _show(no: int) -> Steps[DeadLetter]:
    parts: list[bytes] = []
    while True:
        row = yield Step("dlq.show", {"no": no, "offset": sum(map(len, parts))})
        parts.append(base64.b64decode(row.get("payload") or ""))
        if not row.get("more") or not parts[-1]:
            return _joined(row, parts)


def _lines(page: Page) -> Steps[list[str]]:
    lines: list[str] = []
    for each in page:
        try:
            lines.append(_line((yield from _show(each.no))))
        except RelayRefused as error:
            if error.code != "NOT_FOUND":  # dropped or redriven since it was listed
                raise
    return lines


class _Operations:
    def list(self, /, limit: int = 100, after: int = 0, **filters: Any) -> Steps[Page]:
        """Up to `limit` dead letters numbered above `after`, oldest first, without payloads.

        Filters: `reason`, `sender`, `target`, `min_age_ms`, `max_age_ms` since the death.
        """
        found: Page = []
        while len(found) < limit and (page := (yield from _page(min(PAGE, limit - len(found)), after, **filters))):
            found += page
            after = page[-1].no
        return found

    def show(self, no: int) -> Steps[DeadLetter]:
        """One with its payload, which may take several calls."""
        return (yield from _show(no))

    def redrive(self, no: int) -> Steps[None]:
        """Puts it back: a new acceptance under its old id; it leaves the queue in the same step."""
        yield Step("dlq.redrive", {"no": no})

    def drop(self, no: int) -> Steps[None]:
        """Deletes it."""
        yield Step("dlq.drop", {"no": no})

    def export(self, path: str | os.PathLike[str]) -> Steps[int]:
        """Writes all of them, payloads included (base64), as lines of JSON, replacing the file; how many. They stay.

        Holds one page of them in memory.
        """
        count = after = 0
        with open(path, "w", encoding="utf-8") as file:
            while page := (yield from _page(PAGE, after)):
                after = page[-1].no
                lines = yield from _lines(page)
                yield Aside(functools.partial(file.writelines, lines))
                count += len(lines)
        return count

    def stats(self) -> Steps[dict[str, Any]]:
        """`total`, `bytes`, `by_reason`, `oldest_at_ms` and the largest `groups`, as the protocol says."""
        return (yield Step("dlq.stats", {}))


class DeadLetters(Desk):
    """Of the synchronous client; any thread."""

    list = blocking(_Operations.list)
    show = blocking(_Operations.show)
    redrive = blocking(_Operations.redrive)
    drop = blocking(_Operations.drop)
    export = blocking(_Operations.export)
    stats = blocking(_Operations.stats)


class AsyncDeadLetters(Desk):
    """Of the asyncio client."""

    list = awaited(_Operations.list)
    show = awaited(_Operations.show)
    redrive = awaited(_Operations.redrive)
    drop = awaited(_Operations.drop)
    export = awaited(_Operations.export)
    stats = awaited(_Operations.stats)
