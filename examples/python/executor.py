"""Turns signals into orders: asks risk, places through the sidecar, and confirms each fill to the ledger."""

from __future__ import annotations

import threading
import time
from collections import Counter
from decimal import Decimal

from agent import Stop, options, report
from relay_sdk import Message, Relay, RelayError


class Executor:
    """Handlers run on several threads, so the counters and the pace are kept under a lock."""

    def __init__(self, relay: Relay, quantity: Decimal, min_gap: float) -> None:
        self._relay = relay
        self._quantity = quantity
        self._min_gap = min_gap
        self._lock = threading.Lock()
        self._next_at: dict[str, float] = {}
        self.counters = Counter[str]()

    def on_signal(self, message: Message) -> None:
        """A signal is advice: one that is old, too soon or not answered for is dropped and counted, never retried."""
        signal = message.json()
        if message.redelivered or not self._may_order(signal["symbol"]):
            self._count("signals_passed")
            return
        order = {"symbol": signal["symbol"], "side": signal["side"], "quantity": self._quantity}
        try:
            exposure = self._relay.request("risk", "exposure", order, timeout=0.5).json()
            if not exposure["allowed"]:
                self._count("denied_by_risk")
                return
            order |= {"type": "LIMIT", "price": signal["price"], "tif": "IOC"}
            answer = self._relay.request("sidecar", "orders.place", order, timeout=2.0).json()
        except RelayError as error:
            self._count(f"failed_{error.code.lower()}")
            return
        self._count(f"orders_{answer['result']}" if answer["ok"] else f"orders_{answer['code'].lower()}")

    def on_order_event(self, message: Message) -> None:
        """Every fill is confirmed by the ledger before its event is acked, so a crash repeats it and loses none."""
        event = message.json()
        self._count("order_events")
        if event.get("fill_trade_id") and event.get("agent") == self._relay.name:
            self._relay.send_and_wait("ledger", "fill", event, timeout=5.0)
            self._count("fills_confirmed")

    def _may_order(self, symbol: str) -> bool:
        now = time.monotonic()
        with self._lock:
            if now < self._next_at.get(symbol, 0.0):
                return False
            self._next_at[symbol] = now + self._min_gap
            return True

    def _count(self, name: str) -> None:
        with self._lock:
            self.counters[name] += 1


def main() -> None:
    parser = options(__doc__ or "", "executor")
    parser.add_argument("--quantity", type=Decimal, default=Decimal("0.01"))
    parser.add_argument("--orders-per-second", type=float, default=5.0, help="for each symbol")
    args = parser.parse_args()
    stop = Stop(args.duration)
    with Relay(args.name, args.socket) as relay:
        executor = Executor(relay, args.quantity, 1.0 / args.orders_per_second)
        relay.on("signal", executor.on_signal, topic="signals.*")
        relay.on("order.event", executor.on_order_event, topic="orders.*.*")
        relay.start()
        stop.wait()
    report(args.name, executor.counters, bus=relay.get_metrics())


if __name__ == "__main__":
    main()
