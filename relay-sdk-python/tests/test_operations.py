"""Both clients say the same words, and let go of what nobody waits for."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import pydoc
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from conftest import eventually
from fake_daemon import EPOCH, FakeDaemon, Peer
from relay_sdk import (
    AsyncDeadLetters,
    AsyncLanes,
    AsyncPresence,
    AsyncRelay,
    DeadLetters,
    Lanes,
    Message,
    Presence,
    Relay,
    RelayClosed,
    RelayTimeout,
    _handles,
)
from relay_sdk import _protocol as p
from relay_sdk._agents import Agents, AsyncAgents
from relay_sdk._proposals import AsyncProposals, Proposals
from relay_sdk._windows import AsyncWindows, Windows

PAIRS = [
    (Relay, AsyncRelay),
    (Lanes, AsyncLanes),
    (DeadLetters, AsyncDeadLetters),
    (Agents, AsyncAgents),
    (Proposals, AsyncProposals),
    (Presence, AsyncPresence),
    (Windows, AsyncWindows),
]


@pytest.mark.parametrize(("blocking", "awaited"), PAIRS, ids=lambda each: each.__name__)
def test_what_waits_is_there_twice_with_the_same_words(blocking: type, awaited: type) -> None:
    for name, coroutine in inspect.getmembers(awaited, inspect.iscoroutinefunction):
        if name.startswith("_") or name in ("connect", "serve", "room", "start", "close"):
            continue
        method = getattr(blocking, name)
        assert not inspect.iscoroutinefunction(method), name
        both = [inspect.signature(each) for each in (method, coroutine)]
        if name != "watch":  # a watch is of its client
            assert both[0] == both[1], name
        assert coroutine.__doc__, f"{awaited.__name__}.{name} is not documented"


def test_help_shows_what_comes_back_and_not_how() -> None:
    text = pydoc.render_doc(Relay.request, renderer=pydoc.plaintext)  # type: ignore[attr-defined]
    assert "request(self, /, target: 'str', kind: 'str', payload: 'Any' = None, *, timeout: 'float'" in text
    assert "-> 'Reply'" in text
    assert "Asks and waits for the answer." in text


def resolved(relay: Relay, count: int) -> bool:
    return bool(relay.get_metrics()["resolved"] == count)


def test_results_that_nobody_waits_for_take_no_room(daemon: FakeDaemon) -> None:
    with Relay("scanner", daemon.path, close_timeout=0.2, outbox_messages=2) as relay:
        peer = daemon.peer()
        for seq in range(1, 6):
            with pytest.raises(RelayTimeout):
                relay.send_and_wait("risk", "fill", {}, timeout=0.02)
            peer.expect("SEND")
            peer.send("SENT", handle=1, epoch=EPOCH, upto=seq, by=p.BY_DISK)
            eventually(functools.partial(resolved, relay, seq), "the receipt frees its room")
        assert relay.get_metrics()["awaiting_result"] == 0


def test_a_cancelled_call_lets_go_and_its_message_is_sent_all_the_same(daemon: FakeDaemon) -> None:
    async def main() -> None:
        async with AsyncRelay("scanner", daemon.path, close_timeout=0.2) as app:
            peer = daemon.peer()
            calls = [
                asyncio.create_task(app.request("risk", "exposure", {}, timeout=30)),
                asyncio.create_task(app.send_and_wait("risk", "fill", {}, timeout=30)),
            ]
            frames = [await asyncio.to_thread(peer.expect, "SEND") for _ in calls]
            assert [frame["seq"] for frame in frames] == [1, 2]
            for call in calls:
                call.cancel()
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(each, asyncio.CancelledError) for each in ended)
            peer.send("SENT", handle=1, epoch=EPOCH, upto=2, by=p.BY_ACK)
            async with asyncio.timeout(5):
                while app.get_metrics()["resolved"] < 2:
                    await asyncio.sleep(0.005)
            assert app.get_metrics()["awaiting_result"] == 0
            peer.lane(9, "risk", "reply")
            peer.deliver(9, 1, b"{}", kind=0, flags=p.REPLY, block=p.block((p.KEY_IN_REPLY_TO, frames[0]["id"])))
            async with asyncio.timeout(5):
                while app.get_metrics()["late_replies"] < 1:
                    await asyncio.sleep(0.005)

    asyncio.run(main())


def test_a_handler_that_exits_fails_its_message_and_not_its_thread(daemon: FakeDaemon) -> None:
    with Relay("scanner", daemon.path, close_timeout=0.2, handler_threads=1) as relay:

        @relay.on("k")
        def exits(message: Message) -> None:
            raise SystemExit(3)

        handled = threading.Event()
        relay.on("other", lambda message: handled.set())
        relay.start()
        peer = daemon.peer()
        peer.expect("CREDIT")
        peer.send("KIND", handle=1, kind="k")
        peer.send("KIND", handle=2, kind="other")
        peer.lane(5, "risk", "message")
        peer.lane(6, "fills", "message")
        peer.deliver(5, 1, b"{}")
        assert "SystemExit" in peer.expect("NACK")["error"]
        peer.deliver(6, 1, b"{}", kind=2)
        assert handled.wait(5)


def test_a_cancellation_from_inside_a_handler_is_its_failure_and_not_its_lanes_end(daemon: FakeDaemon) -> None:
    async def main() -> None:
        app = AsyncRelay("scanner", daemon.path, close_timeout=0.2)
        attempts: list[int] = []

        @app.on("k")
        async def awaits_what_is_cancelled(message: Message) -> None:
            attempts.append(message.attempt)
            if message.attempt == 1:
                work = asyncio.create_task(asyncio.sleep(10))
                work.cancel()
                await work

        async with app:
            await app.start()
            peer = daemon.peer()
            await asyncio.to_thread(peer.expect, "CREDIT")
            peer.send("KIND", handle=1, kind="k")
            peer.lane(5, "risk", "message")
            peer.deliver(5, 1, b"{}")
            assert "CancelledError" in (await asyncio.to_thread(peer.expect, "NACK"))["error"]
            peer.deliver(5, 1, b"{}", attempt=2)
            assert (await asyncio.to_thread(peer.expect, "ACK"))["floor"] == 1
            assert attempts == [1, 2]

    asyncio.run(main())


def test_whatever_a_coroutine_raises_is_its_messages_failure_and_not_its_lanes_end(daemon: FakeDaemon) -> None:
    class Outside(BaseException):
        pass

    async def main() -> None:
        app = AsyncRelay("scanner", daemon.path, close_timeout=0.2)

        @app.on("k")
        async def fails_once(message: Message) -> None:
            if message.attempt == 1:
                raise Outside("of the usual tree")

        async with app:
            await app.start()
            peer = daemon.peer()
            await asyncio.to_thread(peer.expect, "CREDIT")
            peer.send("KIND", handle=1, kind="k")
            peer.lane(5, "risk", "message")
            peer.deliver(5, 1, b"{}")
            assert "Outside" in (await asyncio.to_thread(peer.expect, "NACK"))["error"]
            peer.deliver(5, 1, b"{}", attempt=2)
            assert (await asyncio.to_thread(peer.expect, "ACK"))["floor"] == 1

    asyncio.run(main())


def waiting_calls(relay: Relay) -> list[Future[object]]:
    """One of each kind of call that waits, each on a thread of its own; nobody answers them."""
    pool = ThreadPoolExecutor(4)
    handle = relay.send("risk", "fill", {})
    return [
        pool.submit(relay.send_and_wait, "risk", "fill", {}, timeout=300),
        pool.submit(relay.request, "risk", "exposure", {}, timeout=300),
        pool.submit(relay.control, "status", timeout=300),
        pool.submit(handle.result, 300),
    ]


def all_under_way(peer: Peer) -> None:
    seen: list[str] = []
    while seen.count("SEND") < 3 or "CONTROL" not in seen:
        seen.append(peer.frames.get(timeout=10)[0])


@pytest.mark.parametrize("ending", ["close", "fatal"])
def test_whoever_waits_when_a_client_ends_learns_it_at_once(daemon: FakeDaemon, ending: str) -> None:
    relay = Relay("scanner", daemon.path, close_timeout=0.2)
    peer = daemon.peer()
    calls = waiting_calls(relay)
    all_under_way(peer)
    if ending == "close":
        relay.close(0.0)
    else:
        peer.send("ERROR", code="FENCED", message="by another", fatal=True)
    for call in calls:
        with pytest.raises(RelayClosed) as ended:
            call.result(20)
        assert ended.value.code == ("CLOSED" if ending == "close" else "FENCED")
    relay.close()


def test_what_was_sent_last_is_written_when_the_interpreter_exits_without_close(daemon: FakeDaemon) -> None:
    script = f"from relay_sdk import Relay\nr = Relay('scanner', {daemon.path!r}, close_timeout=0.2)\nr.send('risk', 'k', 1)\n"
    child = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    peer = daemon.peer()
    assert peer.expect("SEND")["payload"] == b"1"
    assert peer.expect("GOODBYE")["reason"] == "close"
    assert child.wait(20) == 0


def test_a_forked_child_can_make_a_client_although_a_thread_held_a_lock(daemon: FakeDaemon) -> None:
    with _handles._registering:
        child = os.fork()
        if child == 0:
            free = _handles._registering.acquire(timeout=5)
            os._exit(0 if free else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
