"""The lanes that deliver to this agent, and what they do when a message dies, for both clients.

A lane skips the hole, which is announced, or halts in front of it, for order flow. Every call raises RelayRefused (NOT_FOUND,
UNAUTHORIZED, BAD_REQUEST when the lane is not halted) or RelayTimeout. Changes are durable and audited by the daemon.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Rows = list[dict[str, Any]]
POLICIES = ("skip", "halt")


def _policy(sender: str, on_dead_letter: str, lane_class: str) -> dict[str, Any]:
    if on_dead_letter not in POLICIES:
        raise ValueError(f"on_dead_letter={on_dead_letter!r}; choose one of {POLICIES}")
    return {"sender": sender, "class": lane_class, "on_dead_letter": on_dead_letter}


class Lanes:
    """Of the synchronous client; any thread."""

    def __init__(self, control: Callable[..., dict[str, Any]]) -> None:
        self._control = control

    def list(self, *, halted: bool = False) -> Rows:
        """As the protocol describes them: `sender`, `class`, `on_dead_letter`, `halted`, `queued` and more."""
        found: Rows = self._control("lane.ls", halted=halted)["lanes"]
        return found

    def on_dead_letter(self, sender: str, what: str, *, lane_class: str = "message") -> None:
        """`what`: "skip" or "halt", for the lane of this sender and class ("message", "topic", "reply")."""
        self._control("lane.policy", **_policy(sender, what, lane_class))

    def skip(self, sender: str, *, lane_class: str = "message") -> None:
        """A halted lane announces the hole and goes on behind it."""
        self._control("lane.skip", **{"sender": sender, "class": lane_class})

    def resume(self, sender: str, *, lane_class: str = "message") -> None:
        """A halted lane tries the dead message again, in its old place, with a new budget."""
        self._control("lane.resume", **{"sender": sender, "class": lane_class})


class AsyncLanes:
    """Of the asyncio client."""

    def __init__(self, control: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        self._control = control

    async def list(self, *, halted: bool = False) -> Rows:
        """As the protocol describes them: `sender`, `class`, `on_dead_letter`, `halted`, `queued` and more."""
        found: Rows = (await self._control("lane.ls", halted=halted))["lanes"]
        return found

    async def on_dead_letter(self, sender: str, what: str, *, lane_class: str = "message") -> None:
        """`what`: "skip" or "halt", for the lane of this sender and class ("message", "topic", "reply")."""
        await self._control("lane.policy", **_policy(sender, what, lane_class))

    async def skip(self, sender: str, *, lane_class: str = "message") -> None:
        """A halted lane announces the hole and goes on behind it."""
        await self._control("lane.skip", **{"sender": sender, "class": lane_class})

    async def resume(self, sender: str, *, lane_class: str = "message") -> None:
        """A halted lane tries the dead message again, in its old place, with a new budget."""
        await self._control("lane.resume", **{"sender": sender, "class": lane_class})
