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

PREFIX = "group:"
JOIN_TIMEOUT = 5.0
LEAVE_TIMEOUT = 40.0
MAX_KEY_BYTES = 128

Row = dict[str, Any]
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


def _join(client: Any, group: str, handler: Function | None) -> ControlCall:
    call = ControlCall("group.join", _named(group), repeatable=True)
    if handler is not None:
        if client._started:
            raise RuntimeError("join() with a handler after start(): register handlers first, then start")
        client._handlers.add(handler, "*", None, None, False, None, group=group)
    return call


def _has_left(error: RelayError) -> bool:
    """A member leaves with its connection too."""
    return error.code == "NOT_CONNECTED"


class Groups:
    """Of the synchronous client; any thread."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def join(self, group: str, handler: Function | None = None, *, timeout: float = JOIN_TIMEOUT) -> Row:
        """Becomes a member; with `handler`, before `start()`, for what has no other. Returns the group's row."""
        found: Row = self._client._call(_join(self._client, group, handler), timeout)
        return found

    def leave(self, group: str, *, timeout: float = LEAVE_TIMEOUT) -> None:
        """Returns when nothing of the group is in this agent's hands; its running handlers finish first, 30 s at most."""
        try:
            self._client._call(ControlCall("group.leave", _named(group)), timeout)
        except RelayError as error:
            if not _has_left(error):
                raise

    def add(self, group: str) -> Row:
        """The group exists from now on, and messages wait for its first member."""
        found: Row = self._client.control("group.add", **_named(group))
        return found

    def list(self) -> list[Row]:
        """The groups, with `group`, `members`, `owned`, `moving` and `queued`."""
        found: list[Row] = self._client.control("group.ls")["groups"]
        return found

    def get(self, group: str) -> Row:
        """One group: its row, `members` and all `partitions`, each with `owner`, `epoch`, `queued`, `unacked`, `moving`."""
        found: Row = self._client.control("group.get", **_named(group))
        return found

    def partition(self, group: str, key: str) -> Row:
        """The partition of a key, as `get` tells it."""
        found: Row = self._client.control("group.partition", **_named(group, key=key))
        return found


class AsyncGroups:
    """Of the asyncio client."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def join(self, group: str, handler: Function | None = None, *, timeout: float = JOIN_TIMEOUT) -> Row:
        """Becomes a member; with `handler`, before `start()`, for what has no other. Returns the group's row."""
        found: Row = await self._client._call(_join(self._client, group, handler), timeout)
        return found

    async def leave(self, group: str, *, timeout: float = LEAVE_TIMEOUT) -> None:
        """Returns when nothing of the group is in this agent's hands; its running handlers finish first, 30 s at most."""
        try:
            await self._client._call(ControlCall("group.leave", _named(group)), timeout)
        except RelayError as error:
            if not _has_left(error):
                raise

    async def add(self, group: str) -> Row:
        """The group exists from now on, and messages wait for its first member."""
        found: Row = await self._client.control("group.add", **_named(group))
        return found

    async def list(self) -> list[Row]:
        """The groups, with `group`, `members`, `owned`, `moving` and `queued`."""
        found: list[Row] = (await self._client.control("group.ls"))["groups"]
        return found

    async def get(self, group: str) -> Row:
        """One group: its row, `members` and all `partitions`, each with `owner`, `epoch`, `queued`, `unacked`, `moving`."""
        found: Row = await self._client.control("group.get", **_named(group))
        return found

    async def partition(self, group: str, key: str) -> Row:
        """The partition of a key, as `get` tells it."""
        found: Row = await self._client.control("group.partition", **_named(group, key=key))
        return found
