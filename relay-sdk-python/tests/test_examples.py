"""The example agents as processes, on a real daemon and a real Redis, with a stand-in for the sidecar."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from conftest import eventually
from redis_child import redis_child, write_book
from relay_sdk import Message, Relay
from relay_sdk.redis import connect
from relay_sdk.testing import local_relay

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "python"
pytestmark = pytest.mark.integration


def start(name: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(EXAMPLES / f"{name}.py"), *options], stdout=subprocess.PIPE, text=True)


def end(child: subprocess.Popen[str]) -> dict[str, Any]:
    child.terminate()
    printed, _ = child.communicate(timeout=20)
    assert child.returncode == 0
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


class Sidecar:
    """Fills every order at once and publishes the event."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._lock = threading.Lock()
        self.fills = 0
        relay.on("orders.place", self.place)

    def place(self, message: Message) -> dict[str, object]:
        order = message.json()
        with self._lock:
            self.fills += 1
            trade = str(self.fills)
        event = order | {
            "agent": message.sender, "state": "FILLED", "fill_trade_id": trade, "fill_quantity": order["quantity"],
            "fill_price": order["price"],
        }  # fmt: skip
        self._relay.publish(f"orders.main.{order['symbol']}", event, kind="order.event")
        return {"ok": True, "result": "accepted", "order": event}


def test_a_signal_becomes_an_order_and_its_fill_is_booked_once(tmp_path: Path) -> None:
    with redis_child() as redis_path, local_relay() as daemon, connect(redis_path) as client:
        write_book(client, "BTCUSDT", [("100", "9")], [("101", "1")])
        common = ("--socket", daemon.socket, "--redis", redis_path)
        with Relay("sidecar", daemon.socket) as relay:
            sidecar = Sidecar(relay)
            relay.start()
            ledger = start("ledger", *common, "--file", str(tmp_path / "fills.jsonl"))
            risk, executor = start("risk", *common), start("executor", *common)
            eventually(lambda: _connected(relay) >= {"ledger", "risk", "executor"}, "the agents are there", 20)
            scanner = start("scanner", *common, "--symbols", "BTCUSDT", "--interval-ms", "20")
            versions = iter(range(2, 10_000))

            def three_fills() -> bool:
                write_book(client, "BTCUSDT", [("100", "9")], [("101", "1")], ver=str(next(versions)))
                return sidecar.fills >= 3

            eventually(three_fills, "three fills", 20)
            assert end(scanner)["signals"] >= 1
            eventually(lambda: _fills(tmp_path / "fills.jsonl") == sidecar.fills, "every fill is booked", 10)
            assert end(executor)["fills_confirmed"] == sidecar.fills
            assert end(risk)["allowed"] >= sidecar.fills
        booked = end(ledger)
        assert (booked["fills"], booked.get("repeats", 0)) == (sidecar.fills, 0)


def _connected(relay: Relay) -> set[str]:
    return {agent["name"] for agent in relay.control("agents")["agents"] if agent["connected"]}


def _fills(file: Path) -> int:
    return sum(1 for line in file.read_text().splitlines() if line) if file.exists() else 0


def test_a_desk_of_agents_finds_filters_shadows_and_limits() -> None:
    with local_relay() as daemon:
        child = start("team", "--socket", daemon.socket)
        printed, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    found = json.loads(printed)
    assert found | {"prices": sorted(found["prices"])} == {
        "capabilities": ["risk"],
        "matched": [1, 0, 1],
        "prices": [7, 100, 101],
        "copies": [["in", "desk-feed", 100], ["in", "desk-feed", 101], ["in", "desk-noise", 7]],
        "refused": "RATE_LIMITED",
    }
