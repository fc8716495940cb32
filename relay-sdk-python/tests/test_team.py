"""What agents share, on a real daemon: over its death and restart, and with the asyncio client."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from conftest import eventually
from relay_sdk import AsyncRelay, LatestValue, Question, Relay, StateChange, Vote
from relay_sdk.testing import local_relay

pytestmark = pytest.mark.integration
WAIT = 20.0


def test_watches_and_a_vote_go_on_when_the_daemon_was_killed() -> None:
    states: list[StateChange] = []
    prices: list[LatestValue] = []
    decided: list[bool] = []
    with local_relay() as daemon, Relay("source", daemon.socket) as source, Relay("grid", daemon.socket) as grid:
        source.update_state({"n": 1, "kept": True})
        grid.watch_state("source", states.append)
        grid.latest.watch("px", prices.append)
        eventually(lambda: bool(states), "the whole state")
        number = source.proposals().open("go on", ["grid"], "majority", 60.0)
        waiting = threading.Thread(target=lambda: decided.append(source.proposals().wait(number, 60.0).approved))
        waiting.start()
        daemon.kill()
        daemon.start()
        eventually(lambda: source.get_health()["connected"] and grid.get_health()["connected"], "both are back", WAIT)
        assert grid.get_state("source") == {"n": 1, "kept": True}
        source.update_state({"n": 2, "kept": True})
        eventually(lambda: states[-1].state == {"n": 2, "kept": True}, "the change after the restart", WAIT)
        source.latest.put("px", "BTC", 3)
        eventually(lambda: bool(prices) and prices[-1].value == 3, "the price after the restart", WAIT)
        assert grid.proposals().vote(number, "yes", "still here") == "approved"
        waiting.join(WAIT)
        assert decided == [True]


async def team(socket: str) -> dict[str, Any]:
    changes: asyncio.Queue[StateChange] = asyncio.Queue()
    prices: asyncio.Queue[LatestValue] = asyncio.Queue()
    async with AsyncRelay("ann", socket) as ann, AsyncRelay("bob", socket) as bob:

        @bob.proposals().on_question
        async def answer(question: Question) -> Vote:
            await asyncio.sleep(0)
            return Vote("yes", question.title)

        await bob.start()
        await bob.watch_state("a*", changes.put)
        await bob.latest.watch("px.>", prices.put)
        assert await ann.update_state({"a": 1, "b": 2}) == 1
        first = await asyncio.wait_for(changes.get(), WAIT)
        assert await ann.update_state({"a": 1}, remove=["b"]) == 2
        second = await asyncio.wait_for(changes.get(), WAIT)
        for n in range(100):
            ann.latest.put("px.main", "BTC", n)
        assert await ann.latest.flush(WAIT)
        price = await asyncio.wait_for(prices.get(), WAIT)
        while price.value != 99:
            price = await asyncio.wait_for(prices.get(), WAIT)
        await ann.windows().append("ticks", 1, 2, 3)
        ruling = await ann.propose("go", ["bob"], timeout=WAIT)
        return {
            "states": [first.state, second.state],
            "removed": sorted(second.removed),
            "ticks": [entry.value for entry in await bob.windows().read("ticks", 2)],
            "ruling": (ruling.approved, ruling.votes["bob"].reason),
        }


def test_the_asyncio_client_speaks_the_same_words() -> None:
    with local_relay() as daemon:
        assert asyncio.run(team(daemon.socket)) == {
            "states": [{"a": 1, "b": 2}, {"a": 1}],
            "removed": ["b"],
            "ticks": [2, 3],
            "ruling": (True, "go"),
        }
