"""The words of the floor: what a cycle sees, decides and gets back. Immutable; prices and quantities are exact decimals."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Skip(StrEnum):
    """Why a cycle, a symbol or a decision was left out. Stable: the names stand in the database and in reports."""

    NO_DATA = "no_data"
    STALE_DATA = "stale_data"
    CACHED_DATA = "cached_data"
    ANALYSIS_TIMEOUT = "analysis_timeout"
    INVALID_ANALYSIS = "invalid_analysis"
    RATE_LIMITED = "rate_limited"
    RISK_DENIED = "risk_denied"
    ORDER_REJECTED = "order_rejected"
    OUTCOME_UNKNOWN = "outcome_unknown"
    EXECUTION_TIMEOUT = "execution_timeout"
    BROKER_DOWN = "broker_down"
    STORE_DOWN = "store_down"
    SYNC_FAILED = "sync_failed"
    PAUSED = "paused"


class Trigger(StrEnum):
    """What made a cycle begin."""

    INTERVAL = "interval"
    BOOK_MOVED = "book_moved"
    TRADE = "trade"
    FILL = "fill"
    STALENESS = "staleness"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One book as the cycle saw it; sums are over the levels that were read."""

    symbol: str
    bid: Decimal
    ask: Decimal
    bid_quantity: Decimal
    ask_quantity: Decimal
    read_at_ms: int
    position: Decimal = Decimal(0)

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class View:
    """What an analysis may look at."""

    cycle_id: str
    snapshots: Mapping[str, Snapshot]


@dataclass(frozen=True, slots=True)
class Decision:
    """One order to be: `make` rests at the own side of the book, `take` crosses it."""

    symbol: str
    side: str
    style: str
    price: Decimal
    quantity: Decimal
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @staticmethod
    def from_json(found: Mapping[str, Any]) -> Decision:
        return Decision(
            str(found["symbol"]), str(found["side"]), str(found["style"]), Decimal(str(found["price"])),
            Decimal(str(found["quantity"])), str(found.get("reason", "")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one decision: accepted, refused or unknown, with the code and the words of whoever said so."""

    result: str
    code: str = ""
    detail: str = ""
    client_order_id: str = ""
    filled: Decimal = Decimal(0)


@dataclass(slots=True)
class Summary:
    """One cycle from its trigger to its report."""

    cycle_id: str
    number: int
    trigger: Trigger
    started_at_ms: int
    ended_at_ms: int = 0
    state: str = "running"
    fetched: int = 0
    skips: list[tuple[Skip, str, str]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def skip(self, reason: Skip, symbol: str = "", detail: str = "") -> None:
        self.skips.append((reason, symbol, detail))


def client_order_id(cycle_id: str, index: int) -> str:
    """The same for every attempt at one decision, so that a repeat can never become a second order."""
    return hashlib.sha256(f"{cycle_id}:{index}".encode()).digest()[:16].hex()
