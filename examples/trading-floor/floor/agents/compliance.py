"""A shadow: hears everything, checks it against its own rules, writes down its verdict and never says a word to the others.

Rules: every order of the executor was decided and recorded before it was placed; its terms are the decided ones; its value
is within the limit; an order that has ended stays ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from relay_sdk import Message, Relay

from floor.agents.common import Bench, idle, options, ready, serve

ENDED = {"FILLED", "CANCELLED", "REJECTED", "EXPIRED"}
MOST_REMEMBERED = 10_000
Row = tuple[Any, ...] | None


def violation(event: dict[str, Any], decided: Row, ended_as: str | None, most_value: Decimal) -> str:
    """What is wrong with this event of an order; empty when nothing is. `ended_as`: its state when it had ended before."""
    if decided is None:
        return "no decision was recorded before it"
    if (event["symbol"], event["side"]) != decided[:2] or Decimal(event["quantity"]) != Decimal(decided[3]):
        return f"terms differ from the decision: {decided}"
    if event["price"] and Decimal(event["price"]) * Decimal(event["quantity"]) > most_value:
        return f"value above {most_value}"
    if ended_as is not None and event["state"] != ended_as:
        return f"went from {ended_as} to {event['state']}"
    return ""


class Shadow:
    """Remembers how the last `MOST_REMEMBERED` orders ended; the oldest are forgotten."""

    def __init__(self, bench: Bench, most_value: Decimal) -> None:
        self._bench = bench
        self._most_value = most_value
        self._ended: dict[str, tuple[int, str]] = {}

    def on_order_event(self, message: Message) -> None:
        event = message.json()
        if event.get("agent") != "executor":
            return
        order_id = event["client_order_id"]
        ended_by, ended_as = self._ended.get(order_id, (0, None))
        if int(event["event"]) <= ended_by:
            self._bench.counts.add("repeats")  # delivered again after a crash
            return
        rows = self._bench.store.rows("SELECT symbol, side, price, quantity FROM decision WHERE client_order_id = ?", order_id)
        wrong = violation(event, rows[0] if rows else None, ended_as, self._most_value)
        self._bench.counts.add("violations" if wrong else "checked")
        if event["state"] in ENDED:
            self._ended.setdefault(order_id, (int(event["event"]), event["state"]))
            while len(self._ended) > MOST_REMEMBERED:
                del self._ended[next(iter(self._ended))]
        if wrong or event["state"] in ENDED:
            self._write(message, order_id, "violation" if wrong else "ok", wrong or event["state"])

    def on_floor(self, message: Message) -> None:
        told = message.json()
        self._write(message, str(told.get("cycle", "")), str(told.get("state") or told.get("what")), str(told))

    def _write(self, message: Message, subject: str, verdict: str, detail: str) -> None:
        self._bench.store.write(
            "INSERT INTO shadow VALUES (?, ?, ?, ?, ?)", self._bench.clock.wall_ms(), message.topic, subject, verdict, detail
        )


def main(argv: Sequence[str]) -> None:
    parser = options("compliance", __doc__ or "")
    parser.add_argument("--most-value", type=Decimal, default=Decimal(2_500), help="largest value of one order")
    args = parser.parse_args(argv)

    def work(bench: Bench) -> None:
        shadow = Shadow(bench, args.most_value)
        bench.relay.on("order.event", shadow.on_order_event, topic="orders.*.*")
        for kind in ("floor.cycle", "floor.alert"):
            bench.relay.on(kind, shadow.on_floor, topic=kind)
        bench.relay.start()
        ready("compliance")
        idle(bench)

    serve("compliance", args, lambda _: Relay("compliance", args.socket), work)
