"""Quotas of agents and groups, for both clients; off until an operator sets one.

A send above its sender's rate fails with RATE_LIMITED, and `retry_after_ms` of the refusal says when to try again; one that
finds its recipient's mailbox full, with MAILBOX_FULL. Every call raises RelayRefused (UNAUTHORIZED, NOT_FOUND, BAD_NAME,
BAD_REQUEST) or RelayTimeout. Changes are audited by the daemon and kept over its restarts.
"""

from __future__ import annotations

import dataclasses

from relay_sdk._steps import Desk, Step, Steps, awaited, blocking, pages


@dataclasses.dataclass(frozen=True)
class Quota:
    """What an agent may send per second, and how much may wait for it; 0 is no limit."""

    messages_per_s: int = 0
    bytes_per_s: int = 0
    mailbox_messages: int = 0
    mailbox_bytes: int = 0


class _Operations:
    def set(self, target: str, quota: Quota) -> Steps[None]:
        """For an agent, for "*" (all that have none of their own), or for `group:NAME`, which has a mailbox only.

        Takes the place of the one before; `Quota()` takes it away.
        """
        yield Step("quota.set", {"agent": target, **dataclasses.asdict(quota)})

    def list(self) -> Steps[dict[str, Quota]]:
        """Those that are set, by target; who is no operator is told its own and that of all."""
        names = [field.name for field in dataclasses.fields(Quota)]
        rows = yield from pages("quota.ls", {}, "quotas", "agent")
        return {row["agent"]: Quota(**{name: row[name] for name in names}) for row in rows}


class Quotas(Desk):
    """Of the synchronous client; any thread."""

    set = blocking(_Operations.set)
    list = blocking(_Operations.list)


class AsyncQuotas(Desk):
    """Of the asyncio client."""

    set = awaited(_Operations.set)
    list = awaited(_Operations.list)
