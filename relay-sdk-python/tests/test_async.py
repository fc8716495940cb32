"""The asyncio client against a scripted daemon on a real socket."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from fake_daemon import EPOCH, FakeDaemon, Peer
from relay_sdk import AsyncRelay, Message, RelayClosed, RelayDeadLettered, RelayRefused, RelayTimeout, _async
from relay_sdk import _protocol as p

T = TypeVar("T")
MAKE_LOOP: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": importlib.import_module("uvloop").new_event_loop,
}
_make_loop: list[Callable[[], asyncio.AbstractEventLoop]] = []


@pytest.fixture(autouse=True, params=MAKE_LOOP)
def _loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test on either kind of loop."""
    _make_loop[:] = [MAKE_LOOP[request.param]]
    monkeypatch.setattr(_async, "_loop_factory", lambda: MAKE_LOOP[request.param])


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=_make_loop[0]) as runner:
        runner.run(main)


async def off_loop(call: Callable[..., T], *args: Any) -> T:
    """The fake's blocking waits, beside the loop."""
    return await asyncio.to_thread(call, *args)


def with_app(daemon: FakeDaemon, scenario: Callable[[AsyncRelay, Peer], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with AsyncRelay("risk", daemon.path, close_timeout=0.2, **options) as app:
            await scenario(app, await off_loop(daemon.peer))

    run_loop(asyncio.wait_for(main(), 15))


async def started(app: AsyncRelay, peer: Peer, kind: str = "k", sender: str = "executor") -> None:
    await app.start()
    await off_loop(peer.expect, "CREDIT")
    peer.send("KIND", handle=1, kind=kind)
    peer.lane(5, sender)


def test_thousands_under_way_resolve_by_range(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        handles = [app.send("executor", "order", {"n": n}) for n in range(5000)]
        seq = 0
        while seq < 5000:
            seq = (await off_loop(peer.expect, "SEND"))["seq"]
            if seq % 500 == 0:
                peer.send("SENT", handle=1, epoch=EPOCH, upto=seq, by=p.BY_DISK)
        receipts = await asyncio.gather(*handles)
        assert {r.by for r in receipts} == {"disk"}

    with_app(daemon, scenario)


def test_a_refusal_raises_when_awaited_and_is_a_value_too(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        handle = app.send("nobody", "k")
        frame = await off_loop(peer.expect, "SEND")
        peer.send("REFUSED", handle=1, code=2, retry_after_ms=50, seq=1, id=frame["id"])
        with pytest.raises(RelayRefused, match="MAILBOX_FULL") as refused:
            await handle
        assert (refused.value.retryable, refused.value.retry_after_ms) == (True, 50)
        assert (await handle.outcome()).code == "MAILBOX_FULL"

    with_app(daemon, scenario)


def test_handlers_ack_nack_and_answer(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        seen: list[int] = []

        @app.on("k", sender="executor")
        async def on_k(message: Message) -> dict[str, int] | None:
            await asyncio.sleep(0)
            seen.append(message.position[1])
            if message.position[1] == 2 and message.attempt == 1:
                raise ValueError("bad")
            return {"n": message.position[1]} if message.is_request else None

        await started(app, peer)
        for n in (1, 2, 3):
            peer.deliver(5, n)
        nack = await off_loop(peer.expect, "NACK")
        assert (nack["seq"], nack["error"]) == (2, "ValueError: bad")
        for n in (2, 3):
            peer.deliver(5, n, attempt=2)
        while (await off_loop(peer.expect, "ACK"))["floor"] < 3:
            pass
        assert seen == [1, 2, 2, 3]
        peer.deliver(5, 4, flags=p.REQUEST, id=b"Q" * 16)
        reply = await off_loop(peer.expect, "SEND")
        assert reply["payload"] == b'{"n":4}'
        assert p.find(reply["block"], p.KEY_IN_REPLY_TO) == b"Q" * 16

    with_app(daemon, scenario)


def test_lanes_run_in_parallel_and_each_in_order(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        other_ran = asyncio.Event()

        @app.on("k")
        async def on_k(message: Message) -> None:
            if message.sender == "executor":
                await asyncio.wait_for(other_ran.wait(), 5)
            else:
                other_ran.set()

        await started(app, peer)
        peer.deliver(5, 1)
        peer.lane(6, "other")
        peer.deliver(6, 1)
        acked = {(await off_loop(peer.expect, "ACK"))["lane"] for _ in range(2)}
        assert acked == {5, 6}

    with_app(daemon, scenario)


def test_request_and_its_timeout(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        task = asyncio.create_task(app.request("risk2", "exposure", {"symbol": "X"}, timeout=5))
        asked = await off_loop(peer.expect, "SEND")
        peer.lane(9, "risk2", "reply")
        peer.deliver(9, 1, b'{"px":1.10}', kind=0, flags=p.REPLY, block=p.block((p.KEY_IN_REPLY_TO, asked["id"])))
        assert str((await task).json()["px"]) == "1.10"
        with pytest.raises(RelayTimeout):
            await app.request("risk2", "exposure", timeout=0.02)
        asked = await off_loop(peer.expect, "SEND")
        peer.deliver(9, 2, b"late", kind=0, flags=p.REPLY, block=p.block((p.KEY_IN_REPLY_TO, asked["id"])))
        while (await off_loop(peer.expect, "ACK"))["floor"] < 2:
            pass
        assert app.get_metrics()["late_replies"] == 1

    with_app(daemon, scenario)


def test_send_and_wait_raises_the_dead_letter(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        task = asyncio.create_task(app.send_and_wait("risk2", "fill", {}, timeout=5))
        await off_loop(peer.expect, "SEND")
        peer.send("RESULT", handle=1, epoch=EPOCH, seq=1, outcome=p.RESULT_DEAD, reason=1, attempts=6)
        with pytest.raises(RelayDeadLettered) as dead:
            await task
        assert (dead.value.reason, dead.value.attempts) == ("MAX_ATTEMPTS", 6)

    with_app(daemon, scenario)


def test_reconnects_and_resends(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        handle = app.send("executor", "k")
        await off_loop(peer.expect, "SEND")
        peer.cut()
        again = await off_loop(daemon.peer)
        frame = await off_loop(again.expect, "SEND")
        assert (frame["seq"], frame["flags"]) == (1, p.RESENT)
        again.send("SENT", handle=1, epoch=EPOCH, upto=1, by=p.BY_ACK)
        assert (await handle).by == "ack"

    with_app(daemon, scenario)


def test_a_full_outbox_is_refused_and_room_waits(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        app.send("executor", "k")
        with pytest.raises(RelayRefused, match="OUTBOX_FULL"):
            app.send("executor", "k")
        with pytest.raises(RelayTimeout):
            await app.room(timeout=0.02)
        waiting = asyncio.create_task(app.room(timeout=5))
        peer.send("SENT", handle=1, epoch=EPOCH, upto=1, by=p.BY_DISK)
        await waiting
        app.send("executor", "k")

    with_app(daemon, scenario, outbox_messages=1)


def test_an_ack_by_hand_may_come_from_any_thread(daemon: FakeDaemon) -> None:
    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        asyncio.get_running_loop().set_debug(True)  # refuses calls that are not for other threads
        got: asyncio.Queue[Message] = asyncio.Queue()
        app.on("k", got.put_nowait, ack="manual")
        await started(app, peer)
        peer.deliver(5, 1)
        await off_loop((await got.get()).ack)
        assert (await off_loop(peer.expect, "ACK"))["floor"] == 1
        peer.deliver(5, 2)
        await off_loop((await got.get()).nack, "no")
        assert (await off_loop(peer.expect, "NACK"))["seq"] == 2

    with_app(daemon, scenario)


def test_another_thread_or_loop_is_told_so_before_anything_is_sent(daemon: FakeDaemon) -> None:
    left: list[AsyncRelay] = []

    async def scenario(app: AsyncRelay, peer: Peer) -> None:
        left.append(app)
        with pytest.raises(RuntimeError, match="belongs to the loop"):
            await off_loop(app.send, "executor", "k")
        app.send("executor", "k")
        assert (await off_loop(peer.expect, "SEND"))["seq"] == 1

    with_app(daemon, scenario)
    with pytest.raises(RelayClosed):
        left[0].send("executor", "k")


def test_no_daemon_is_a_clear_error(tmp_path: object) -> None:
    async def main() -> None:
        app = AsyncRelay("risk", f"{tmp_path}/none.sock", connect_timeout=0.1)
        with pytest.raises(RelayClosed, match="NOT_CONNECTED"):
            await app.connect()

    run_loop(main())


def test_run_serves_until_sigterm_and_drains(daemon: FakeDaemon) -> None:
    app = AsyncRelay("risk", daemon.path, close_timeout=2.0)
    seen: list[str] = []

    @app.on("k")
    async def on_k(message: Message) -> None:
        seen.append(message.sender)

    def script() -> None:
        peer = daemon.peer()
        peer.expect("CREDIT")
        peer.send("KIND", handle=1, kind="k")
        peer.lane(5, "executor")
        peer.deliver(5, 1)
        peer.expect("ACK")
        os.kill(os.getpid(), signal.SIGTERM)
        peer.expect("GOODBYE")

    thread = threading.Thread(target=script)
    thread.start()
    app.run()
    thread.join(5)
    assert not thread.is_alive()
    assert seen == ["executor"]
