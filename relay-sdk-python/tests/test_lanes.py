"""What the simulation of the Java session found, held against the Python one: failures over connections that come and go."""

from __future__ import annotations

import struct
from typing import Any

from relay_sdk import Message
from relay_sdk import _protocol as p
from relay_sdk._greeting import SessionConfig
from relay_sdk._inbox import Inbox, Lane
from relay_sdk._session import Session

EPOCH = (1 << 32) | 1
NO_PENDING_REQUEST = 17


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


def test_I11_a_failure_between_two_connections_holds_nothing() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.inbox.lost()
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "late")
    bench.connect()
    bench.deliver(4)
    assert p.NACK not in bench.sent()
    assert bench.got[-1].position[1] == 4


def test_I11_what_a_rewind_holds_back_below_a_skip_is_not_acked() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.deliver(2)
    bench.inbox.on_skip(1, EPOCH, 3, 3)
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "bad")
    bench.deliver(1)
    bench.finish(bench.got[2])
    assert bench.lane.floor == (EPOCH, 1)
    bench.deliver(2)
    bench.finish(bench.got[3])
    assert bench.lane.floor == (EPOCH, 3)


class Answering:
    """A session that has a request of bob's; frames in by hand."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.session = Session(SessionConfig("alice"), self.got.append)
        self.session.start()
        self.connect("store-1")
        self.request()

    def connect(self, store: str) -> None:
        self.session.lost()
        self.session.connected(0)
        welcome = {"proto": 1, "store_uuid": store, "boot_no": 1, "session": 1, "epoch": EPOCH, "resume": "r", "resumed": False}
        self.feed(p.json_frame(p.WELCOME, welcome))
        self.feed(p.json_frame(p.LANE, {"lane": 1, "sender": "bob", "class": "message", "epoch": 0, "floor": 0}))

    def feed(self, frame: bytes) -> None:
        assert self.session.received(memoryview(frame), len(frame), 0) == len(frame)

    def request(self, seq: int = 1) -> None:
        self.feed(p.message_header(p.DELIVER, p.REQUEST, 0, 0, 1, 0, EPOCH, seq, 0, 0, 0, 1, bytes(16)))

    def refuse_first(self, code: int) -> None:
        reply = self.written("SEND")[0]
        fields = {"handle": reply["handle"], "code": code, "retry_after_ms": 0, "seq": reply["seq"], "id": reply["id"]}
        self.feed(p.encode("REFUSED", fields))

    def answer(self) -> None:
        self.session.dialogue.reply(self.got[0], b"r", p.CONTENT_BYTES, None)

    def written(self, name: str) -> list[dict[str, Any]]:
        """Frames of this type that the session has written since the last look."""
        out, at, found = memoryview(self.session.take_output()), 0, []
        while at < len(out):
            (length,) = struct.unpack_from("<I", out, at)
            frame_name, fields = p.decode(out[at : at + length])
            found += [fields] if frame_name == name else []
            at += length
        return found


def test_I9_a_reply_to_a_request_of_a_replaced_store_is_dropped_and_counted() -> None:
    bench = Answering()
    bench.answer()
    assert len(bench.written("SEND")) == 1
    bench.connect("store-2")
    assert not bench.written("SEND")
    assert bench.session.dialogue.reply_dropped_count == 1
    assert bench.session.outbox.in_flight_count == 0


def test_R2_a_reply_waits_for_its_request_and_goes_with_it() -> None:
    bench = Answering()
    bench.session.lost()
    bench.answer()
    bench.connect("store-1")
    bench.refuse_first(NO_PENDING_REQUEST)
    assert not bench.written("SEND")
    bench.request()
    assert len(bench.written("SEND")) == 1
    assert len(bench.got) == 1


def test_a_reply_whose_request_the_daemon_has_finished_is_counted() -> None:
    bench = Answering()
    bench.session.lost()
    bench.answer()
    bench.connect("store-1")
    bench.refuse_first(NO_PENDING_REQUEST)
    bench.feed(p.json_frame(p.LANE, {"lane": 1, "sender": "bob", "class": "message", "epoch": EPOCH, "floor": 1}))
    assert bench.session.inbox.replies_gone_count == 1


def test_I36_a_reply_to_a_request_that_was_skipped_while_it_ran_is_dropped() -> None:
    bench = Answering()
    bench.session.lost()
    bench.connect("store-1")
    bench.feed(p.encode("SKIP", {"lane": 1, "epoch": EPOCH, "from": 1, "to": 1, "reason": 6}))
    bench.answer()
    bench.refuse_first(NO_PENDING_REQUEST)
    assert bench.session.dialogue.reply_dropped_count == 1
    bench.written("ACK")
    assert bench.session.is_settled


def test_R4_a_reply_to_a_request_that_the_daemon_went_past_is_counted_and_holds_nothing() -> None:
    bench = Answering()
    bench.session.lost()
    bench.answer()
    bench.connect("store-1")
    bench.refuse_first(NO_PENDING_REQUEST)
    bench.request(2)
    assert bench.session.inbox.replies_gone_count == 1
    bench.session.finish(bench.got[1])
    assert [ack["floor"] for ack in bench.written("ACK")][-1:] == [2]


def test_I11_a_publication_behind_one_that_is_started_is_not_run() -> None:
    bench = Bench()
    bench.deliver(4)
    bench.got[0]._started = True
    bench.connect()
    bench.deliver(3)
    bench.deliver(4)
    assert len(bench.got) == 1
    assert bench.inbox.late_count == 1
    bench.finish(bench.got[0])
    assert bench.lane.floor == (EPOCH, 4)


def test_I11_what_failed_comes_again_in_front_of_a_skip_after_a_cut() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.inbox.on_skip(1, EPOCH, 2, 2)
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "bad")
    bench.connect()
    bench.deliver(1)
    assert bench.lane.floor == (0, 0)
    bench.finish(bench.got[1])
    assert bench.lane.floor == (EPOCH, 2)


def test_I11_what_failed_by_hand_comes_again_though_the_next_is_started() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.deliver(2)
    for message in bench.got:
        message._started = True
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "bad")
    bench.deliver(1)
    assert [m.position[1] for m in bench.got] == [1, 2, 1]


def test_R4_a_failure_of_what_the_daemon_went_past_holds_nothing() -> None:
    bench = Bench()
    bench.deliver(1)
    bench.connect()
    bench.deliver(2)
    bench.finish(bench.got[1])
    bench.inbox.fail(bench.got[0], p.NACK_ERROR, 0, "late")
    bench.inbox.flush_acks()
    assert bench.lane.floor == (EPOCH, 2)
