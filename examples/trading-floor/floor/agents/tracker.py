"""Books every fill exactly once and keeps the state of every order, from the order events alone.

The rows and the message's position in the inbox are one transaction, so it does not matter who dies when. Once an hour it
takes a snapshot of the positions.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from relay_sdk import AlreadyDone, InboxPosition, Message, Relay
from relay_sdk.redis import PositionReader

from floor.agents.common import Bench, idle, options, ready, serve
from floor.failures import BrokerDown
from floor.store import Store


class SqliteInbox:
    """The client's inbox as a table of the floor's database.

    `done` runs inside the handler's transaction, or, for messages that write nothing, between those of other handlers.
    """

    def __init__(self, store: Store) -> None:
        self._db = store.db
        self._lock = store.lock
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS relay_inbox (store TEXT, sender TEXT, class TEXT, epoch INTEGER, seq INTEGER,"
            " PRIMARY KEY (store, sender, class)) WITHOUT ROWID"
        )

    def load(self) -> list[InboxPosition]:
        return [InboxPosition(*row) for row in self._db.execute("SELECT store, sender, class, epoch, seq FROM relay_inbox")]

    def done(self, position: InboxPosition, state: bytes) -> None:
        with self._lock:
            changed = self._db.execute(
                "INSERT INTO relay_inbox VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch,"
                " seq = excluded.seq WHERE (epoch, seq) < (excluded.epoch, excluded.seq)",
                position,
            )
        if changed.rowcount == 0:
            raise AlreadyDone(position)

    def close(self) -> None:
        """The connection is the store's."""


def book(db: sqlite3.Connection, event: dict[str, Any]) -> bool:
    """True when the event brought a fill that was not known. The order's row only moves forward."""
    db.execute(
        "INSERT INTO order_state VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " price = excluded.price, quantity = excluded.quantity, filled = excluded.filled, state = excluded.state,"
        " reason = excluded.reason, event = excluded.event, updated_at_ms = excluded.updated_at_ms"
        " WHERE event < excluded.event",
        (
            event["client_order_id"], event["symbol"], event["side"], event["type"], event["price"], event["quantity"],
            event["filled"], event["state"], event["reason"], int(event["event"]), int(event["updated_at_ms"]),
        ),
    )  # fmt: skip
    if not event.get("fill_trade_id"):
        return False
    changed = db.execute(
        "INSERT OR IGNORE INTO fill VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event["account"], event["symbol"], event["fill_trade_id"], event["venue_order_id"], event["client_order_id"],
            event["side"], event["type"], event["fill_price"], event["fill_quantity"], event["fill_commission"],
            event["fill_commission_asset"], int(event["fill_at_ms"]),
        ),
    )  # fmt: skip
    return changed.rowcount == 1


class Tracker:
    def __init__(self, bench: Bench, snapshot_ms: int) -> None:
        self._bench = bench
        self._snapshot_ms = snapshot_ms
        self._positions = PositionReader(bench.redis)
        newest = bench.store.rows("SELECT max(at_ms) FROM position_snapshot")[0][0]
        self._next_snapshot_ms = (newest or 0) + snapshot_ms

    def on_order_event(self, message: Message) -> None:
        with self._bench.store.transaction() as db:
            fresh = book(db, message.json())
            message.done()
        self._bench.counts.add("fills" if fresh else "order_events")

    def on_sync(self, message: Message) -> dict[str, Any]:
        """Positions as Redis has them now, and how many fills are booked here."""
        held = {}
        for symbol in self._bench.args.symbols:
            found = self._bench.read(lambda s=symbol: self._positions.position(self._bench.args.account, s))  # type: ignore[misc]
            if found is not None:
                held[symbol] = {
                    "quantity": str(found.quantity), "average_cost": str(found.average_cost), "realised": str(found.realised),
                }  # fmt: skip
        self._snapshot(held)
        return {"positions": held, "fills": self._bench.store.rows("SELECT count(*) FROM fill")[0][0]}

    def _snapshot(self, held: dict[str, dict[str, str]]) -> None:
        now_ms = self._bench.clock.wall_ms()
        if now_ms < self._next_snapshot_ms:
            return
        self._next_snapshot_ms = now_ms + self._snapshot_ms
        with self._bench.store.transaction() as db:
            db.executemany(
                "INSERT INTO position_snapshot VALUES (?, ?, ?, ?, ?)",
                [(now_ms, s, p["quantity"], p["average_cost"], p["realised"]) for s, p in held.items()],
            )
        self._bench.store.forget_old(now_ms)


def main(argv: Sequence[str]) -> None:
    parser = options("tracker", __doc__ or "")
    parser.add_argument("--snapshot-s", type=float, default=3_600, help="seconds between snapshots of the positions")
    args = parser.parse_args(argv)

    def work(bench: Bench) -> None:
        tracker = Tracker(bench, int(args.snapshot_s * 1000))
        bench.relay.on("order.event", tracker.on_order_event, topic="orders.*.*")
        bench.relay.on("sync", _answering(tracker))
        bench.relay.start()
        ready("tracker")
        idle(bench)

    def relay(store: Store) -> Relay:
        return Relay("tracker", args.socket, inbox=SqliteInbox(store))

    serve("tracker", args, relay, work)


def _answering(tracker: Tracker) -> Callable[[Message], dict[str, Any]]:
    def sync(message: Message) -> dict[str, Any]:
        try:
            return tracker.on_sync(message)
        except BrokerDown as down:
            raise RuntimeError(str(down)) from down

    return sync
