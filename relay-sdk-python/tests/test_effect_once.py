"""Agents with a persistent inbox, killed with SIGKILL while they handle messages: no effect happens twice, none is missing.

Each life applies something before it dies, or the bus would rightly call the message that is always there a poisonous one.
`RELAY_KILLS=N` for more than the short run.
"""

from __future__ import annotations

import functools
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import eventually
from counting_agent import apply
from relay_sdk import InboxFile, Relay, RelayDeadLettered
from relay_sdk.testing import local_relay

pytestmark = pytest.mark.integration
HERE = Path(__file__).resolve().parent
KILLS = int(os.environ.get("RELAY_KILLS", "17"))
AHEAD = 400
_pause = threading.Event()


def kill_while_sending(command: list[str], progress: Callable[[], int]) -> int:
    """Kills and restarts the agent while messages come; returns how many were sent once all are handled."""
    sent = 0
    with local_relay() as daemon, Relay("source", daemon.socket) as source:
        source.control("agents.add", name="ledger")
        arguments = [word.replace("{socket}", daemon.socket) for word in command]
        for kill in range(KILLS + 1):
            child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
            try:
                for _ in range(AHEAD):
                    source.send("ledger", "fill", {"symbol": "BTC-USDT", "quantity": str(sent)})
                    sent += 1
                if kill < KILLS:
                    before = progress()
                    eventually(functools.partial(lambda b: progress() > b, before), "the agent applies something", 20)
                    _pause.wait(random.random() * 0.03)
                else:  # behind all others on the lane, and nobody takes it
                    with pytest.raises(RelayDeadLettered, match="NO_HANDLER"):
                        source.send_and_wait("ledger", "last", timeout=60)
            finally:
                child.kill()
                child.wait(10)
    return sent


def rows(file: Path, query: str) -> int:
    try:
        with sqlite3.connect(file) as db:
            found = db.execute(query).fetchone()[0]
    except sqlite3.OperationalError:  # not there yet
        return -1
    finally:
        if "db" in locals():
            db.close()
    return int(found)


def test_I8_each_fill_is_booked_once_in_the_applications_own_transaction(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    agent = str(HERE.parents[1] / "examples" / "python" / "sqlite_inbox.py")
    sent = kill_while_sending(
        [agent, "--socket", "{socket}", "--file", str(file)], lambda: rows(file, "SELECT count(*) FROM fill")
    )
    with sqlite3.connect(file) as db:
        found = [int(row[0]) for row in db.execute("SELECT quantity FROM fill ORDER BY rowid")]
    db.close()
    assert found == list(range(sent))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_I8_each_message_is_applied_once_to_the_state_in_an_inbox_file(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "ledger.inbox"
    sent = kill_while_sending(
        [str(HERE / "counting_agent.py"), kind, "{socket}", str(file)],
        lambda: file.stat().st_size if file.exists() else 0,
    )
    inbox = InboxFile(file)
    assert inbox.state("source") == functools.reduce(apply, range(sent), b"")
    inbox.close()
