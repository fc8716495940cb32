"""Compares three accounts of the same thing: the tracker's fills, Redis, and the venue itself.

A difference is normal for a moment, because the three learn of a fill one after another. One that lasts is recorded once
and told on `floor.alert`; it is never repaired here: the sidecar's own reconciliation does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from relay_sdk import Message, Relay
from relay_sdk.redis import OrderReader, PositionReader

from floor.agents.common import Bench, options, ready, serve
from floor.agents.scanner import publish
from floor.books import position_of
from floor.failures import BrokerDown, StoreDown
from floor.venue import Venue, VenueError

LASTS_MS = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """`here` is the floor's side, `there` the other one's."""

    kind: str
    symbol: str
    here: str
    there: str


class Watch:
    """Differences by the time they have lasted. Bounded by what one comparison can find."""

    def __init__(self) -> None:
        self._since: dict[Difference, int] = {}
        self._told: set[Difference] = set()

    def lasting(self, found: set[Difference], now_ms: int) -> list[tuple[Difference, int]]:
        """Those that have now lasted too long and were not told before."""
        self._since = {each: self._since.get(each, now_ms) for each in found}
        self._told &= found
        late = [(each, now_ms - at) for each, at in self._since.items() if now_ms - at >= LASTS_MS and each not in self._told]
        self._told.update(each for each, _ in late)
        return late


class Reconciler:
    """Requests and the main thread's looks compare by turns; the watch belongs to the main thread."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._orders = OrderReader(bench.redis)
        self._positions = PositionReader(bench.redis)
        venue = Venue(bench.args.rest) if bench.args.rest else None
        self._venue = venue if venue is not None and venue.has_key else None
        self._watch = Watch()

    def on_reconcile(self, message: Message) -> dict[str, Any]:
        """The cheap half, between every two cycles: fills against positions."""
        try:
            found = self.positions()
        except BrokerDown as down:
            raise RuntimeError(str(down)) from down
        return {"differences": len(found)}

    def positions(self) -> set[Difference]:
        found = set()
        for symbol in self._bench.args.symbols:
            booked = position_of(self._bench.store, self._bench.args.account, symbol)
            held = self._bench.read(lambda s=symbol: self._positions.position(self._bench.args.account, s))  # type: ignore[misc]
            there = held.quantity if held is not None else Decimal(0)
            if booked != there:
                found.add(Difference("position", symbol, str(booked), str(there)))
        return found

    def open_orders(self, venue: Venue) -> set[Difference]:
        account = self._bench.args.account
        known: dict[str, set[str]] = {symbol: set() for symbol in self._bench.args.symbols}
        for order_id in self._bench.read(lambda: self._orders.open_ids(account)):
            order = self._bench.read(lambda each=order_id: self._orders.order(account, each))  # type: ignore[misc]
            if order is not None and order["symbol"] in known:
                known[order["symbol"]].add(order_id)
        found = set()
        for symbol, here in known.items():
            there = set(venue.open_orders(symbol))
            found |= {Difference("open_order", symbol, order_id, "not open") for order_id in here - there}
            found |= {Difference("open_order", symbol, "not open", order_id) for order_id in there - here}
        return found

    def look(self) -> None:
        now_ms = self._bench.clock.wall_ms()
        try:
            found = self.positions()
            if self._venue is not None:
                found |= self.open_orders(self._venue)
            for each, lasted_ms in self._watch.lasting(found, now_ms):
                self._bench.store.write(
                    "INSERT INTO discrepancy VALUES (?, ?, ?, ?, ?, ?)",
                    now_ms, each.kind, each.symbol, each.here, each.there, lasted_ms,
                )  # fmt: skip
                publish(self._bench, "floor.alert", {"what": "difference", "kind": each.kind, "symbol": each.symbol,
                                                     "here": each.here, "there": each.there})  # fmt: skip
            self._bench.counts.add("comparisons")
            self._bench.counts.save()
        except (BrokerDown, VenueError, StoreDown) as failure:
            self._bench.counts.add(f"uncompared_{type(failure).__name__.lower()}")


def main(argv: Sequence[str]) -> None:
    parser = options("reconciler", __doc__ or "")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between comparisons with the venue")
    args = parser.parse_args(argv)

    def work(bench: Bench) -> None:
        reconciler = Reconciler(bench)
        bench.relay.on("reconcile", reconciler.on_reconcile)
        bench.relay.start()
        ready("reconciler")
        while not bench.stop.wait(args.every):
            reconciler.look()

    serve("reconciler", args, lambda _: Relay("reconciler", args.socket), work)
