"""Decides when the next cycle is due: at the interval, or earlier when enough has happened.

Called by one thread at a time (the scanner holds a lock around it). Bounded: one price and a few counters per symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from floor.model import Trigger


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`gap_s` keeps a busy market from starting cycles back to back; nothing but the interval may be longer than it."""

    interval_s: float = 60.0
    moved_bps: Decimal = Decimal(10)
    trades: int = 200
    staleness_s: float = 30.0
    gap_s: float = 1.0


class EventAccumulator:
    """What happened since the last cycle began."""

    def __init__(self, thresholds: Thresholds, now: float) -> None:
        self._limits = thresholds
        self._began_at = now
        self._seen: dict[str, Decimal] = {}
        self._anchor: dict[str, Decimal] = {}
        self._trades = 0
        self._fills = 0
        self._moved = False
        self._oldest_change: float | None = None

    def on_book(self, symbol: str, mid: Decimal, now: float) -> None:
        """A book as read; a change that no cycle has looked at grows old."""
        anchor = self._anchor.setdefault(symbol, mid)
        if abs(mid - anchor) * 10_000 >= self._limits.moved_bps * anchor:
            self._moved = True
        if self._seen.get(symbol) != mid:
            self._seen[symbol] = mid
            if self._oldest_change is None:
                self._oldest_change = now

    def on_trades(self, count: int) -> None:
        self._trades += count

    def on_fill(self) -> None:
        self._fills += 1

    def due(self, now: float) -> Trigger | None:
        """None while it is too early."""
        since = now - self._began_at
        if since >= self._limits.interval_s:
            return Trigger.INTERVAL
        if since < self._limits.gap_s:
            return None
        if self._fills:
            return Trigger.FILL
        if self._moved:
            return Trigger.BOOK_MOVED
        if self._trades >= self._limits.trades:
            return Trigger.TRADE
        if self._oldest_change is not None and now - self._oldest_change >= self._limits.staleness_s:
            return Trigger.STALENESS
        return None

    def began(self, now: float) -> None:
        """A cycle begins: everything until now is its business."""
        self._began_at = now
        self._anchor = dict(self._seen)
        self._trades = self._fills = 0
        self._moved = False
        self._oldest_change = None
