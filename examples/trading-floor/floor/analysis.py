"""Analysis behind an interface: a view goes in, decisions come out. What comes out is checked before anybody believes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from floor.failures import InvalidAnalysis
from floor.model import Decision, Snapshot, View

MOST_DECISIONS = 20


class Analyst(Protocol):
    def analyse(self, view: View, timeout_s: float) -> list[Decision]:
        """AnalysisTimeout after `timeout_s`, InvalidAnalysis when what it found is no decision."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Quantity of one order and largest position, as value in the quote asset, and the smallest steps of the venue."""

    order_value: Decimal = Decimal(200)
    position_value: Decimal = Decimal(2_000)
    price_step: Decimal = Decimal("0.01")
    quantity_step: Decimal = Decimal("0.001")

    def quantity(self, price: Decimal) -> Decimal:
        return (self.order_value / price // self.quantity_step) * self.quantity_step


class ImbalanceAnalyst:
    """The deterministic stand-in: leans with the heavier side of the book, makes when it leans a little, takes when much.

    The same view gives the same decisions, always. A position near its limit is reduced first.
    """

    def __init__(self, sizes: Sizes, make_at: Decimal = Decimal("0.05"), take_at: Decimal = Decimal("0.35")) -> None:
        self._sizes = sizes
        self._make_at = make_at
        self._take_at = take_at

    def analyse(self, view: View, timeout_s: float) -> list[Decision]:
        found = (self._decide(snapshot) for _, snapshot in sorted(view.snapshots.items()))
        return [decision for decision in found if decision is not None][:MOST_DECISIONS]

    def _decide(self, book: Snapshot) -> Decision | None:
        held = book.position * book.mid
        if abs(held) > self._sizes.position_value:
            return self._order(book, "SELL" if held > 0 else "BUY", "take", f"position value {held:.2f} above its limit")
        total = book.bid_quantity + book.ask_quantity
        if total == 0:
            return None
        lean = (book.bid_quantity - book.ask_quantity) / total
        if abs(lean) < self._make_at:
            return None
        style = "take" if abs(lean) >= self._take_at else "make"
        return self._order(book, "BUY" if lean > 0 else "SELL", style, f"imbalance {lean:.3f}")

    def _order(self, book: Snapshot, side: str, style: str, reason: str) -> Decision | None:
        own, other = (book.bid, book.ask) if side == "BUY" else (book.ask, book.bid)
        price = other if style == "take" else own
        quantity = self._sizes.quantity(price)
        return Decision(book.symbol, side, style, price, quantity, reason) if quantity > 0 else None


def checked(found: Any, view: View) -> list[Decision]:
    """Decisions from somebody else's JSON: a list of objects that name a symbol of the view, a side and plain decimals."""
    if not isinstance(found, list):
        raise InvalidAnalysis(f"not a list: {type(found).__name__}")
    if len(found) > MOST_DECISIONS:
        raise InvalidAnalysis(f"too many decisions: count={len(found)} most={MOST_DECISIONS}")
    return [_one(entry, view) for entry in _orders(found)]


def _orders(found: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    for entry in found:
        if not isinstance(entry, Mapping):
            raise InvalidAnalysis(f"not an object: {entry!r:.80}")
        if entry.get("side") != "HOLD":
            yield entry


def _one(entry: Mapping[str, Any], view: View) -> Decision:
    try:
        decision = Decision.from_json(entry)
    except (KeyError, InvalidOperation) as error:
        raise InvalidAnalysis(f"missing or broken field {error} in {entry!r:.200}") from error
    book = view.snapshots.get(decision.symbol)
    if book is None:
        raise InvalidAnalysis(f"symbol={decision.symbol!r} is not in the view")
    if decision.side not in ("BUY", "SELL") or decision.style not in ("make", "take"):
        raise InvalidAnalysis(f"side={decision.side!r} style={decision.style!r}")
    if not (decision.price.is_finite() and decision.quantity.is_finite() and decision.price > 0 and decision.quantity > 0):
        raise InvalidAnalysis(f"price={decision.price} quantity={decision.quantity}")
    if abs(decision.price - book.mid) > book.mid / 10:
        raise InvalidAnalysis(f"price={decision.price} is far from mid={book.mid}")
    return decision
