"""The floor's SQLite file. Each agent writes its own tables, everybody reads; amounts are exact text, times ms since 1970.

A write that fails for any reason is StoreDown: whoever trades stops then. Bounded: rows older than `KEEP_DAYS` go hourly,
fills and decisions excepted, which are the books.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from floor.failures import StoreDown
from floor.model import Snapshot, Summary, client_order_id

KEEP_DAYS = 30
DAY_MS = 86_400_000
BUSY_TIMEOUT_S = 5.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS cycle (id TEXT PRIMARY KEY, number INTEGER, cause TEXT, state TEXT, started_at_ms INTEGER,
  ended_at_ms INTEGER, fetched INTEGER);
CREATE TABLE IF NOT EXISTS skip (cycle_id TEXT, at_ms INTEGER, reason TEXT, symbol TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS decision (client_order_id TEXT PRIMARY KEY, cycle_id TEXT, symbol TEXT, side TEXT, style TEXT,
  price TEXT, quantity TEXT, reason TEXT, mid TEXT, decided_at_ms INTEGER, result TEXT, code TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS mark (symbol TEXT, at_ms INTEGER, bid TEXT, ask TEXT, PRIMARY KEY (symbol, at_ms)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fill (account TEXT, symbol TEXT, trade_id TEXT, venue_order_id TEXT, client_order_id TEXT,
  side TEXT, type TEXT, price TEXT, quantity TEXT, commission TEXT, commission_asset TEXT, at_ms INTEGER,
  PRIMARY KEY (account, symbol, trade_id, venue_order_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS order_state (client_order_id TEXT PRIMARY KEY, symbol TEXT, side TEXT, type TEXT, price TEXT,
  quantity TEXT, filled TEXT, state TEXT, reason TEXT, event INTEGER, updated_at_ms INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position_snapshot (at_ms INTEGER, symbol TEXT, quantity TEXT, average_cost TEXT, realised TEXT);
CREATE TABLE IF NOT EXISTS best_execution (client_order_id TEXT PRIMARY KEY, at_ms INTEGER, symbol TEXT, side TEXT, style TEXT,
  bid TEXT, ask TEXT, price TEXT, quantity TEXT, filled TEXT, average_price TEXT, result TEXT, attempts INTEGER,
  took_ms INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS discrepancy (at_ms INTEGER, kind TEXT, symbol TEXT, here TEXT, there TEXT, lasted_ms INTEGER);
CREATE TABLE IF NOT EXISTS shadow (at_ms INTEGER, topic TEXT, subject TEXT, verdict TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS venue_clock (at_ms INTEGER, offset_ms INTEGER, round_trip_ms INTEGER);
CREATE TABLE IF NOT EXISTS counter (agent TEXT, name TEXT, value INTEGER, PRIMARY KEY (agent, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS skip_at ON skip (at_ms);
CREATE INDEX IF NOT EXISTS fill_order ON fill (client_order_id);
"""
AGING = ("skip", "mark", "position_snapshot", "discrepancy", "shadow", "venue_clock")


class Store:
    """One connection, one transaction at a time, under `lock`. Any thread."""

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        with failing_as_store_down():
            file.parent.mkdir(parents=True, exist_ok=True)
            self.db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S)
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL")
            self.db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commits at the end, rolls back when something is raised; errors of SQLite come out as StoreDown."""
        with failing_as_store_down(), self.lock, self.db:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with failing_as_store_down(), self.lock:
            return self.db.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        with self.transaction() as db:
            db.execute(statement, values)

    def probe(self) -> None:
        """StoreDown while nothing can be written."""
        self.write("INSERT INTO counter VALUES ('store', 'probes', 1) ON CONFLICT DO UPDATE SET value = value + 1")

    def count(self, agent: str, counts: dict[str, int]) -> None:
        """Adds to the agent's counters."""
        with self.transaction() as db:
            db.executemany(
                "INSERT INTO counter VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                [(agent, name, value) for name, value in counts.items()],
            )

    def forget_old(self, now_ms: int) -> None:
        with self.transaction() as db:
            for table in AGING:
                db.execute(f"DELETE FROM {table} WHERE at_ms < ?", (now_ms - KEEP_DAYS * DAY_MS,))

    def close(self) -> None:
        self.db.close()


@contextmanager
def failing_as_store_down() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreDown(f"{type(error).__name__}: {error}") from error


class CycleLedger:
    """What the scanner writes: cycles, decisions, skips, marks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, summary: Summary) -> None:
        self._store.write(
            "INSERT INTO cycle VALUES (?, ?, ?, ?, ?, NULL, 0)",
            summary.cycle_id, summary.number, summary.trigger, summary.state, summary.started_at_ms,
        )  # fmt: skip

    def snapshots(self, found: Sequence[Snapshot]) -> None:
        with self._store.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)",
                [(book.symbol, book.read_at_ms, str(book.bid), str(book.ask)) for book in found],
            )

    def decided(self, summary: Summary, mids: dict[str, Decimal]) -> None:
        """Before the orders go out."""
        rows = [
            (
                client_order_id(summary.cycle_id, index), summary.cycle_id, each.symbol, each.side, each.style,
                str(each.price), str(each.quantity), each.reason, str(mids[each.symbol]), summary.started_at_ms,
                "intended", "", "",
            )
            for index, each in enumerate(summary.decisions)
        ]  # fmt: skip
        with self._store.transaction() as db:
            db.executemany("INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def finish(self, summary: Summary) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE cycle SET state = ?, ended_at_ms = ?, fetched = ? WHERE id = ?",
                (summary.state, summary.ended_at_ms, summary.fetched, summary.cycle_id),
            )
            db.executemany(
                "INSERT INTO skip VALUES (?, ?, ?, ?, ?)",
                [(summary.cycle_id, summary.ended_at_ms, *each) for each in summary.skips],
            )
            db.executemany(
                "UPDATE decision SET result = ?, code = ?, detail = ? WHERE client_order_id = ?",
                [(each.result, each.code, each.detail, each.client_order_id) for each in summary.outcomes],
            )
