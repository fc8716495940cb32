"""Sums over the booked fills, exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from floor.store import Store

COLUMNS = "symbol, trade_id, client_order_id, side, type, price, quantity, commission, commission_asset, at_ms"


@dataclass(frozen=True, slots=True)
class Fill:
    symbol: str
    trade_id: str
    client_order_id: str
    side: str
    type: str
    price: Decimal
    quantity: Decimal
    commission: Decimal
    commission_asset: str
    at_ms: int

    @property
    def sign(self) -> int:
        return 1 if self.side == "BUY" else -1

    @property
    def notional(self) -> Decimal:
        return self.price * self.quantity

    @property
    def base_commission(self) -> Decimal:
        return self.commission if self.commission_asset == self.symbol.split("-")[0] else Decimal(0)

    @property
    def commission_in_quote(self) -> Decimal:
        """What was paid in the base asset is valued at the fill's price; a third asset counts nothing."""
        if self.base_commission:
            return self.base_commission * self.price
        return self.commission if self.commission_asset == self.symbol.split("-")[1] else Decimal(0)


def fills(store: Store, account: str) -> list[Fill]:
    """Oldest first."""
    rows = store.rows(f"SELECT {COLUMNS} FROM fill WHERE account = ? ORDER BY at_ms, CAST(trade_id AS INTEGER)", account)
    return [_fill(row) for row in rows]


def _fill(row: tuple[Any, ...]) -> Fill:
    symbol, trade, order, side, kind, price, quantity, commission, asset, at_ms = row
    return Fill(symbol, trade, order, side, kind, Decimal(price), Decimal(quantity), Decimal(commission), asset, at_ms)


def position_of(store: Store, account: str, symbol: str) -> Decimal:
    """Signed fills less commission paid in the base asset, as the sidecar counts it."""
    rows = store.rows(f"SELECT {COLUMNS} FROM fill WHERE account = ? AND symbol = ?", account, symbol)
    return sum((each.sign * each.quantity - each.base_commission for each in map(_fill, rows)), Decimal(0))


@dataclass(slots=True)
class Profit:
    """One symbol by average cost. Commission is inside: paid in the base asset it lowers the quantity, in quote the cash."""

    quantity: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)

    def book(self, fill: Fill) -> None:
        self.quantity += fill.sign * fill.quantity - fill.base_commission
        self.cash -= fill.sign * fill.notional
        if not fill.base_commission:
            self.cash -= fill.commission_in_quote
        self.fees += fill.commission_in_quote

    def worth(self, mark: Decimal) -> Decimal:
        """Profit and loss if everything were closed at the mark."""
        return self.cash + self.quantity * mark


@dataclass(slots=True)
class Curve:
    """Profit over time, valued at the marks; keeps at most `MOST` points for drawing, the extremes always counted."""

    points: list[tuple[int, Decimal]] = field(default_factory=list)
    peak: Decimal = Decimal(0)
    drawdown: Decimal = Decimal(0)

    def add(self, at_ms: int, worth: Decimal) -> None:
        self.points.append((at_ms, worth))
        self.peak = max(self.peak, worth)
        self.drawdown = max(self.drawdown, self.peak - worth)

    def thinned(self, most: int) -> list[tuple[int, Decimal]]:
        step = max(1, -(-len(self.points) // most))
        return self.points[::step]


def curve(booked: Iterable[Fill], marks: Iterable[tuple[int, str, Decimal]]) -> tuple[Curve, dict[str, Profit]]:
    """Fills and marks in order of time: one point per mark after the first fill."""
    line, books, latest = Curve(), dict[str, Profit](), dict[str, Decimal]()
    waiting = list(booked)[::-1]
    for at_ms, symbol, mid in marks:
        while waiting and waiting[-1].at_ms <= at_ms:
            fill = waiting.pop()
            books.setdefault(fill.symbol, Profit()).book(fill)
            latest.setdefault(fill.symbol, fill.price)
        latest[symbol] = mid
        if books:
            line.add(at_ms, sum((book.worth(latest[s]) for s, book in books.items()), Decimal(0)))
    for fill in reversed(waiting):
        books.setdefault(fill.symbol, Profit()).book(fill)
    return line, books
