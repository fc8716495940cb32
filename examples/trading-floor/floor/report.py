"""Judges the floor from its database: what it earned, what its executions cost, and what sharing the connection saved."""

from __future__ import annotations

import argparse
import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from floor.books import Fill, curve, fills
from floor.plot import sparkline, svg
from floor.store import Store

ADVERSE_AFTER_MS = 5_000
BPS = Decimal(10_000)


class Marks:
    """Mids by time, per symbol."""

    def __init__(self, store: Store) -> None:
        self.all: list[tuple[int, str, Decimal]] = []
        self._times: dict[str, list[int]] = {}
        self._mids: dict[str, list[Decimal]] = {}
        for at_ms, symbol, bid, ask in store.rows("SELECT at_ms, symbol, bid, ask FROM mark ORDER BY at_ms, symbol"):
            mid = (Decimal(bid) + Decimal(ask)) / 2
            self.all.append((at_ms, symbol, mid))
            self._times.setdefault(symbol, []).append(at_ms)
            self._mids.setdefault(symbol, []).append(mid)

    def before(self, symbol: str, at_ms: int) -> Decimal | None:
        place = bisect_right(self._times.get(symbol, []), at_ms)
        return self._mids[symbol][place - 1] if place else None

    def after(self, symbol: str, at_ms: int) -> Decimal | None:
        times = self._times.get(symbol, [])
        place = bisect_left(times, at_ms)
        return self._mids[symbol][place] if place < len(times) else None

    def last(self, symbol: str) -> Decimal | None:
        return self._mids[symbol][-1] if symbol in self._mids else None


class Weighted:
    """A mean in basis points, weighted by what was traded."""

    def __init__(self) -> None:
        self._sum = Decimal(0)
        self._weight = Decimal(0)

    def add(self, bps: Decimal, weight: Decimal) -> None:
        self._sum += bps * weight
        self._weight += weight

    @property
    def mean(self) -> Decimal | None:
        return self._sum / self._weight if self._weight else None


def execution(booked: Sequence[Fill], marks: Marks, decided: dict[str, Decimal]) -> dict[str, Any]:
    """Slippage of what took, against the mid of the decision; spread captured and adverse selection of what made.

    All per fill, from the side of the floor: slippage and adverse selection cost, captured spread earns.
    """
    slippage, captured, adverse = Weighted(), Weighted(), Weighted()
    earned = Decimal(0)
    for fill in booked:
        arrival = decided.get(fill.client_order_id)
        if fill.type == "LIMIT_MAKER":
            mid = marks.before(fill.symbol, fill.at_ms)
            later = marks.after(fill.symbol, fill.at_ms + ADVERSE_AFTER_MS)
            if mid is not None:
                captured.add(fill.sign * (mid - fill.price) / mid * BPS, fill.notional)
                earned += fill.sign * (mid - fill.price) * fill.quantity
            if mid is not None and later is not None:
                adverse.add(fill.sign * (mid - later) / mid * BPS, fill.notional)
        elif arrival is not None:
            slippage.add(fill.sign * (fill.price - arrival) / arrival * BPS, fill.notional)
    return {
        "slippage_bps": rounded(slippage.mean), "spread_captured_bps": rounded(captured.mean),
        "spread_captured": rounded(earned), "adverse_selection_bps": rounded(adverse.mean),
        "adverse_after_s": ADVERSE_AFTER_MS / 1000,
    }  # fmt: skip


def rounded(value: Decimal | None, digits: int = 4) -> str | None:
    return None if value is None else f"{value:.{digits}f}"


def fill_rate(store: Store) -> dict[str, Any]:
    rows = store.rows(
        "SELECT o.quantity, o.filled, o.state FROM order_state o JOIN decision d ON d.client_order_id = o.client_order_id"
    )
    wanted = sum((Decimal(quantity) for quantity, _, _ in rows), Decimal(0))
    shares = [Decimal(filled) / Decimal(quantity) for quantity, filled, _ in rows]
    return {
        "orders": len(rows), "orders_filled": sum(1 for _, _, state in rows if state == "FILLED"),
        "fill_rate": rounded(sum(shares, Decimal(0)) / len(shares)) if wanted else None,
    }  # fmt: skip


def shared(store: Store) -> dict[str, int]:
    """Reads of Redis by all agents: without the shared sidecar each would have been a request to the venue."""
    reads = store.rows("SELECT coalesce(sum(value), 0) FROM counter WHERE name = 'redis_reads'")
    return {"exchange_calls_saved": reads[0][0]}


def figures(store: Store, account: str) -> tuple[dict[str, Any], list[tuple[int, Decimal]]]:
    booked, marks = fills(store, account), Marks(store)
    line, books = curve(booked, marks.all)
    worth = sum((book.worth(marks.last(s) or Decimal(0)) for s, book in books.items()), Decimal(0))
    decided = {order: Decimal(mid) for order, mid in store.rows("SELECT client_order_id, mid FROM decision")}
    clock = store.rows("SELECT offset_ms, round_trip_ms FROM venue_clock ORDER BY at_ms DESC LIMIT 1")
    found: dict[str, Any] = {
        "profit": rounded(worth), "fees": rounded(sum((book.fees for book in books.values()), Decimal(0))),
        "drawdown": rounded(line.drawdown), "fills": len(booked),
        **execution(booked, marks, decided), **fill_rate(store), **shared(store),
        "cycles": dict(store.rows("SELECT state, count(*) FROM cycle GROUP BY state")),
        "triggers": dict(store.rows("SELECT cause, count(*) FROM cycle GROUP BY cause")),
        "skips": dict(store.rows("SELECT reason, count(*) FROM skip GROUP BY reason")),
        "positions": {symbol: str(book.quantity) for symbol, book in sorted(books.items())},
        "position_snapshots": store.rows("SELECT count(*) FROM position_snapshot")[0][0],
        "executions_logged": store.rows("SELECT count(*) FROM best_execution")[0][0],
        "differences": store.rows("SELECT count(*) FROM discrepancy")[0][0],
        "violations": store.rows("SELECT count(*) FROM shadow WHERE verdict = 'violation'")[0][0],
        "clock_offset_ms": clock[0][0] if clock else None, "clock_round_trip_ms": clock[0][1] if clock else None,
    }  # fmt: skip
    return found, line.thinned(500)


def text(found: dict[str, Any], points: Sequence[tuple[int, Decimal]]) -> str:
    def shown(value: Any) -> str:
        if isinstance(value, dict):
            return "  ".join(f"{name}={each}" for name, each in value.items()) or "none"
        return "unknown" if value is None else str(value)

    lines = [f"{name.replace('_', ' '):<24} {shown(value)}" for name, value in found.items()]
    return "\n".join([*lines, f"{'profit over time':<24} {sparkline([float(worth) for _, worth in points])}"])


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="relay report", description=__doc__)
    parser.add_argument("--dir", type=Path, help="the floor's directory (default: the last one started)")
    parser.add_argument("--db", type=Path, help="the database itself")
    parser.add_argument("--account", default="paper")
    parser.add_argument("--json", action="store_true", help="one JSON line, the curve left out")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the profit curve as SVG")
    args = parser.parse_args(argv)
    file = args.db or (args.dir or last_floor()) / "floor.db"
    if not file.exists():
        parser.exit(4, f"relay report: no database at {file}; start bin/relay floor, or give --dir\n")
    store = Store(file)
    found, points = figures(store, args.account)
    store.close()
    if args.svg:
        args.svg.write_text(svg([(at_ms, float(worth)) for at_ms, worth in points], "Profit and loss"))
    print(json.dumps(found) if args.json else text(found, points))


def last_floor() -> Path:
    """Where `bin/relay floor` keeps its state unless told otherwise: beside that of the daemon."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "relay/floor"
