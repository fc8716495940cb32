"""Against a real daemon. Without one these tests fail and say what was looked for."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket as sockets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import scenarios
from conftest import eventually
from relay_sdk import AsyncRelay, Interest, Message, Quota, Relay, RelayClosed, RelayRefused, SendHandle
from relay_sdk.testing import LocalRelay, daemon_command, local_relay

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def relayd() -> Iterator[LocalRelay]:
    # Prefixes of the runner begin with s; other names of the table are no operators, and have no part in groups.
    rules = ["RELAY_OPERATORS=s*, py-*", "RELAY_ALLOW_SEND=* -> *, s* -> group:*", "RELAY_ALLOW_JOIN=s* -> *"]
    with local_relay(["env", *rules, *daemon_command()]) as found:
        yield found


@pytest.mark.parametrize(("index", "scenario"), scenarios.load(), ids=lambda v: v["name"] if isinstance(v, dict) else "")
def test_scenario(
    relayd: LocalRelay, index: int, scenario: dict[str, Any], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.ERROR, "relay_sdk")  # failing handlers are part of the table
    scenarios.Runner(relayd.socket, index, tmp_path).run(scenario["steps"])


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


def test_async_agents_filter_watch_and_shadow(relayd: LocalRelay) -> None:
    async def main() -> None:
        seen: list[Any] = []
        copies: list[Any] = []
        wanted = {"py.desk.*": Interest(senders=["py-desk-feed"], content_types=["json"])}
        risk = AsyncRelay("py-desk-risk", relayd.socket, capabilities=["risk"], interests=wanted)
        audit = AsyncRelay("py-desk-audit", relayd.socket)
        risk.on("px", lambda message: seen.append(message.json()))
        audit.on("px", lambda message: copies.append(message.shadow))
        async with risk, audit, AsyncRelay("py-desk-feed", relayd.socket) as feed:
            watch = await feed.presence().watch(prefix="py-desk-")
            await risk.start()
            await audit.start()
            await audit.shadow("py-desk-risk")
            found = await feed.wait_for_agent("py-desk-risk", timeout=10, ready=True)
            assert found["capabilities"] == ["risk"]
            await feed.publish("py.desk.a", 1, kind="px")
            await audit.publish("py.desk.a", 2, kind="px")
            await feed.publish("py.desk.a", 3, kind="px")
            async with asyncio.timeout(10):
                while len(copies) < 2:
                    await asyncio.sleep(0.005)
            assert seen == [1, 3]
            assert [(c["direction"], c["sender"]) for c in copies] == [("in", "py-desk-feed")] * 2
            await audit.quotas().set("py-desk-feed", Quota(bytes_per_s=1 << 20))
            assert (await feed.quotas().list())["py-desk-feed"] == Quota(bytes_per_s=1 << 20)
            await audit.stop_shadow("py-desk-risk")
            await risk.presence().set(capabilities=["var"])
            async with asyncio.timeout(10):
                while watch.agents["py-desk-risk"]["capabilities"] != ["var"]:
                    await asyncio.sleep(0.005)
            assert [row["name"] for row in await feed.presence().list(prefix="py-", capability="var")] == ["py-desk-risk"]

    asyncio.run(main())


def test_an_interest_that_is_refused_fails_the_connect_and_frees_the_name(relayd: LocalRelay) -> None:
    async def main() -> None:
        with pytest.raises(RelayRefused) as refused:
            await AsyncRelay("py-picky", relayd.socket, interests={"no..topic": Interest()}).connect()
        assert refused.value.code == "BAD_NAME"
        async with AsyncRelay("py-picky", relayd.socket):
            pass

    asyncio.run(main())


def test_a_watch_is_right_again_after_the_daemon_was_killed() -> None:
    with local_relay() as daemon, Relay("watcher", daemon.socket) as watcher:
        watch = watcher.presence().watch()
        with Relay("bob", daemon.socket) as bob:
            bob.presence().set(capabilities=["x"])
            eventually(lambda: watch.agents.get("bob", {}).get("capabilities") == ["x"], "bob is seen")
            daemon.kill()
            daemon.start()
            eventually(lambda: watch.agents["bob"]["version"] >> 32 == 2, "both are back", 20)
            assert watch.agents["bob"]["capabilities"] == ["x"]
        eventually(lambda: watch.agents["bob"]["state"] == "away", "bob has gone")


def test_I47_agents_talk_over_loopback_tcp_with_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = tmp_path / "tokens"
    tokens.touch(mode=0o600)
    tokens.write_text("bridge: 0123456789abcdef-bridge\nother: 0123456789abcdef-other\n")
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("RELAY_TCP_PORT", str(port))
    monkeypatch.setenv("RELAY_TOKENS_FILE", str(tokens))

    async def ask() -> Any:
        async with AsyncRelay("other", f"tcp:{port}", auth="0123456789abcdef-other") as other:
            return (await other.request("bridge", "question", {}, timeout=10)).json()

    with local_relay(), Relay("bridge", f"tcp:{port}", auth="0123456789abcdef-bridge") as bridge:
        bridge.on("question", lambda m: {"answer": 42})
        bridge.start()
        assert asyncio.run(ask()) == {"answer": 42}
        with pytest.raises(RelayClosed, match="UNAUTHORIZED"), Relay("bridge2", f"tcp:{port}"):
            pass
    with pytest.raises(ValueError, match="tcp:PORT"):
        Relay("bridge", "tcp:x")


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


def test_a_stopping_daemon_refuses_nothing_and_loses_nothing() -> None:
    with local_relay() as daemon, Relay("sink", daemon.socket) as sink, Relay("source", daemon.socket) as source:
        seen: list[int] = []
        sink.on("tick", lambda m: seen.append(m.json()))
        sink.start()
        source.send("sink", "tick", 0).result(5)
        stop = threading.Thread(target=daemon.stop)
        stop.start()
        handles = list[SendHandle]()
        while stop.is_alive() and len(handles) < 5_000:
            handles.append(source.send("sink", "tick", len(handles) + 1))
        stop.join()
        daemon.start()
        assert {h.result(20).by for h in handles} <= {"disk", "ack"}
        eventually(lambda: len(seen) > len(handles), "all of them", 20)
        assert seen == list(range(len(handles) + 1))


def test_I19_a_restarted_agent_takes_over_from_a_stopped_predecessor(relayd: LocalRelay) -> None:
    code = (
        "import sys; from relay_sdk import Relay; r = Relay('frozen', sys.argv[1]); r.start();"
        " print('ready', flush=True); r._io.ended.wait(60);"
        " sys.exit(3 if r._session.failure.code in ('FENCED', 'STALE_EPOCH') else 4)"
    )
    old = subprocess.Popen([sys.executable, "-c", code, relayd.socket], stdout=subprocess.PIPE, text=True)
    try:
        assert old.stdout is not None
        assert old.stdout.readline() == "ready\n"
        with pytest.raises(RelayClosed, match="NAME_IN_USE"):
            Relay("frozen", relayd.socket)
        old.send_signal(signal.SIGSTOP)
        with Relay("watcher", relayd.socket) as watcher:

            def is_suspect() -> bool:
                agents = watcher.control("agents")["agents"]
                return any(a["suspect"] for a in agents if a["name"] == "frozen")

            eventually(is_suspect, "the daemon misses it", 20)
        with Relay("frozen", relayd.socket) as successor:
            assert successor.get_health()["connected"]
            old.send_signal(signal.SIGCONT)
            assert old.wait(20) == 3
            assert successor.get_health()["connected"]
    finally:
        old.kill()
        old.wait()
        if old.stdout is not None:
            old.stdout.close()
