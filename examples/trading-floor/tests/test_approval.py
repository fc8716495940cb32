"""Large blocks need the approvers: who is asked, what a no or silence does, what an approver votes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from relay_sdk import Decision as Ruling
from relay_sdk import Question, Vote

from floor.approval import Approval, NotApproved, voter
from floor.model import Decision


class Approvers:
    """Stands in for the bus: rules as it is told and remembers what was asked."""

    def __init__(self, approved: bool, why: str = "votes") -> None:
        self._ruling = Ruling(1, approved, why, {"signal": Vote("yes" if approved else "no", "by the test")})
        self.asked: list[tuple[str, list[str], Any]] = []

    def propose(self, title: str, voters: Sequence[str], rule: str, timeout: float, *, body: Any) -> Ruling:
        assert (rule, timeout) == ("unanimous", 2.0)
        self.asked.append((title, list(voters), body))
        return self._ruling


def decision(value: int) -> Decision:
    return Decision("BTC-USDT", "BUY", "take", Decimal(value), Decimal(1), "by the test")


def place(approvers: Approvers, value: int, above: Decimal | None = Decimal(1_000)) -> str:
    @Approval(approvers, ["signal"], above, 2.0).approve(decision(value))
    def placed() -> str:
        return "placed"

    return placed()


def test_a_small_block_is_placed_unasked_and_a_large_one_when_approved() -> None:
    approvers = Approvers(True)
    assert place(approvers, 999) == "placed"
    assert approvers.asked == []
    assert place(approvers, 1_000) == "placed"
    title, voters, body = approvers.asked[0]
    assert (title, voters, body["value"]) == ("BUY 1 BTC-USDT at 1000", ["signal"], "1000")


def test_nothing_is_placed_without_approval() -> None:
    with pytest.raises(NotApproved, match="by the test"):
        place(Approvers(False), 5_000)
    with pytest.raises(NotApproved, match="timeout"):
        place(Approvers(False, "timeout"), 5_000)


def test_without_a_bound_nothing_needs_approval() -> None:
    assert place(Approvers(False), 10**9, None) == "placed"


def test_an_approver_says_yes_up_to_its_bound_and_no_to_what_it_cannot_read() -> None:
    vote = voter(Decimal(2_000))

    def asked(body: Any) -> str:
        return vote(Question(1, "t", body, "executor", "unanimous", 1, 100)).word

    assert (asked({"value": "2000"}), asked({"value": "2000.01"}), asked(None)) == ("yes", "no", "no")
