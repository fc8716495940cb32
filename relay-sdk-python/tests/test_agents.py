"""Pauses, commands, health and gauges of agents, against a real daemon."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import eventually
from relay_sdk import AsyncRelay, Message, Relay, RelayRefused, RelayRemoteError
from relay_sdk.testing import LocalRelay, local_relay

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "python" / "team_commands.py"
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bus() -> Iterator[LocalRelay]:
    with local_relay(timeout=30.0) as found:
        yield found


def test_a_paused_agent_holds_and_goes_on(bus: LocalRelay) -> None:
    with Relay("worker", bus.socket) as worker, Relay("boss", bus.socket) as boss:
        got: list[int] = []
        worker.on("job", lambda message: got.append(message.json()))
        worker.start()
        assert boss.pause("worker", "maintenance")
        assert not boss.pause("worker")
        for n in range(5):
            boss.send("worker", "job", n).result(5)
        assert boss.get_metrics("worker")["paused"] is True
        assert [d["name"] for d in boss.get_health("worker")["deductions"]] == ["paused"]
        assert got == []
        assert boss.resume("worker")
        eventually(lambda: got == [0, 1, 2, 3, 4], "everything that was held, in order")


def test_commands_are_answered_and_absent_agents_are_told(bus: LocalRelay) -> None:
    with Relay("trader", bus.socket) as trader, Relay("boss", bus.socket) as boss:
        trader.on_command("rebalance", lambda args: {"moved": args["to"]})
        trader.start()
        assert boss.send_command("trader", "rebalance", {"to": 3}).json() == {"moved": 3}
        with pytest.raises(RelayRemoteError, match="unknown command"):
            boss.send_command("trader", "dance")
        trader.close()
        eventually(lambda: not boss.presence().list(prefix="trader", state="connected"), "the daemon has heard that it closed")
        with pytest.raises(RelayRefused) as refused:
            boss.send_command("trader", "rebalance", {"to": 4})
        assert refused.value.code == "RECIPIENT_OFFLINE"
        with pytest.raises(RelayRefused) as refused:
            boss.pause("nobody")
        assert refused.value.code == "NOT_FOUND"


def test_gauges_stand_in_the_row_of_the_agent(bus: LocalRelay) -> None:
    with Relay("momentum", bus.socket) as agent:
        agent.agents().gauges(confidence=0.85, last_signal="BUY")
        agent.agents().gauges(last_signal=None, pnl=12)
        row = next(row for row in agent.control("agents")["agents"] if row["name"] == "momentum")
        assert {name: float(value) for name, value in row["gauges"].items()} == {"confidence": 0.85, "pnl": 12.0}
        with pytest.raises(RelayRefused):
            agent.agents().gauges(**{f"g{n}": n for n in range(20)})


def test_score_and_p99_stand_in_the_row_of_the_agent(bus: LocalRelay) -> None:
    with Relay("scored", bus.socket) as agent, Relay("boss", bus.socket) as boss:
        agent.on("job", lambda message: None)
        agent.start()
        for _ in range(20):
            boss.send_and_wait("scored", "job", b"", timeout=5)
        boss.pause("scored")
        row = next(row for row in boss.control("agents")["agents"] if row["name"] == "scored")
        assert row["health"] == boss.get_health("scored")["score"] == 90
        metrics = boss.get_metrics("scored")
        assert row["handler_p99_us"] == metrics["handler_p99_us"] > 0
        assert (row["acked"], row["lag_ms"]) == (metrics["acked"], 0) == (20, 0)
        boss.resume("scored")


def test_the_process_behind_the_socket_is_seen(bus: LocalRelay) -> None:
    with Relay("seen", bus.socket) as agent:
        eventually(lambda: agent.get_metrics("seen").get("rss_bytes", 0) > 1 << 20, "memory of this process", 15.0)


def test_the_asyncio_client_has_the_same_words(bus: LocalRelay) -> None:
    async def run() -> None:
        async with AsyncRelay("async-worker", bus.socket) as worker, AsyncRelay("async-boss", bus.socket) as boss:

            async def add(args: dict[str, int]) -> int:
                return args["a"] + args["b"]

            async def ignore(message: Message) -> None:
                return None

            worker.on("job", ignore)
            worker.on_command("add", add)
            await worker.start()
            assert (await boss.send_command("async-worker", "add", {"a": 1, "b": 2})).json() == 3
            assert await boss.pause("async-worker")
            assert (await boss.agents().health("async-worker"))["level"] == "warning"
            assert await boss.resume("async-worker")
            assert await boss.agents().breakers() == []
            await boss.agents().reset_breaker("async-worker")

    asyncio.run(run())


def test_an_emergency_stop_pauses_all_and_says_that_there_is_no_sidecar(bus: LocalRelay) -> None:
    with Relay("worker", bus.socket), Relay("boss", bus.socket) as boss:
        stopped = boss.emergency_stop("fire")
        assert stopped["kill_switch_code"] == "NO_SUCH_RECIPIENT"
        assert boss.get_metrics("worker")["paused"] is True
        boss.agents().resume_all()
        assert boss.get_metrics("worker")["paused"] is False


def test_the_example_of_an_operator_and_a_trader(bus: LocalRelay) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), "--socket", bus.socket], capture_output=True, text=True, timeout=60, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["paused"], found["queued"], found["seen"]) == (True, 3, [1, 2, 3])
    assert found["moved"] == {"moved": "0.5"}
    assert found["gauges"] == {"signals": 3, "last_signal": 3}
    assert found["absent"] == "RECIPIENT_OFFLINE"
