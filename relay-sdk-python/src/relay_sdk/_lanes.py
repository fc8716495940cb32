"""The lanes that deliver to this agent, and what they do when a message dies, for both clients.

A lane skips the hole, which is announced, or halts in front of it, for order flow. Every call raises RelayRefused (NOT_FOUND,
UNAUTHORIZED, BAD_REQUEST when the lane is not halted) or RelayTimeout. Changes are durable and audited by the daemon.
"""

from __future__ import annotations

from typing import Any

from relay_sdk._steps import Desk, Step, Steps, awaited, blocking

Rows = list[dict[str, Any]]
POLICIES = ("skip", "halt")


class _Operations:
    def list(self, *, halted: bool = False) -> Steps[Rows]:
        """As the protocol describes them: `sender`, `class`, `on_dead_letter`, `halted`, `queued` and more."""
        found: Rows = (yield Step("lane.ls", {"halted": halted}))["lanes"]
        return found

    def on_dead_letter(self, sender: str, what: str, *, lane_class: str = "message") -> Steps[None]:
        """`what`: "skip" or "halt", for the lane of this sender and class ("message", "topic", "reply")."""
        if what not in POLICIES:
            raise ValueError(f"on_dead_letter={what!r}; choose one of {POLICIES}")
        yield Step("lane.policy", {"sender": sender, "class": lane_class, "on_dead_letter": what})

    def skip(self, sender: str, *, lane_class: str = "message") -> Steps[None]:
        """A halted lane announces the hole and goes on behind it."""
        yield Step("lane.skip", {"sender": sender, "class": lane_class})

    def resume(self, sender: str, *, lane_class: str = "message") -> Steps[None]:
        """A halted lane tries the dead message again, in its old place, with a new budget.

        What its sender may not send by now dies again instead, as FORBIDDEN, and the lane halts before it.
        """
        yield Step("lane.resume", {"sender": sender, "class": lane_class})


class Lanes(Desk):
    """Of the synchronous client; any thread."""

    list = blocking(_Operations.list)
    on_dead_letter = blocking(_Operations.on_dead_letter)
    skip = blocking(_Operations.skip)
    resume = blocking(_Operations.resume)


class AsyncLanes(Desk):
    """Of the asyncio client."""

    list = awaited(_Operations.list)
    on_dead_letter = awaited(_Operations.on_dead_letter)
    skip = awaited(_Operations.skip)
    resume = awaited(_Operations.resume)
