"""Against a real daemon. Without one these tests fail and say what was looked for."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import scenarios
from conftest import eventually
from relay_sdk import AsyncRelay, Message, Relay
from relay_sdk.testing import LocalRelay, local_relay

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def relayd() -> Iterator[LocalRelay]:
    with local_relay() as found:
        yield found


@pytest.mark.parametrize(("index", "scenario"), scenarios.load(), ids=lambda v: v["name"] if isinstance(v, dict) else "")
def test_scenario(relayd: LocalRelay, index: int, scenario: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "relay_sdk")  # failing handlers are part of the table
    scenarios.Runner(relayd.socket, index).run(scenario["steps"])


def test_async_agents_send_request_and_publish(relayd: LocalRelay) -> None:
    async def main() -> None:
        risk = AsyncRelay("py-risk", relayd.socket)
        seen: list[Any] = []

        @risk.on("exposure")
        async def exposure(message: Message) -> Any:
            return {"asked": message.json()["symbol"]}

        @risk.on(topic="py.signals.*")
        async def on_signal(message: Message) -> None:
            seen.append(message.json())

        async with risk, AsyncRelay("py-scanner", relayd.socket) as scanner:
            await risk.start()
            answer = await scanner.request("py-risk", "exposure", {"symbol": "BTC-USD"}, timeout=5)
            assert answer.json() == {"asked": "BTC-USD"}
            receipts = await asyncio.gather(*(scanner.publish("py.signals.btc", n) for n in range(500)))
            assert {r.by for r in receipts} <= {"disk", "ack"}
            async with asyncio.timeout(5):
                while len(seen) < 500:
                    await asyncio.sleep(0.005)
            assert seen == list(range(500))

    asyncio.run(main())


def test_a_killed_daemon_loses_and_repeats_nothing() -> None:
    with local_relay() as daemon, Relay("sink", daemon.socket) as sink, Relay("source", daemon.socket) as source:
        seen: list[int] = []
        sink.on("tick", lambda m: seen.append(m.json()))
        sink.start()
        handles = [source.send("sink", "tick", n) for n in range(500)]
        eventually(lambda: len(seen) >= 100, "the first hundred")
        daemon.kill()
        more = [source.send("sink", "tick", n) for n in range(500, 1000)]
        restart = threading.Thread(target=daemon.start)
        restart.start()
        restart.join()
        for handle in handles + more:
            assert handle.result(20).by in ("disk", "ack")
        eventually(lambda: len(seen) >= 1000, "all thousand", 20)
        assert seen == list(range(1000))
