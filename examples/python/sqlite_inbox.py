"""Books every fill exactly once in SQLite, whatever dies when: the row and the message's position are one transaction.

`SqliteInbox` is what a client's inbox looks like in an application's own database.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from agent import Stop, options
from relay_sdk import AlreadyDone, InboxPosition, Message, Relay


class SqliteInbox:
    """Positions in a table beside the application's own. `message.done()` inside a transaction makes them part of it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.execute(
            "CREATE TABLE IF NOT EXISTS relay_inbox (store TEXT, sender TEXT, class TEXT, epoch INTEGER, seq INTEGER,"
            " PRIMARY KEY (store, sender, class)) WITHOUT ROWID"
        )

    def load(self) -> list[InboxPosition]:
        return [InboxPosition(*row) for row in self._db.execute("SELECT store, sender, class, epoch, seq FROM relay_inbox")]

    def done(self, position: InboxPosition, state: bytes) -> None:
        """The condition keeps a paused old process from applying what its successor has applied."""
        changed = self._db.execute(
            "INSERT INTO relay_inbox VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch,"
            " seq = excluded.seq WHERE (epoch, seq) < (excluded.epoch, excluded.seq)",
            position,
        )
        if changed.rowcount == 0:
            raise AlreadyDone(position)

    def close(self) -> None:
        """The connection is the application's."""


class FillLedger:
    """Lanes run in parallel, the connection takes one transaction at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._one_at_a_time = threading.Lock()
        db.execute("CREATE TABLE IF NOT EXISTS fill (symbol TEXT, quantity TEXT)")

    def book(self, fill: Message) -> None:
        found = fill.json()
        with self._one_at_a_time, self._db:  # commits at the end, rolls back when something is raised
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT INTO fill VALUES (?, ?)", (found["symbol"], found["quantity"]))
            fill.done()


def main() -> None:
    parser = options(__doc__ or "", "ledger")
    parser.add_argument("--file", type=Path, required=True, help="the database")
    args = parser.parse_args()
    stop = Stop(args.duration)
    db = sqlite3.connect(args.file, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    ledger = FillLedger(db)
    with Relay(args.name, args.socket, inbox=SqliteInbox(db)) as relay:
        relay.on("fill", ledger.book)
        relay.start()
        print("ready agent=ledger", flush=True)
        stop.wait()
    db.close()


if __name__ == "__main__":
    main()
