"""Work groups, for both clients: one of many handles a message, one key always the same member, in order.

A message to `group:NAME` goes to one of its 64 partitions, by its `key`. Each partition has one owner among the members and an
epoch that rises with each change of owner. A client joins again on every connection. What it holds of a partition that it owns
no more is forgotten; what a handler sends carries the partition's epoch, so that the daemon refuses it, NOT_OWNER, once another
member has the partition. Every call raises RelayRefused (BAD_NAME, NOT_FOUND, OVERLOADED) or RelayTimeout.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from relay_sdk import _names
from relay_sdk._errors import RelayError, RelayRefused
from relay_sdk._handles import ControlCall
from relay_sdk._steps import Both, ClientDesk, Step, Steps, awaited, blocking

PREFIX = "group:"
JOIN_TIMEOUT = 5.0
LEAVE_TIMEOUT = 40.0
MAX_KEY_BYTES = 128

Row = dict[str, Any]
Rows = list[Row]
Function = Callable[[Any], Any]


class Seat(NamedTuple):
    """A partition under one epoch: what this agent owns, and for how long."""

    group: str
    partition: int
    epoch: int

    @property
    def address(self) -> str:
        return f"{self.group}#{self.partition}"

    @property
    def fence(self) -> bytes:
        """What the daemon compares: who sends this owns the partition under this epoch."""
        return struct.pack("<Q", self.epoch) + self.address.encode()


#: The partition of the message that is being handled on this thread or task.
handling: ContextVar[Seat | None] = ContextVar("relay_seat", default=None)


def seat_of(body: Row) -> Seat | None:
    """From LANE: None for a lane of the agent's own."""
    return Seat(body["group"], body["partition"], body["group_epoch"]) if "group" in body else None


def is_lost(seat: Seat, event: Row, name: str) -> bool:
    """Whether an EVENT `group` tells that this agent does not own the partition under this epoch any more.

    One of an older epoch is late.
    """
    return seat.group == event["group"] and any(
        change["partition"] == seat.partition
        and (change["epoch"] > seat.epoch or (change["epoch"] == seat.epoch and change["owner"] != name))
        for change in event["changes"]
    )


def is_older(seat: Seat, other: Seat) -> bool:
    """Whether the other is the same partition under a newer epoch."""
    return seat[:2] == other[:2] and seat.epoch < other.epoch


def target_of(target: str) -> tuple[str, str]:
    """Kind and name of a target; BAD_NAME for an illegal one."""
    kind, name = ("group", target[len(PREFIX) :]) if target.startswith(PREFIX) else ("agent", target)
    if not _names.is_agent(name):
        raise RelayRefused("BAD_NAME", f"target={target!r}.")
    return kind, name


def checked_key(kind: str, key: str) -> bytes:
    data = key.encode()
    if kind != "group" or not 1 <= len(data) <= MAX_KEY_BYTES:
        raise RelayRefused("BAD_REQUEST", f"a key has 1 to {MAX_KEY_BYTES} bytes and goes to a group.")
    return data


def _named(group: str, **more: Any) -> Row:
    if not _names.is_agent(group):
        raise RelayRefused("BAD_NAME", f"group={group!r}.")
    return {"group": group, **more}


class _Operations:
    _client: Any

    def join(self, group: str, handler: Function | None = None, *, timeout: float = JOIN_TIMEOUT) -> Steps[Row]:
        """Becomes a member; with `handler`, before `start()`, for what has no other. Returns the group's row."""
        call = ControlCall("group.join", _named(group), repeatable=True)
        if handler is not None:
            if self._client._started:
                raise RuntimeError("join() with a handler after start(): register handlers first, then start")
            self._client._handlers.add(handler, "*", None, None, False, None, group=group)
        return (yield Both(lambda: self._client._call(call, timeout)))

    def leave(self, group: str, *, timeout: float = LEAVE_TIMEOUT) -> Steps[None]:
        """Returns when nothing of the group is in this agent's hands; its running handlers finish first, 30 s at most."""
        try:
            yield Step("group.leave", _named(group), timeout)
        except RelayError as error:
            if error.code != "NOT_CONNECTED":  # a member leaves with its connection too
                raise

    def add(self, group: str) -> Steps[Row]:
        """The group exists from now on, and messages wait for its first member."""
        return (yield Step("group.add", _named(group)))

    def list(self) -> Steps[Rows]:
        """The groups, with `group`, `members`, `owned`, `moving` and `queued`."""
        found: Rows = (yield Step("group.ls", {}))["groups"]
        return found

    def get(self, group: str) -> Steps[Row]:
        """One group: its row, `members` and all `partitions`, each with `owner`, `epoch`, `queued`, `unacked`, `moving`."""
        return (yield Step("group.get", _named(group)))

    def partition(self, group: str, key: str) -> Steps[Row]:
        """The partition of a key, as `get` tells it."""
        return (yield Step("group.partition", _named(group, key=key)))


class Groups(ClientDesk):
    """Of the synchronous client; any thread."""

    join = blocking(_Operations.join)
    leave = blocking(_Operations.leave)
    add = blocking(_Operations.add)
    list = blocking(_Operations.list)
    get = blocking(_Operations.get)
    partition = blocking(_Operations.partition)


class AsyncGroups(ClientDesk):
    """Of the asyncio client."""

    join = awaited(_Operations.join)
    leave = awaited(_Operations.leave)
    add = awaited(_Operations.add)
    list = awaited(_Operations.list)
    get = awaited(_Operations.get)
    partition = awaited(_Operations.partition)
