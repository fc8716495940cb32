"""A trader asks risk and compliance before it does something large; each says why."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from agent import options, report
from relay_sdk import Question, Relay, Vote


def up_to(most: Decimal) -> Callable[[Question], Vote]:
    """A voter with a limit."""

    def vote(question: Question) -> Vote:
        value = Decimal(question.body["value"])
        return Vote("yes", "within my limit") if value <= most else Vote("no", f"{value} is above my {most}")

    return vote


def main() -> None:
    args = options(__doc__ or "", "team-vote").parse_args()
    limits = {f"{args.name}-risk": Decimal(50_000), f"{args.name}-compliance": Decimal(20_000)}
    found = {}
    with contextlib.ExitStack() as stack:
        for name, most in limits.items():
            voter = stack.enter_context(Relay(name, args.socket))
            voter.proposals().on_question(up_to(most))
            voter.start()
        trader = stack.enter_context(Relay(f"{args.name}-trader", args.socket))
        for value in ("10000", "30000", "90000"):
            ruling = trader.propose(f"sell for {value}", list(limits), "unanimous", 10.0, body={"value": value})
            found[value] = {"approved": ruling.approved, "reasons": [vote.reason for vote in ruling.votes.values()]}
    report(args.name, Counter(), rulings=found)


if __name__ == "__main__":
    main()
