"""What callers can ask for: options on the wire, many at once, a stopping daemon, pressure, fate, dead letters, the inbox."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import eventually
from fake_daemon import EPOCH, FakeDaemon, Peer
from relay_sdk import AsyncRelay, DeadLetter, InboxPosition, Message, Pressure, Receipt, Relay, RelayRefused
from relay_sdk import _protocol as p
from test_sync import sent, start_with_lane

SHUTTING_DOWN, PRECEDING_REFUSED = 15, 13


@pytest.fixture
def relay(daemon: FakeDaemon) -> Iterator[Relay]:
    with Relay("scanner", daemon.path, close_timeout=0.2) as found:
        yield found


def refuse(peer: Peer, frame: dict[str, Any], code: int) -> None:
    peer.send("REFUSED", handle=frame["handle"], code=code, retry_after_ms=0, seq=frame["seq"], id=frame["id"])


def test_options_reach_the_wire(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    relay.send("risk", "k", b"x", ttl=2.0, priority=7, require="disk", journal=True, app_id="order-1", content=200)
    frame = peer.expect("SEND")
    assert frame["flags"] == p.REQUIRE_DISK | p.JOURNAL | p.APP_ID
    assert (frame["priority"], frame["content"]) == (7, 200)
    assert 1_500 < frame["ttl_ms"] <= 2_000
    assert p.find(frame["block"], p.KEY_APP_ID) == b"order-1"
    relay.send("risk", "k", durability="none")
    assert [b["class"] for name, b in peer.seen if name == "BIND"] == ["message"]
    assert peer.expect("BIND")["class"] == "express"


@pytest.mark.parametrize("options", [{"require": "ack"}, {"durability": "some"}, {"priority": 256}, {"ttl": 0}, {"app_id": ""}])
def test_wrong_options_are_told_before_anything_is_queued(relay: Relay, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        relay.send("risk", "k", **options)
    assert relay.get_metrics()["queued"] == 0


def test_send_many_keeps_the_order_of_its_receipts(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handles = relay.send_many("risk", "k", range(5), ttl=5.0)
    frames = [peer.expect("SEND") for _ in handles]
    assert [json.loads(f["payload"]) for f in frames] == list(range(5))
    sent(peer, 5)
    receipts = [h.result(2) for h in handles]
    assert [r.message.seq for r in receipts if r.message] == [1, 2, 3, 4, 5]


def test_send_many_refuses_the_tail_that_finds_no_room(daemon: FakeDaemon) -> None:
    with Relay("scanner", daemon.path, outbox_messages=3, close_timeout=0.2) as relay:
        handles = relay.send_many("risk", "k", range(5), timeout=0.01)
        assert [h.outcome(0).code for h in handles] == ["TIMEOUT", "TIMEOUT", "TIMEOUT", "OUTBOX_FULL", "OUTBOX_FULL"]


def test_a_stopping_daemon_is_waited_for_and_nothing_is_refused(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handles = [relay.send("risk", "k", n) for n in range(3)]
    frames = [peer.expect("SEND") for _ in handles]
    sent(peer, 1)
    refuse(peer, frames[1], SHUTTING_DOWN)
    refuse(peer, frames[2], PRECEDING_REFUSED)
    later = relay.send("risk", "k", 3)
    again = [peer.expect("SEND") for _ in range(3)]  # the same daemon, after a moment: it may have recovered
    assert [(f["seq"], f["flags"], f["id"]) for f in again[:2]] == [(f["seq"], 0, f["id"]) for f in frames[1:]]
    refuse(peer, again[0], SHUTTING_DOWN)
    peer.cut()
    fresh = daemon.peer()
    once_more = [fresh.expect("SEND") for _ in range(3)]
    assert [(f["seq"], f["flags"]) for f in once_more] == [(2, 0), (3, 0), (4, 0)]
    sent(fresh, 4)
    assert [h.result(2).by for h in [*handles, later]] == ["disk"] * 4
    assert relay.get_metrics()["refused"] == 0


def test_R7_an_ack_waits_for_what_its_handler_sent_and_a_stopping_daemon_refused(relay: Relay, daemon: FakeDaemon) -> None:
    relay.on("k", lambda m: relay.send("executor", "order", {}))
    peer = start_with_lane(relay, daemon)
    first = relay.send("executor", "order", {})
    frame = peer.expect("SEND")
    refuse(peer, frame, SHUTTING_DOWN)
    eventually(lambda: relay.get_metrics()["queued"] == 1, "the refused message is back in the queue")
    peer.deliver(5, 1)
    peer.expect("ACK")
    order = [name for name, _ in peer.seen if name in ("SEND", "ACK")]
    assert order == ["SEND", "SEND", "SEND", "ACK"]
    sent(peer, 2)
    first.result(2)


def test_I26_a_send_inside_a_handler_fails_fast(daemon: FakeDaemon) -> None:
    found: list[tuple[str, float]] = []
    with Relay("scanner", daemon.path, outbox_messages=1, close_timeout=0.2) as relay:

        @relay.on("k")
        def handle(message: Message) -> None:
            began = time.monotonic()
            relay.send("risk", "k")
            try:
                relay.send("risk", "k")
            except RelayRefused as error:
                found.append((error.code, time.monotonic() - began))

        peer = start_with_lane(relay, daemon, sender="other")
        peer.deliver(5, 1)
        eventually(lambda: bool(found), "the handler ran")
        assert found[0][0] == "OUTBOX_FULL"
        assert found[0][1] < 1.0


def test_pressure_is_told(relay: Relay, daemon: FakeDaemon) -> None:
    told: list[Pressure] = []
    relay.on_pressure(told.append)
    peer = daemon.peer()
    relay.send("risk", "k")
    peer.expect("SEND")
    peer.send("PAUSED", handle=1, queued=1_500)
    peer.send("RESUMED", handle=1, queued=500)
    eventually(lambda: len(told) == 2, "both events")
    assert told == [Pressure("risk", True, 1_500), Pressure("risk", False, 500)]


def test_the_death_of_a_message_is_told(relay: Relay, daemon: FakeDaemon) -> None:
    told: list[DeadLetter] = []
    relay.on_dead_letter(told.append)
    peer = daemon.peer()
    assert "dead_letter" in peer.expect("HELLO")["events"]
    peer.send("EVENT", event="dead_letter", no=4, id="x", target="risk", reason="EXPIRED", attempts=0, error="", seq=1)
    peer.send("EVENT", event="of a newer daemon")
    eventually(lambda: bool(told), "the event")
    assert [(d.no, d.target, d.reason) for d in told] == [(4, "risk", "EXPIRED")]


def test_fate_asks_for_the_messages_place(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    handle = relay.send("risk", "k")
    frame = peer.expect("SEND")
    sent(peer, 1)
    receipt = handle.result(2)
    answers: list[str] = []
    caller = threading.Thread(target=lambda: answers.append(relay.fate(receipt)))
    caller.start()
    asked = peer.expect("CONTROL")
    assert {k: asked[k] for k in ("op", "target_kind", "target", "class", "epoch", "seq", "id")} == {
        "op": "fate", "target_kind": "agent", "target": "risk", "class": "message", "epoch": EPOCH, "seq": 1, "id": handle.id,
    }  # fmt: skip
    assert handle.id_bytes == frame["id"]
    peer.send("CONTROL_REPLY", ref=asked["ref"], ok=True, state="acked")
    caller.join(3)
    assert answers == ["acked"]


def test_a_lane_can_halt_at_a_dead_letter(relay: Relay, daemon: FakeDaemon) -> None:
    peer = daemon.peer()
    lanes = relay.lanes()

    def ask(call: Callable[[], object], **answer: Any) -> dict[str, Any]:
        caller = threading.Thread(target=call)
        caller.start()
        asked = peer.expect("CONTROL")
        peer.send("CONTROL_REPLY", ref=asked["ref"], ok=True, **answer)
        caller.join(3)
        return {k: v for k, v in asked.items() if k != "ref"}

    wanted = {"op": "lane.policy", "sender": "ann", "class": "message", "on_dead_letter": "halt"}
    assert ask(lambda: lanes.on_dead_letter("ann", "halt")) == wanted
    assert ask(lambda: lanes.skip("ann")) == {"op": "lane.skip", "sender": "ann", "class": "message"}
    assert ask(lambda: lanes.resume("ann", lane_class="topic"))["class"] == "topic"
    found: list[Any] = []
    ask(lambda: found.append(lanes.list(halted=True)), lanes=[{"sender": "ann", "halted": True}])
    assert found == [[{"sender": "ann", "halted": True}]]
    with pytest.raises(ValueError, match="on_dead_letter"):
        lanes.on_dead_letter("ann", "stop")


class Queue:
    """A dead-letter queue of 120, answered by the fake daemon in pages."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.letters = {n: {"no": n, "reason": "EXPIRED" if n % 2 else "MAX_ATTEMPTS"} for n in range(1, 121)}
        self.dropped = threading.Event()
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while not self._peer.closed.is_set():
            try:
                asked = self._peer.expect("CONTROL")
            except AssertionError:
                return
            ref = asked["ref"]
            if asked["op"] == "dlq.stats":
                self._peer.send("CONTROL_REPLY", ref=ref, ok=True, total=120, by_reason={"EXPIRED": 60, "MAX_ATTEMPTS": 60})
            elif asked["op"] == "dlq.ls":
                rows = [row for no, row in self.letters.items() if no > asked["after"]][: asked["limit"]]
                self._peer.send("CONTROL_REPLY", ref=ref, ok=True, dead_letters=rows)
            elif asked["no"] == 7:
                self._peer.send("CONTROL_REPLY", ref=ref, ok=False, code="NOT_FOUND", message="gone")
            else:
                whole, at = b"payload %d" % asked["no"], asked.get("offset", 0)
                part = base64.b64encode(whole[at : at + 4]).decode()
                row = self.letters[asked["no"]] | {"payload": part, "more": at + 4 < len(whole)}
                self._peer.send("CONTROL_REPLY", ref=ref, ok=True, **row)


def test_dead_letters_are_listed_shown_exported_and_counted(relay: Relay, daemon: FakeDaemon, tmp_path: Path) -> None:
    Queue(daemon.peer())
    queue = relay.dead_letters()
    assert [letter.no for letter in queue.list(limit=70, after=10)] == list(range(11, 81))
    assert queue.show(3).payload == b"payload 3"
    with pytest.raises(RelayRefused, match="NOT_FOUND"):
        queue.drop(7)
    queue.redrive(8)
    assert queue.stats() == {"total": 120, "by_reason": {"EXPIRED": 60, "MAX_ATTEMPTS": 60}}
    assert queue.export(tmp_path / "dead.jsonl") == 119  # one was dropped meanwhile
    lines = [json.loads(line) for line in (tmp_path / "dead.jsonl").read_text().splitlines()]
    assert base64.b64decode(lines[0]["payload"]) == b"payload 1"


def test_the_async_client_has_the_same_calls(daemon: FakeDaemon, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncRelay("scanner", daemon.path, close_timeout=0.2, outbox_messages=2) as app:
            told: list[Pressure] = []
            app.on_pressure(told.append)
            peer = await asyncio.to_thread(daemon.peer)
            handles = app.send_many("risk", "k", range(3))
            await asyncio.to_thread(peer.expect, "SEND")
            assert (await handles[2].outcome()).code == "OUTBOX_FULL"
            peer.send("PAUSED", handle=1, queued=1_500)
            sent(peer, 2)
            receipt = await handles[1]
            assert isinstance(receipt, Receipt)
            async with asyncio.timeout(5):
                while not told:
                    await asyncio.sleep(0.002)
            Queue(peer)
            queue = app.dead_letters()
            assert len(await queue.list(limit=70)) == 70
            assert (await queue.show(3)).payload == b"payload 3"
            assert (await queue.stats())["total"] == 120
            assert await queue.export(tmp_path / "dead.jsonl") == 119

    asyncio.run(main())


class Recorded:
    """An application's own inbox, in memory."""

    def __init__(self, *positions: InboxPosition) -> None:
        self.positions = list(positions)
        self.states: list[bytes] = []
        self.closed = threading.Event()

    def load(self) -> list[InboxPosition]:
        return self.positions

    def done(self, position: InboxPosition, state: bytes) -> None:
        self.positions.append(position)
        self.states.append(state)

    def close(self) -> None:
        self.closed.set()


def test_I8_what_an_earlier_life_has_finished_is_acked_without_a_handler(daemon: FakeDaemon) -> None:
    inbox = Recorded(InboxPosition("store-1", "risk", "message", EPOCH, 2), InboxPosition("other", "risk", "message", EPOCH, 9))
    seen: list[int] = []
    with Relay("scanner", daemon.path, inbox=inbox, close_timeout=0.5) as relay:
        relay.on("k", lambda m: seen.append(m.position[1]))
        peer = start_with_lane(relay, daemon)
        for n in (1, 2, 3, 4):
            peer.deliver(5, n)
        while peer.expect("ACK")["floor"] < 4:
            pass
        assert seen == [3, 4]
        assert [position.seq for position in inbox.positions[2:]] == [3, 4]
        assert not inbox.closed.is_set()
    assert inbox.closed.wait(5)


def test_I8_acks_by_hand_are_recorded_in_lane_order(daemon: FakeDaemon) -> None:
    inbox, held = Recorded(), list[Message]()
    with Relay("scanner", daemon.path, inbox=inbox, close_timeout=0.5) as relay:
        relay.on("k", held.append, ack="manual")
        peer = start_with_lane(relay, daemon)
        for n in (1, 2, 3):
            peer.deliver(5, n)
        eventually(lambda: len(held) == 3, "three messages in hand")
        held[1].ack()
        assert inbox.positions == []
        held[0].ack()
        assert [position.seq for position in inbox.positions] == [2]
        held[2].done(b"state")
        assert inbox.states == [b"", b"state"]


def test_done_needs_an_inbox(relay: Relay, daemon: FakeDaemon) -> None:
    errors: list[Exception] = []

    @relay.on("k")
    def handle(message: Message) -> None:
        try:
            message.done()
        except RuntimeError as error:
            errors.append(error)

    start_with_lane(relay, daemon).deliver(5, 1)
    eventually(lambda: bool(errors), "the handler ran")
    assert "inbox" in str(errors[0])


def test_run_uses_uvloop_when_it_is_installed(daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[asyncio.AbstractEventLoop] = []

    def new_event_loop() -> asyncio.AbstractEventLoop:
        made.append(asyncio.new_event_loop())
        return made[-1]

    stand_in = types.ModuleType("uvloop")
    stand_in.new_event_loop = new_event_loop  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uvloop", stand_in)
    app = AsyncRelay("risk", daemon.path, close_timeout=0.2)
    app.stop()
    app.run()
    assert len(made) == 1


def test_what_waits_together_is_written_together(relay: Relay, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = daemon.peer()
    held, go, writes = threading.Event(), threading.Event(), list[int]()
    take_output = relay._session.take_output

    def counting() -> bytes:
        data = take_output()
        if data:
            writes.append(len(data))
        return data

    def hold() -> None:
        held.set()
        assert go.wait(5)

    monkeypatch.setattr(relay._session, "take_output", counting)
    relay._io.post(hold)
    assert held.wait(5)
    for n in range(500):
        relay.send("risk", "k", n)
    go.set()
    while peer.expect("SEND")["seq"] < 500:
        pass
    assert len([size for size in writes if size > 100]) <= 3
