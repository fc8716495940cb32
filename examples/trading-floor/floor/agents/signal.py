"""Turns a view into decisions. The strategy stands behind `Analyst`; here it is the deterministic stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from relay_sdk import Message, Relay

from floor.agents.common import Bench, idle, options, ready, serve
from floor.analysis import Analyst, ImbalanceAnalyst, Sizes
from floor.approval import voter
from floor.failures import AnalysisTimeout, InvalidAnalysis
from floor.model import Snapshot, View


def view_of(payload: dict[str, Any]) -> View:
    books = {
        symbol: Snapshot(
            symbol, Decimal(book["bid"]), Decimal(book["ask"]), Decimal(book["bid_quantity"]), Decimal(book["ask_quantity"]),
            int(book["read_at_ms"]), Decimal(book["position"]),
        )
        for symbol, book in payload["books"].items()
    }  # fmt: skip
    return View(payload["cycle"], books)


def answer(analyst: Analyst, payload: dict[str, Any]) -> dict[str, Any]:
    """Failures of the analysis are answers, not errors: they mean something to the cycle."""
    try:
        decisions = analyst.analyse(view_of(payload), float(payload["timeout_s"]))
    except AnalysisTimeout as late:
        return {"failure": "timeout", "detail": str(late)}
    except InvalidAnalysis as invalid:
        return {"failure": "invalid", "detail": str(invalid)}
    return {"decisions": [each.to_json() for each in decisions]}


def main(argv: Sequence[str]) -> None:
    parser = options("signal", __doc__ or "")
    parser.add_argument("--order-value", type=Decimal, default=Decimal(200), help="worth of one order in the quote asset")
    parser.add_argument("--position-value", type=Decimal, default=Decimal(2_000), help="worth of the largest position")
    parser.add_argument("--take-at", type=Decimal, default=Decimal("0.35"), help="imbalance from which the book is crossed")
    parser.add_argument(
        "--block-most", type=Decimal, default=Decimal(2_000), help="worth of the largest block that it approves"
    )
    args = parser.parse_args(argv)
    analyst = ImbalanceAnalyst(Sizes(args.order_value, args.position_value), take_at=args.take_at)

    def work(bench: Bench) -> None:
        @bench.relay.on("analyse")
        def analyse(message: Message) -> dict[str, Any]:
            bench.counts.add("analyses")
            return answer(analyst, message.json())

        bench.relay.proposals().on_question(voter(args.block_most))
        bench.relay.start()
        ready("signal")
        idle(bench)

    serve("signal", args, lambda _: Relay("signal", args.socket), work)
