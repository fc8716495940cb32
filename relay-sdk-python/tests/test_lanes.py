"""What the simulation of the Java session found, held against the Python one: failures over connections that come and go."""

from __future__ import annotations

import struct
from typing import Any

from relay_sdk import Message
from relay_sdk import _protocol as p
from relay_sdk._inbox import Inbox, Lane

EPOCH = (1 << 32) | 1


class Bench:
    """An inbox on its own: frames in by hand, deliveries and acks out."""

    def __init__(self) -> None:
        self.out: list[bytes] = []
        self.got: list[Message] = []
        self.inbox = Inbox(self.out, self.got.append, lambda ticket: True)
        self.connect()

    def connect(self) -> None:
        self.inbox.lost()
        self.inbox.opened("store-1", [])
        self.inbox.on_lane(1, "bob", "topic", 0, 0)
        self.out.clear()

    def deliver(self, seq: int) -> None:
        frame = p.message_header(p.DELIVER, 0, 0, 0, 1, 0, EPOCH, seq, 0, 0, 0, 1, bytes(16))
        self.inbox.on_deliver(memoryview(frame), 0, len(frame))

    def finish(self, message: Message) -> None:
        self.inbox.finish(message, 0)
        self.inbox.flush_acks()

    @property
    def lane(self) -> Lane:
        return self.inbox._lane("bob", "topic")

    def sent(self) -> list[Any]:
        return [struct.unpack_from("<IB", frame)[1] for frame in self.out]


def test_a_failure_of_an_older_connection_holds_nothing_on_the_new_one() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.connect()
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "late")
    assert p.NACK not in bench.sent()
    bench.deliver(2)
    assert [m.position[1] for m in bench.got] == [1, 2]


def test_what_failed_and_does_not_come_again_keeps_nothing_back() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "bad")
    bench.connect()  # the publication was for a live subscription: it is gone with the connection
    bench.deliver(2)
    bench.finish(bench.got[1])
    assert bench.lane.floor == (EPOCH, 2)


def test_what_failed_comes_again_before_what_is_above() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.deliver(2)
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "bad")
    bench.deliver(3)
    assert len(bench.got) == 2
    bench.deliver(1)
    bench.deliver(2)
    for message in bench.got[2:]:
        bench.finish(message)
    assert bench.lane.floor == (EPOCH, 2)
