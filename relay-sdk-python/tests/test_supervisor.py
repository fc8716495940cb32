"""Agents started from templates by a real supervisor, with the calls of both clients and the example."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relay_sdk import AsyncRelay, Relay, RelayRefused, RelayTimeout
from relay_sdk.testing import LocalRelay, daemon_command, local_relay

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRelay]:
    run = tmp_path_factory.mktemp("run")
    with local_relay(timeout=30.0) as found:
        supervisor = subprocess.Popen(
            [
                *daemon_command(),
                *("supervisor", "--socket", found.socket, "--config", str(EXAMPLES / "templates.yaml"), "--run-dir", str(run)),
            ],
            env=os.environ | {"RELAY_PYTHON": sys.executable},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert supervisor.stdout is not None
        try:
            assert supervisor.stdout.readline().startswith("ready component=supervisor")
            yield found
        finally:
            supervisor.terminate()
            supervisor.communicate(timeout=30)


def test_the_example_starts_restarts_and_ends_an_agent(bus: LocalRelay) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "python" / "team_spawn.py"), "--socket", bus.socket],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["spawned"], found["symbol"], found["is_new_process"], found["restarts"]) == ("ready", "BTC-USD", True, 1)
    assert found["log"] == ["watching BTC-USD"] * 2
    assert found["refused"].startswith("NOT_READY")
    assert "no such market" in found["refused"]
    assert (found["last_exit"], found["left"]) == ("exit=0", 0)


def test_the_asyncio_client_has_the_same_words_and_bad_input_its_codes(bus: LocalRelay) -> None:
    async def code(relay: AsyncRelay, template: str, name: str, **args: Any) -> str:
        with pytest.raises(RelayRefused) as refused:
            await relay.spawn(template, name, **args)
        return refused.value.code

    async def run() -> None:
        async with AsyncRelay("async-boss", bus.socket) as boss:
            assert await code(boss, "rm", "x") == "NOT_FOUND"
            assert await code(boss, "watcher", "x", symbol="$(rm)") == "BAD_REQUEST"
            assert await code(boss, "watcher", "Not A Name", symbol="AA-BB") == "BAD_NAME"
            assert await code(boss, "watcher", "async-boss", symbol="AA-BB") == "NAME_IN_USE"
            assert (await boss.spawn("watcher", "w", symbol="ETH-USD"))["args"] == {"symbol": "ETH-USD"}
            assert await code(boss, "watcher", "w", symbol="ETH-USD") == "NAME_IN_USE"
            assert (await boss.wait_for_ready("w", 10.0))["state"] == "connected"
            assert (await boss.restart("w"))["restarts"] == 1
            assert [row["name"] for row in await boss.agents().supervised()] == ["w"]
            assert "watching ETH-USD" in await boss.agents().logs("w")
            assert (await boss.release("w"))["name"] == "w"
            with pytest.raises(RelayRefused) as refused:
                await boss.release("w")
            assert refused.value.code == "NOT_FOUND"

    asyncio.run(run())


def test_waiting_for_one_that_is_not_ready_ends_in_time(bus: LocalRelay) -> None:
    with Relay("boss", bus.socket) as boss, pytest.raises(RelayTimeout):
        boss.wait_for_ready("nobody", 0.2)
