"""Events on their way to listeners: bounded, in order, and what is lost is told."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from conftest import eventually
from fake_daemon import FakeDaemon
from relay_sdk import AsyncRelay, Relay
from relay_sdk._events import MAX_EVENTS, EventQueue


def test_a_full_queue_loses_its_oldest_and_says_so_when_half_of_it_is_taken() -> None:
    told: list[int] = []
    queue: EventQueue[int] = EventQueue(told.append)
    for n in range(MAX_EVENTS + 3):
        queue.put(n)
    taken = [queue.take() for _ in range(MAX_EVENTS // 2 - 1)]
    assert (taken[0], queue.lost_count, told) == (3, 3, [])
    queue.take()
    assert told == [3]
    rest = []
    while (event := queue.take()) is not None:
        rest.append(event)
    assert rest[-1] == MAX_EVENTS + 2
    assert told == [3]  # once


def flood(daemon: FakeDaemon, count: int, name: str = "lifecycle") -> None:
    peer = daemon.peer()
    for n in range(count):
        peer.send("EVENT", event=name, n=n)


def test_a_slow_listener_loses_the_oldest_and_others_hear_resync(daemon: FakeDaemon) -> None:
    gate, began = threading.Event(), threading.Event()
    seen: list[int] = []
    quick: list[int] = []
    resyncs: list[dict[str, Any]] = []

    def slow(event: dict[str, Any]) -> None:
        began.set()
        gate.wait(5)
        seen.append(event["n"])

    with Relay("scanner", daemon.path, close_timeout=0.2) as relay:
        relay.on_event("lifecycle", slow)
        relay.on_event("lifecycle", lambda event: quick.append(event["n"]))
        relay.on_event("resync", resyncs.append)
        flood(daemon, MAX_EVENTS + 100)
        eventually(lambda: len(quick) == MAX_EVENTS + 100, "the quick listener hears all")
        assert began.is_set()
        gate.set()
        eventually(lambda: len(seen) == MAX_EVENTS + 1, "the first and the newest 1,024")
        eventually(lambda: len(resyncs) == 1, "resync")
        assert resyncs == [{"event": "resync", "of": "lifecycle", "lost": 99}]
        assert (seen[0], seen[1], seen[-1]) == (0, 100, MAX_EVENTS + 99)
        assert relay.get_metrics()["events_lost"] == 99


def test_a_listener_that_raises_hears_the_next_event_and_is_counted(daemon: FakeDaemon) -> None:
    seen: list[int] = []

    def failing(event: dict[str, Any]) -> None:
        seen.append(event["n"])
        raise LookupError("no such thing")

    with Relay("scanner", daemon.path, close_timeout=0.2) as relay:
        relay.on_event("lifecycle", failing)
        flood(daemon, 3)
        eventually(lambda: seen == [0, 1, 2], "all three")
        eventually(lambda: relay.get_metrics()["listener_failures"] == 3, "counted")


def test_listener_threads_end_with_their_client(daemon: FakeDaemon) -> None:
    with Relay("scanner", daemon.path, close_timeout=0.2) as relay:
        relay.on_event("lifecycle", lambda event: None)
        assert any(thread.name == "relay-scanner-lifecycle" for thread in threading.enumerate())
    eventually(lambda: all(t.name != "relay-scanner-lifecycle" for t in threading.enumerate()), "it has ended")


@pytest.mark.parametrize("raises", [False, True])
def test_coroutine_listeners_are_called_in_order_one_at_a_time(daemon: FakeDaemon, raises: bool) -> None:
    seen: list[int] = []
    running = 0

    async def listener(event: dict[str, Any]) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.001)
        running -= 1
        seen.append(event["n"])
        if raises:
            raise LookupError("no such thing")

    async def main() -> dict[str, int]:
        async with AsyncRelay("scanner", daemon.path, close_timeout=0.2) as app:
            app.on_event("lifecycle", listener)
            await asyncio.to_thread(flood, daemon, 20)
            async with asyncio.timeout(5):
                while len(seen) < 20:
                    await asyncio.sleep(0.005)
            return app.get_metrics()

    found = asyncio.run(main())
    assert seen == list(range(20))
    assert found["listener_failures"] == (20 if raises else 0)
