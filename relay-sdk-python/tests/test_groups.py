"""Work groups without a daemon: what a member keeps of its partitions, and what calls put on the wire."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from relay_sdk import Message, RelayRefused, SendHandle
from relay_sdk import _protocol as p
from relay_sdk._compose import compose
from relay_sdk._groups import Seat, handling
from relay_sdk._inbox import Inbox
from relay_sdk._invoke import begin

EPOCH = (1 << 32) | 1
SEAT = Seat("pricers", 7, 3)


class Bench:
    """An inbox that owns partition 7 under epoch 3."""

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.got: list[Message] = []
        self.inbox = Inbox(self.out, self.got.append, lambda ticket: True)
        self.inbox.opened("store-1", [])
        self.lane(1, SEAT, 0)

    def lane(self, handle: int, seat: Seat | None, floor: int) -> None:
        self.inbox.on_lane(handle, "bob", "group", EPOCH, floor, seat)

    def deliver(self, handle: int, seq: int) -> None:
        frame = p.message_header(p.DELIVER, 0, 0, 0, handle, 0, EPOCH, seq, 0, 0, 0, 1, bytes(16))
        self.inbox.on_deliver(memoryview(frame), 0, len(frame))

    def finish(self, message: Message) -> None:
        self.inbox.finish(message, 0)
        self.inbox.flush_acks()

    def event(self, epoch: int, owner: str) -> None:
        changes = [{"partition": 7, "epoch": epoch, "owner": owner}]
        self.inbox.on_group({"group": "pricers", "changes": changes}, "me")


def test_a_message_tells_its_partition_and_its_epoch() -> None:
    bench = Bench()
    bench.deliver(1, 5)
    message = bench.got[0]
    assert (message.group, message.partition, message.group_epoch) == ("pricers", 7, 3)
    bench.finish(message)
    floor = {"sender": "bob", "class": "group", "epoch": EPOCH, "seq": 5}
    assert bench.inbox.floors(True) == [floor | {"group": "pricers", "partition": 7, "group_epoch": 3}]


def test_an_idle_lane_that_lost_its_handle_goes_on_under_another() -> None:
    bench = Bench()
    bench.deliver(1, 5)
    bench.finish(bench.got[0])
    bench.out.clear()
    bench.inbox.retire([1, 99])
    bench.deliver(1, 6)
    assert (len(bench.got), bench.inbox.stray_count) == (1, 1)
    bench.lane(2, SEAT, 5)
    bench.deliver(2, 5)
    bench.deliver(2, 6)
    assert [m.position for m in bench.got] == [(EPOCH, 5), (EPOCH, 6)]


@pytest.mark.parametrize(
    "lose", [lambda b: b.event(4, "other"), lambda b: b.event(3, ""), lambda b: b.lane(2, Seat("pricers", 7, 5), 0)]
)
def test_a_partition_that_is_lost_is_forgotten(lose: Callable[[Bench], Any]) -> None:
    bench = Bench()
    bench.deliver(1, 5)
    bench.deliver(1, 6)
    assert begin(bench.got[0])
    lose(bench)
    bench.out.clear()
    bench.finish(bench.got[0])
    assert not begin(bench.got[1]), "what waited does not begin"
    assert not bench.out, "nothing is acked"
    assert bench.inbox.floors(True) == []


def test_an_event_of_an_older_epoch_is_late() -> None:
    bench = Bench()
    bench.deliver(1, 5)
    bench.event(2, "other")
    bench.event(3, "me")
    bench.finish(bench.got[0])
    assert len(bench.inbox.floors(True)) == 1


def test_a_key_and_the_fence_of_a_handler_travel_in_the_header() -> None:
    token = handling.set(SEAT)
    try:
        sending = compose(SendHandle, "group:pricers", "tick", 1, key="BTC")
    finally:
        handling.reset(token)
    assert sending._target == ("group", "pricers", "message")
    assert p.find(sending._block, p.KEY_PARTITION) == b"BTC"
    assert p.find(sending._block, p.KEY_FENCE) == struct.pack("<Q", 3) + b"pricers#7"


@pytest.mark.parametrize(
    ("target", "options", "code"),
    [
        ("group:Bad Name", {}, "BAD_NAME"),
        ("group:pricers", {"key": ""}, "BAD_REQUEST"),
        ("group:pricers", {"key": "k" * 129}, "BAD_REQUEST"),
        ("group:pricers", {"durability": "none"}, "BAD_REQUEST"),
        ("bob", {"key": "BTC"}, "BAD_REQUEST"),
    ],
)
def test_bad_calls_are_refused_before_anything_is_queued(target: str, options: dict[str, Any], code: str) -> None:
    with pytest.raises(RelayRefused) as found:
        compose(SendHandle, target, "tick", 1, **options)
    assert found.value.code == code
