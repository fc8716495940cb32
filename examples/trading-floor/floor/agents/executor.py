"""Places the decided orders through the sidecar, takes back what has rested long enough, and logs each execution.

An `execute` that comes again after a crash places the same client order ids again: the sidecar answers with the orders that
it has, so nothing is doubled. Orders that rest are cancelled by age, also those of a former life of this process.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from relay_sdk import Message, Relay
from relay_sdk.redis import BookReader, OrderReader, StaleBook

from floor.agents.common import Bench, options, ready, retry, serve
from floor.approval import Approval, NotApproved
from floor.failures import BrokerDown, RateLimited, StoreDown
from floor.model import Decision, Outcome, client_order_id
from floor.orders import SIDECAR, ask, place

PLACE_S = 3.0
SWEEP_S = 1.0


class Executor:
    """One `execute` at a time: requests come on the scanner's lane. The sweep runs on the main thread and shares nothing."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._retry = retry(bench.args)
        self._orders = OrderReader(bench.redis)
        self._books: BookReader | None = None
        args = bench.args
        self._approval = Approval(bench.relay, args.approvers, args.block_value, args.approval_s)

    def on_execute(self, message: Message) -> dict[str, Any]:
        asked = message.json()
        deadline = self._bench.clock.now() + 0.9 * float(asked["timeout_s"])
        decisions = [Decision.from_json(each) for each in asked["decisions"]]
        outcomes = [self._one(asked["cycle"], index, each, deadline) for index, each in enumerate(decisions)]
        return {"outcomes": [asdict(each) for each in outcomes]}

    def _one(self, cycle_id: str, index: int, decision: Decision, deadline: float) -> Outcome:
        """Repeats what can be repeated; an answer that never came is looked up by the order events, not guessed."""
        order_id = client_order_id(cycle_id, index)
        began_ns = time.monotonic_ns()
        bid, ask_price = self._best(decision.symbol)
        tries = 0

        def attempt() -> Outcome:
            nonlocal tries
            tries += 1
            left = max(0.05, min(PLACE_S, deadline - self._bench.clock.now()))
            return place(self._bench.relay, decision, order_id, left)

        @self._approval.approve(decision)
        def place_all() -> Outcome:
            return self._retry.run(self._bench.clock, attempt, deadline)

        try:
            outcome = place_all()
        except NotApproved as denied:
            outcome = Outcome("refused", "NOT_APPROVED", str(denied), order_id)
        except RateLimited as limited:
            outcome = Outcome("refused", "RATE_LIMITED", str(limited), order_id)
        except BrokerDown as down:
            outcome = Outcome("unknown", "BROKER_DOWN", str(down), order_id)
        took_ms = (time.monotonic_ns() - began_ns) // 1_000_000
        self._log(decision, outcome, bid, ask_price, tries, took_ms)
        self._bench.counts.add(f"orders_{outcome.result}")
        return outcome

    def _best(self, symbol: str) -> tuple[str, str]:
        """What the best execution would have been measured against, at the moment of placing; empty when unknown."""
        try:
            if self._books is None:
                self._books = BookReader(self._bench.redis)
            books = self._books
            book = self._bench.read(lambda: books.book(symbol, 1))
        except (StaleBook, BrokerDown):
            return "", ""
        return (str(book.bids[0][0]) if book.bids else "", str(book.asks[0][0]) if book.asks else "")

    def _log(self, decision: Decision, outcome: Outcome, bid: str, ask_price: str, tries: int, took_ms: int) -> None:
        """The order has gone out: a log that cannot be written is counted, and the scanner's own write stops the floor."""
        average = ""
        try:
            order = self._bench.read(lambda: self._orders.order(self._bench.args.account, outcome.client_order_id))
            average = (order or {}).get("average_price", "")
        except BrokerDown:
            self._bench.counts.add("average_price_unknown")
        try:
            self._bench.store.write(
                "INSERT OR REPLACE INTO best_execution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                outcome.client_order_id, self._bench.clock.wall_ms(), decision.symbol, decision.side, decision.style, bid,
                ask_price, str(decision.price), str(decision.quantity), str(outcome.filled), average, outcome.result, tries,
                took_ms,
            )  # fmt: skip
        except StoreDown:
            self._bench.counts.add("unlogged")

    def sweep(self, rest_s: float) -> None:
        """Takes back own orders that have rested for `rest_s`."""
        account, now_ms = self._bench.args.account, self._bench.clock.wall_ms()
        try:
            for order_id in self._bench.read(lambda: self._orders.open_ids(account)):
                order = self._bench.read(lambda each=order_id: self._orders.order(account, each))  # type: ignore[misc]
                if order is None or order["agent"] != self._bench.name or order["state"] not in ("OPEN", "PARTIALLY_FILLED"):
                    continue
                if now_ms - int(order["created_at_ms"]) >= Decimal(rest_s) * 1000:
                    answer = ask(self._bench.relay, SIDECAR, "orders.cancel", {"client_order_id": order_id}, PLACE_S)
                    self._bench.counts.add(f"cancels_{answer.get('result')}")
        except BrokerDown:
            self._bench.counts.add("sweeps_failed")


def main(argv: Sequence[str]) -> None:
    parser = options("executor", __doc__ or "")
    parser.add_argument("--rest-s", type=float, default=30.0, help="seconds a resting order may rest")
    parser.add_argument("--block-value", type=Decimal, help="orders worth this or more need approval; default: none does")
    parser.add_argument("--approvers", type=lambda text: text.split(","), default=["signal"], metavar="A,B")
    parser.add_argument("--approval-s", type=float, default=2.0, help="seconds the approvers have")
    args = parser.parse_args(argv)

    def work(bench: Bench) -> None:
        executor = Executor(bench)
        bench.relay.on("execute", executor.on_execute)
        bench.relay.start()
        ready("executor")
        while not bench.stop.wait(SWEEP_S):
            executor.sweep(args.rest_s)
            try:
                bench.counts.save()
            except StoreDown:
                bench.counts.add("counters_unsaved")

    serve("executor", args, lambda _: Relay("executor", args.socket), work)
