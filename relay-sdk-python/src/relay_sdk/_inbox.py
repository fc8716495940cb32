"""The receiving half of a session: lanes by identity, their floors, and what is under way in a handler.

Owned by the session's thread. A lane is known by (sender, class); its positions are (epoch, seq). `floor` is the highest
position whose handler, and that of everything below it, has returned; `order` holds what is above it, lowest first: waiting,
running, failed, finished out of order, or skipped. Lanes outlive connections: a delivery that is at or below the floor, or
waiting or running here, never starts a handler again (rule R5). After a NACK the lane ignores what comes above that position
until the position comes again or a SKIP covers it, so handlers see 1,2,3,3,3,4 and never 3,4,3. What it held above is marked
failed too and keeps its place, so that the floor cannot pass it, until it is delivered again.

An ACK is written only when everything its handler sent has been written before it (rule R7): `finish` notes the outbox's
ticket and `flush_acks` waits for it. Bounds: `order` by the credit given, lanes by the number of senders.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from relay_sdk import _protocol as p
from relay_sdk._groups import Seat, is_lost, is_older
from relay_sdk._inbox_store import InboxPosition
from relay_sdk._message import Message

Position = tuple[int, int]
ZERO: Position = (0, 0)
WAITING, DONE, FAILED = 0, 1, 2
_BITS = 64


class Lane:
    """What this agent sees of one sender and class; by a work group: of one partition under one epoch."""

    __slots__ = (
        "cls", "dirty", "durable", "failed", "floor", "generation", "handle", "hold", "may_be_passed", "order", "recording",
        "runner", "seat", "sender", "skip_generation", "store",
    )  # fmt: skip

    def __init__(self, sender: str, cls: str, store: str = "", seat: Seat | None = None) -> None:
        self.sender = sender
        self.cls = cls
        self.seat = seat
        self.store = store
        self.recording = threading.Lock()
        self.handle = 0
        self.floor: Position = ZERO
        self.durable: Position = ZERO
        self.order: deque[Message] = deque()
        self.hold: Position | None = None
        self.failed = False
        self.may_be_passed = False
        self.dirty = False
        self.generation = 0
        self.skip_generation = -1
        self.runner: Any = None

    @property
    def last(self) -> Position:
        return self.order[-1].position if self.order else self.floor


class Inbox:
    """See the module. `deliver` hands a message to the driver, which runs each lane's handlers in order."""

    def __init__(self, out: list[bytes], deliver: Callable[[Message], None], written: Callable[[int], bool]) -> None:
        self._out = out
        self._deliver = deliver
        self._written = written
        self._lanes: dict[tuple[str, str, Seat | None], Lane] = {}
        self._by_handle: dict[int, Lane] = {}
        self._kinds: dict[int, str] = {}
        self._finished: deque[tuple[int, Message]] = deque()
        self._dirty: list[Lane] = []
        self._store = ""
        self.connection = 0
        self.delivered_count = 0
        self.duplicate_count = 0
        self.held_count = 0
        self.acked_count = 0
        self.nacked_count = 0
        self.skipped_count = 0
        self.stray_count = 0
        self.replies_gone_count = 0
        self.late_count = 0

    # ---- connection ----

    def opened(self, store: str, recorded: Iterable[InboxPosition]) -> None:
        """A session of this store: what the application has recorded of it in earlier lives is finished."""
        self.connection += 1
        self._store = store
        for position in recorded:
            if position.store == store and "#" not in position.lane_class:  # of a group: of an epoch that is over
                lane = self._lane(position.sender, position.lane_class)
                lane.floor = max(lane.floor, (position.epoch, position.seq))

    def _lane(self, sender: str, cls: str, seat: Seat | None = None) -> Lane:
        lane = self._lanes.get((sender, cls, seat))
        if lane is None:
            lane = self._lanes[sender, cls, seat] = Lane(sender, cls, self._store, seat)
        return lane

    def lost(self) -> None:
        """Handles and holds end with the connection; floors, running handlers and finished ones stay."""
        self._by_handle.clear()
        self._kinds.clear()
        self._dirty.clear()
        for lane in self._lanes.values():
            lane.handle = 0
            lane.hold = None
            lane.dirty = False
            lane.may_be_passed = bool(lane.order)

    def reset(self) -> None:
        """Another store: its positions have nothing to do with the old ones."""
        for lane in self._lanes.values():
            self._drop_replies(lane.order)
        self._lanes.clear()
        self._by_handle.clear()
        self._finished.clear()
        self._dirty.clear()

    def floors(self, all_safe: bool) -> list[dict[str, Any]]:
        """For HELLO. While something that a handler sent is not safe, only what the daemon has confirmed already."""
        listed = []
        for lane in self._lanes.values():
            epoch, seq = lane.floor if all_safe else lane.durable
            if seq and lane.cls != "express":
                floor = {"sender": lane.sender, "class": lane.cls, "epoch": epoch, "seq": seq}
                if lane.seat is not None:
                    floor.update(group=lane.seat.group, partition=lane.seat.partition, group_epoch=lane.seat.epoch)
                listed.append(floor)
        return listed[-p.MAX_HELLO_FLOORS :]

    # ---- frames from the daemon ----

    def on_kind(self, handle: int, kind: str) -> None:
        self._kinds[handle] = kind

    def on_lane(self, handle: int, sender: str, cls: str, epoch: int, floor: int, seat: Seat | None = None) -> None:
        if seat is not None and (sender, cls, seat) not in self._lanes:
            self._forget(lambda known: is_older(known, seat))
        lane = self._lane(sender, cls, seat)
        lane.handle = handle
        self._by_handle[handle] = lane
        theirs = (epoch, floor)
        lane.durable = max(lane.durable, theirs)
        if theirs < lane.floor:
            self._mark(lane)
        elif theirs > lane.floor:
            lane.floor = theirs
            self._drop_to_floor(lane)

    def on_group(self, event: dict[str, Any], name: str) -> None:
        """Partitions have other owners: what waits of those that are lost is dropped, what runs ends unheard."""
        self._forget(lambda seat: is_lost(seat, event, name))

    def retire(self, handles: Iterable[int]) -> None:
        """The daemon has taken these handles of idle lanes back."""
        for handle in handles:
            lane = self._by_handle.pop(handle, None)
            if lane is not None:
                lane.handle = 0

    def _forget(self, which: Callable[[Seat], bool]) -> None:
        for key, lane in list(self._lanes.items()):
            if lane.seat is not None and which(lane.seat):
                del self._lanes[key]
                self._by_handle.pop(lane.handle, None)
                self._drop_replies(lane.order)
                lane.handle = 0
                lane.order.clear()
                lane.skip_generation = lane.generation  # what its runner has taken and not begun
                lane.generation += 1

    def on_deliver(self, view: memoryview, at: int, end: int) -> None:
        (_, _, flags, _, content, handle, kind, epoch, seq, _, block, attempt, id_bytes, _) = p.HEADER.unpack_from(view, at)
        lane = self._by_handle.get(handle)
        start = at + p.HEADER_SIZE
        if lane is None or start + block > end:
            self.stray_count += 1
            return
        position = (epoch, seq)
        if lane.cls != "express":
            if lane.hold is not None and not self._released(lane, position):
                return
            if lane.may_be_passed:
                self._passed(lane, position)
            if lane.failed:
                self._forget_failed(lane, position)
        fresh = position > lane.last or lane.cls == "express"
        held = len(lane.order)
        if not fresh and self._is_known(lane, position, attempt):
            return
        comes_again = len(lane.order) < held
        message = Message(
            lane, self._kinds.get(kind, ""), epoch, seq, flags, attempt, content, id_bytes,
            bytes(view[start : start + block]) if block else b"", bytes(view[start + block : end]),
            self.connection,
        )  # fmt: skip
        if lane.cls != "express":
            self._insert(lane, message, fresh)
        if lane.cls == "topic" and not fresh and not comes_again and _is_passed(lane, position):
            self.late_count += 1
            message._settled, message._state = True, DONE
            self._advance(lane)
            self._mark(lane)
            return
        self.delivered_count += 1
        self._deliver(message)

    def on_skip(self, handle: int, epoch: int, first: int, last: int) -> None:
        lane = self._by_handle.get(handle)
        if lane is None:
            self.stray_count += 1
            return
        low, high = (epoch, first), (epoch, last)
        if lane.failed and (lane.hold is None or low <= lane.hold):
            self._forget_failed(lane, low)
        if lane.hold is not None and low > lane.hold:
            self.held_count += 1  # the rewound lane announces it again, in its place
            return
        self.skipped_count += 1
        if lane.may_be_passed:
            self._passed(lane, low)
        if lane.hold is not None and lane.hold <= high:
            lane.hold = None
        kept = [m for m in lane.order if not low <= m.position <= high or _is_settled(m)]
        if len(kept) != len(lane.order):
            skipped = [m for m in lane.order if low <= m.position <= high and not _is_settled(m)]
            for message in skipped:
                message._gone = True  # its handler may run: nobody waits for what it says
            self._drop_replies(skipped)
            lane.order = deque(kept)
        if high > lane.floor and all(m.position != high for m in lane.order):
            marker = Message(lane, "", epoch, last, 0, 0, 0, bytes(16), b"", b"")
            marker._settled, marker._state = True, DONE
            self._insert(lane, marker, fresh=high > lane.last)
        self._advance(lane)
        self._mark(lane)

    def on_ack_ok(self, handle: int, epoch: int, floor: int) -> None:
        lane = self._by_handle.get(handle)
        if lane is not None:
            lane.durable = max(lane.durable, (epoch, floor))

    # ---- decisions of handlers ----

    def finish(self, message: Message, ticket: int) -> None:
        """The handler returned; its ACK follows when all up to `ticket` is written."""
        self._finished.append((ticket, message))

    def finish_by_reply(self, message: Message) -> None:
        """The reply is accepted and has acked the request; no ACK frame is needed."""
        message._state = DONE
        self._advance(message._lane)

    def fail(self, message: Message, nack_class: int, delay_ms: int, error: str) -> None:
        """The handler failed: NACK, and rewind the lane."""
        lane = message._lane
        self.nacked_count += 1
        lane.generation += 1
        message._recorded = False
        if lane.cls == "express" or message not in lane.order:
            return
        if message._gone:  # nobody would send it again
            message._state = DONE
            self._advance(lane)
            self._mark(lane)
            return
        position = message.position
        for held in lane.order:
            if held is message or (held.position > position and not held._settled and not held._started):
                held._state = FAILED
        lane.failed = True
        if lane.handle and message._connection == self.connection:  # else, if the daemon still has it, it comes next
            lane.hold = position
            self._out.append(p.nack(lane.handle, nack_class, delay_ms, *position, error))

    def flush_acks(self) -> None:
        """Settles what may be acked by now and writes one ACK for each lane that moved."""
        while self._finished and self._written(self._finished[0][0]):
            message = self._finished.popleft()[1]
            message._state = DONE
            self.acked_count += 1
            lane = message._lane
            if lane.cls == "express":
                continue
            if lane.order and lane.order[0] is message:
                lane.order.popleft()
                lane.floor = message.position
                if lane.order:
                    self._advance(lane)
            self._mark(lane)
        if self._dirty:
            for lane in self._dirty:
                lane.dirty = False
                if lane.handle:
                    self._out.append(p.ack(lane.handle, *lane.floor, self._bits(lane)))
            self._dirty.clear()

    @property
    def has_work(self) -> bool:
        return bool(self._finished or self._dirty)

    @property
    def unfinished_count(self) -> int:
        """Deliveries whose handler has not returned, or whose ACK is not written."""
        return sum(len(lane.order) for lane in self._lanes.values())

    @property
    def lane_count(self) -> int:
        return len(self._lanes)

    # ---- inside ----

    def _forget_failed(self, lane: Lane, position: Position) -> None:
        """The daemon delivers in order: what failed below this position and has not come again is gone, such as a
        publication that was only for a live subscription. Nothing may wait for it.
        """
        kept = deque(m for m in lane.order if m._state != FAILED or m.position >= position)
        lane.failed = any(m._state == FAILED for m in kept)
        if len(kept) != len(lane.order):
            lane.order = kept
            self._advance(lane)
            self._mark(lane)

    def _released(self, lane: Lane, position: Position) -> bool:
        """While a lane is held, only the failed position itself (or one below it) passes."""
        assert lane.hold is not None
        if position > lane.hold:
            self.held_count += 1
            return False
        if position == lane.hold:
            lane.hold = None
        return True

    def _is_known(self, lane: Lane, position: Position, attempt: int) -> bool:
        """Whether this position is finished, running or waiting here already; then it starts nothing."""
        if position <= lane.floor:
            self.duplicate_count += 1
            self._mark(lane)
            return True
        for message in lane.order:
            if message.position == position:
                if message._state == FAILED:
                    lane.order.remove(message)
                    return False
                self.duplicate_count += 1
                message._connection = self.connection
                message._gone = False
                message._flags |= p.REDELIVERED
                message.attempt = max(message.attempt, attempt)
                if message._state == DONE:
                    self._mark(lane)
                if message._waiting_reply is not None:
                    reply, message._waiting_reply = message._waiting_reply, None
                    reply()
                return True
        return False

    def _insert(self, lane: Lane, message: Message, fresh: bool) -> None:
        if fresh:
            lane.order.append(message)
            return
        index = sum(1 for m in lane.order if m.position < message.position)
        lane.order.insert(index, message)

    def _advance(self, lane: Lane) -> None:
        order = lane.order
        while order and order[0]._state == DONE:
            lane.floor = max(lane.floor, order.popleft().position)

    def _drop_to_floor(self, lane: Lane) -> None:
        self._drop_replies(m for m in lane.order if m.position <= lane.floor)
        lane.order = deque(m for m in lane.order if m.position > lane.floor)
        if lane.hold is not None and lane.hold <= lane.floor:
            lane.hold = None

    def _passed(self, lane: Lane, position: Position) -> None:
        """The daemon delivers in order: what it goes past without delivering it on this connection is gone for it, such as
        what it had not confirmed when it crashed. Nothing waits for it any more.
        """
        passed = [m for m in lane.order if m.position < position and m._connection != self.connection and m._state != DONE]
        for message in passed:
            message._gone = True
            if message._waiting_reply is not None:
                message._state = DONE
        self._drop_replies(passed)
        if passed:
            self._advance(lane)
            self._mark(lane)
        lane.may_be_passed = any(m.position >= position for m in lane.order)

    def _drop_replies(self, messages: Iterable[Message]) -> None:
        """Nobody takes a reply any more that waits for its request to come again."""
        for message in messages:
            if message._waiting_reply is not None:
                message._waiting_reply = None
                self.replies_gone_count += 1

    def _mark(self, lane: Lane) -> None:
        if not lane.dirty and lane.cls != "express":
            lane.dirty = True
            self._dirty.append(lane)

    def _bits(self, lane: Lane) -> int:
        epoch, floor = lane.floor
        bits = 0
        for message in lane.order:
            if message._state == DONE and message._epoch == epoch:
                offset = message._seq - floor - 1
                if offset >= _BITS:
                    break
                bits |= 1 << offset
        return bits


def _is_settled(message: Message) -> bool:
    """Its handler has decided, and not by failing."""
    return message._settled and message._state != FAILED


def _is_passed(lane: Lane, position: Position) -> bool:
    """Something behind it was started: it was not for this agent when it was first published, only after a crash of the
    daemon and a subscription in between. No subscription that was confirmed promises it, and it would break the order.
    """
    return any(m.position > position and m._started for m in lane.order)
