"""One cycle: fetch, analyse, risk, execute, sync, report. Plain code over three seams: desk, ledger and clock.

Every failure of the matrix has one place here. Nothing that was decided is forgotten: it is executed, or its skip stands
in the ledger. The ledger is written before an order goes out, so that a cycle that dies leaves its intent behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from floor.clock import Clock
from floor.failures import (
    AnalysisTimeout,
    BrokerDown,
    ExecutionTimeout,
    InvalidAnalysis,
    RateLimited,
    StaleData,
)
from floor.model import Decision, Outcome, Skip, Snapshot, Summary, Trigger, View, client_order_id
from floor.retry import Retry


class Desk(Protocol):
    """The other agents as the cycle sees them. Each call may raise BrokerDown or RateLimited."""

    def fetch(self, symbol: str) -> Snapshot: ...

    def analyse(self, view: View, timeout_s: float) -> list[Decision]: ...

    def allows(self, decision: Decision) -> tuple[bool, str]: ...

    def execute(self, cycle_id: str, decisions: Sequence[Decision], timeout_s: float) -> list[Outcome]: ...

    def sync(self, cycle_id: str) -> None: ...

    def report(self, summary: Summary) -> None: ...


class Ledger(Protocol):
    """The floor's database. Each call may raise StoreDown."""

    def begin(self, summary: Summary) -> None: ...

    def snapshots(self, found: Sequence[Snapshot]) -> None: ...

    def decided(self, summary: Summary, mids: dict[str, Decimal]) -> None: ...

    def finish(self, summary: Summary) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    analysis_s: float = 30.0
    execution_s: float = 10.0
    cached_s: float = 120.0


class Cycle:
    """Runs cycles one after another; called by one thread. Keeps the last snapshot of each symbol, nothing else."""

    def __init__(
        self, symbols: Sequence[str], desk: Desk, ledger: Ledger, clock: Clock, limits: Limits | None = None,
        retry: Retry | None = None,
    ) -> None:  # fmt: skip
        self._symbols = tuple(symbols)
        self._desk = desk
        self._ledger = ledger
        self._clock = clock
        self._limits = limits or Limits()
        self._retry = retry or Retry()
        self._cache: dict[str, tuple[float, Snapshot]] = {}
        self._number = 0

    def run(self, trigger: Trigger) -> Summary:
        """StoreDown and BrokerDown are for the conductor: they pause the floor. Every other failure ends in the summary."""
        self._number += 1
        summary = Summary(uuid.uuid4().hex, self._number, trigger, self._clock.wall_ms())
        self._ledger.begin(summary)
        try:
            self._steps(summary)
        except BrokerDown as down:
            summary.skip(Skip.BROKER_DOWN, detail=str(down))
            self._close(summary, "broker_down")
            raise
        except RateLimited as limited:
            summary.skip(Skip.RATE_LIMITED, detail=str(limited))
            self._close(summary, "rate_limited")
        return summary

    def _steps(self, summary: Summary) -> None:
        view = self._fetch(summary)
        if not view.snapshots:
            summary.skip(Skip.NO_DATA)
            self._close(summary, "skipped")
            return
        decisions = self._analyse(summary, view)
        if decisions is None:
            return
        summary.decisions = self._within_risk(summary, decisions)
        self._ledger.decided(summary, {symbol: book.mid for symbol, book in view.snapshots.items()})
        self._execute(summary)
        self._sync(summary)
        self._close(summary, "done")
        self._desk.report(summary)

    def _fetch(self, summary: Summary) -> View:
        """Each symbol by itself: what is missing is skipped, the others go on."""
        found: dict[str, Snapshot] = {}
        limited = False
        for symbol in self._symbols:
            try:
                if limited:
                    raise RateLimited("not asked again in this cycle")
                snapshot = self._desk.fetch(symbol)
            except StaleData as stale:
                summary.skip(Skip.STALE_DATA, symbol, str(stale))
                continue
            except RateLimited as full:
                limited = True
                cached = self._cached(symbol)
                reason = Skip.RATE_LIMITED if cached is None else Skip.CACHED_DATA
                summary.skip(reason, symbol, str(full))
                if cached is not None:
                    found[symbol] = cached
                continue
            self._cache[symbol] = (self._clock.now(), snapshot)
            found[symbol] = snapshot
        summary.fetched = len(found)
        self._ledger.snapshots(list(found.values()))
        return View(summary.cycle_id, found)

    def _cached(self, symbol: str) -> Snapshot | None:
        read_at, snapshot = self._cache.get(symbol, (0.0, None))
        return snapshot if snapshot is not None and self._clock.now() - read_at <= self._limits.cached_s else None

    def _analyse(self, summary: Summary, view: View) -> list[Decision] | None:
        """None when the cycle ends here: too late is skipped, nonsense is held."""
        try:
            return self._desk.analyse(view, self._limits.analysis_s)
        except AnalysisTimeout as late:
            summary.skip(Skip.ANALYSIS_TIMEOUT, detail=str(late))
            self._close(summary, "skipped")
        except InvalidAnalysis as invalid:
            summary.skip(Skip.INVALID_ANALYSIS, detail=str(invalid))
            self._close(summary, "held")
        return None

    def _within_risk(self, summary: Summary, decisions: Sequence[Decision]) -> list[Decision]:
        allowed = []
        for decision in decisions:
            yes, why = self._retry.run(self._clock, lambda d=decision: self._desk.allows(d))  # type: ignore[misc]
            if yes:
                allowed.append(decision)
            else:
                summary.skip(Skip.RISK_DENIED, decision.symbol, why)
        return allowed

    def _execute(self, summary: Summary) -> None:
        """A timeout is not a failure: the ids are known, and the order events tell what became of them."""
        if not summary.decisions:
            return
        try:
            summary.outcomes = self._desk.execute(summary.cycle_id, summary.decisions, self._limits.execution_s)
        except ExecutionTimeout as late:
            summary.skip(Skip.EXECUTION_TIMEOUT, detail=str(late))
            summary.outcomes = [
                Outcome("unknown", Skip.EXECUTION_TIMEOUT.upper(), str(late), client_order_id(summary.cycle_id, index))
                for index in range(len(summary.decisions))
            ]
            return
        for decision, outcome in zip(summary.decisions, summary.outcomes, strict=True):
            if outcome.result == "refused":
                summary.skip(Skip.ORDER_REJECTED, decision.symbol, f"{outcome.code} {outcome.detail}")
            elif outcome.result == "unknown":
                summary.skip(Skip.OUTCOME_UNKNOWN, decision.symbol, outcome.detail)

    def _sync(self, summary: Summary) -> None:
        """Positions are compared after each cycle; one that cannot be compared is said, and compared after the next."""
        try:
            self._desk.sync(summary.cycle_id)
        except (BrokerDown, RateLimited) as failure:
            summary.skip(Skip.SYNC_FAILED, detail=str(failure))

    def _close(self, summary: Summary, state: str) -> None:
        summary.state = state
        summary.ended_at_ms = self._clock.wall_ms()
        self._ledger.finish(summary)
