"""Large blocks are placed only when the approvers agree: a guard around what places, and what an approver votes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from relay_sdk import Decision as Ruling
from relay_sdk import Question, Vote

from floor.model import Decision

T = TypeVar("T")


class NotApproved(Exception):
    """The approvers said no, or did not answer in time. Nothing was placed."""


class Proposer(Protocol):
    """What of the bus the guard uses."""

    def propose(self, title: str, voters: Sequence[str], rule: str, timeout: float, *, body: Any) -> Ruling: ...


class Approval:
    """Blocks worth `above` or more need the approvers; None: nothing does."""

    def __init__(self, relay: Proposer, approvers: Sequence[str], above: Decimal | None, timeout_s: float) -> None:
        self._relay = relay
        self._approvers = approvers
        self._above = above
        self._timeout_s = timeout_s

    def approve(self, decision: Decision) -> Callable[[Callable[[], T]], Callable[[], T]]:
        """A decorator of what places this decision; it raises NotApproved instead when it may not be placed."""

        def guard(place: Callable[[], T]) -> Callable[[], T]:
            def guarded() -> T:
                value = decision.price * decision.quantity
                if self._above is not None and value >= self._above:
                    self._ask(decision, value)
                return place()

            return guarded

        return guard

    def _ask(self, decision: Decision, value: Decimal) -> None:
        title = f"{decision.side} {decision.quantity} {decision.symbol} at {decision.price}"
        body = {"symbol": decision.symbol, "side": decision.side, "value": str(value), "reason": decision.reason}
        ruling = self._relay.propose(title, list(self._approvers), "unanimous", self._timeout_s, body=body)
        if not ruling.approved:
            reasons = "; ".join(f"{name}: {vote.reason}" for name, vote in ruling.votes.items())
            raise NotApproved(f"proposal={ruling.proposal} why={ruling.why} {reasons}".strip())


def voter(most_value: Decimal) -> Callable[[Question], Vote]:
    """Says yes up to a value, and no to what it does not understand."""

    def vote(question: Question) -> Vote:
        value = Decimal(str((question.body or {}).get("value", "Infinity")))
        if value <= most_value:
            return Vote("yes", f"value {value} within {most_value}")
        return Vote("no", f"value {value} above {most_value}")

    return vote
