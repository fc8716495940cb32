"""The sending half of a session: streams, their numbers, and what has no outcome yet.

Owned by the session's thread. A message is in one of three places: `queue` (not numbered yet, waits for the window or for a
connection), its stream's `in_flight` (numbered and written, contiguous from `safe_to + 1`), or its stream's `awaiting` (safe,
but its caller asked for the addressee's result). A receipt moves a whole range; a refusal gives its number back and takes
everything behind it on that stream with it, so that nothing passes a refused message. On a new connection `in_flight` and
`awaiting` are written again, in order, before anything new (rule R3).

Bounds: `in_flight` of all streams together by the window of WELCOME; `queue` by the client's own outbox limit, checked where
callers come in; replies bypass that limit and are bounded by the delivery window. Streams and kinds: 65,536 each, refused
above.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from relay_sdk import _protocol as p
from relay_sdk._codes import code_name
from relay_sdk._errors import RelayClosed, RelayError, RelayRefused
from relay_sdk._handles import Matched, Pressure, Sending

MAX_HANDLES = 65_536
HOLD_MS = 200
Target = tuple[str, str, str]


class Stream:
    """One (target kind, target, class): numbers from 1 under the process's epoch."""

    __slots__ = ("awaiting", "bound", "handle", "in_flight", "next_seq", "paused", "safe_to", "target")

    def __init__(self, handle: int, target: Target) -> None:
        self.handle = handle
        self.target = target
        self.next_seq = 1
        self.safe_to = 0
        self.in_flight: deque[Sending] = deque()
        self.awaiting: dict[int, Sending] = {}
        self.bound = False
        self.paused = False


class Outbox:
    """See the module. `out` is the session's list of bytes to write; `on_reply_fate` hears about replies."""

    def __init__(self, out: list[bytes], on_reply_fate: Callable[[Sending, str | None, int], None]) -> None:
        self._out = out
        self._on_reply_fate = on_reply_fate
        self._streams: dict[Target, Stream] = {}
        self._by_handle: dict[int, Stream] = {}
        self._kinds: dict[str, int] = {}
        self._kinds_said: set[str] = set()
        self._connected = False
        self._tickets = 0
        self.queue: deque[Sending] = deque()
        self.now_ms = 0
        self.on_pressure: Callable[[Pressure], None] | None = None
        self._held_until_ms = 0
        self.epoch = 0
        self.window_messages = 2_000
        self.window_bytes = 16 << 20
        self.max_frame = p.MAX_FRAME
        self.in_flight_count = 0
        self.in_flight_bytes = 0
        self.resolved_count = 0
        self.resolved_bytes = 0
        self.sent_count = 0
        self.resent_count = 0
        self.refused_count = 0
        self.stray_count = 0

    # ---- calls ----

    def submit(self, sending: Sending) -> None:
        """Takes a message; it is numbered and written as soon as the window allows."""
        if sending.size > self.max_frame:
            detail = f"{sending.size} bytes, max_frame={self.max_frame}."
            self._refuse(sending, RelayRefused("TOO_LARGE", detail), "TOO_LARGE", 0)
            return
        self._tickets += 1
        sending._ticket = self._tickets
        sending._taken_at_ms = self.now_ms
        self.queue.append(sending)
        self.pump()

    def abandon(self, sending: Sending) -> None:
        """Nobody waits for its result: from its receipt on it takes no room."""
        sending._abandoned = True
        stream = sending._stream
        if stream is not None and stream.awaiting.get(sending._seq) is sending:
            del stream.awaiting[sending._seq]
            self._count_resolved(sending)

    def pump(self) -> None:
        """Numbers and writes what waits, while the window has room."""
        if not self._connected:
            return
        if self._held_until_ms:
            if self.now_ms < self._held_until_ms:
                return
            self._held_until_ms = 0
        while self.queue and self._has_room(self.queue[0].size):
            self._number(self.queue.popleft())

    def written(self, ticket: int) -> bool:
        """Whether everything that was submitted up to this ticket has been written (an ACK may then follow it)."""
        return not self.queue or self.queue[0]._ticket > ticket

    @property
    def held_for_ms(self) -> int:
        """How long until what a stopping daemon refused is written again; 0 when nothing is held."""
        return max(1, self._held_until_ms - self.now_ms) if self._held_until_ms else 0

    @property
    def last_ticket(self) -> int:
        return self._tickets

    @property
    def unsafe_count(self) -> int:
        """Messages whose receipt has not come."""
        return self.in_flight_count + len(self.queue)

    @property
    def awaiting_count(self) -> int:
        return sum(len(stream.awaiting) for stream in self._streams.values())

    def paused_targets(self) -> list[str]:
        return [stream.target[1] or "topics" for stream in self._streams.values() if stream.paused]

    # ---- connection ----

    def resume(self) -> None:
        """After WELCOME: binds every stream that has something unresolved and writes that again, in order."""
        self._connected = True
        self._held_until_ms = 0
        for stream in self._streams.values():
            self._drop_express(stream)
            if stream.in_flight or stream.awaiting:
                self._bind(stream)
                for sending in (*stream.awaiting.values(), *stream.in_flight):
                    sending._resent = True
                    self._write(stream, sending, p.RESENT)
        self.pump()

    def lost(self) -> None:
        """The connection is gone; handles of it mean nothing any more."""
        self._connected = False
        self._kinds_said.clear()
        for stream in self._streams.values():
            stream.bound = False
            stream.paused = False

    def restart(self, epoch: int) -> None:
        """A new epoch (new process, or a new store): what is unresolved is numbered anew under it."""
        self.epoch = epoch
        for stream in self._streams.values():
            again = [*stream.awaiting.values(), *stream.in_flight]
            self.in_flight_count += len(stream.awaiting)
            self.in_flight_bytes += sum(s.size for s in stream.awaiting.values())
            stream.awaiting.clear()
            stream.in_flight = deque(again)
            stream.safe_to = 0
            for seq, sending in enumerate(again, 1):
                sending._epoch, sending._seq = epoch, seq
            stream.next_seq = len(again) + 1

    def drop_replies(self) -> int:
        """Another store does not know the requests that these would answer; how many they were. Before `restart`."""
        before = len(self.queue) + self.in_flight_count
        self.queue = deque(s for s in self.queue if s._request is None)
        for stream in self._streams.values():
            if stream.target[2] == "reply":
                for sending in stream.in_flight:
                    self._leave_flight(sending)
                stream.in_flight.clear()
        return before - len(self.queue) - self.in_flight_count

    def close(self, error: RelayError) -> None:
        """Every caller still waiting learns `error`: the outcome of its message is unknown."""
        for sending in self.queue:
            self._end(sending, error)
        self.queue.clear()
        for stream in self._streams.values():
            for sending in (*stream.in_flight, *stream.awaiting.values()):
                self._end(sending, error)
            stream.in_flight.clear()
            stream.awaiting.clear()
        self.in_flight_count = self.in_flight_bytes = 0

    # ---- frames from the daemon ----

    def on_bound(self, handle: int, safe_to: int) -> None:
        stream = self._by_handle.get(handle)
        if stream is not None:
            self._safe(stream, safe_to, p.BY_DISK)

    def on_sent(self, handle: int, epoch: int, upto: int, by: int) -> None:
        stream = self._by_handle.get(handle)
        if stream is None or epoch != self.epoch:
            self.stray_count += 1
            return
        self._safe(stream, upto, by)
        self.pump()

    def on_refused(self, handle: int, code: int, retry_after_ms: int, seq: int, id_bytes: bytes) -> None:
        stream = self._by_handle.get(handle)
        index = seq - stream.in_flight[0]._seq if stream is not None and stream.in_flight else -1
        if stream is None or not 0 <= index < len(stream.in_flight) or stream.in_flight[index].id_bytes != id_bytes:
            self.stray_count += 1  # a late refusal of a frame that this side has given up already
            return
        if code_name(code) == "SHUTTING_DOWN" and stream.target[2] != "express":
            self._hold(stream, index)
            return
        first, *behind = islice(stream.in_flight, index, None)
        while len(stream.in_flight) > index:
            self._leave_flight(stream.in_flight.pop())
        stream.next_seq = seq
        behind += [s for s in self.queue if s._target == stream.target]
        self.queue = deque(s for s in self.queue if s._target != stream.target)
        name = code_name(code)
        self._refuse(first, RelayRefused(name, f"{first._describe()}.", retry_after_ms), name, retry_after_ms)
        for sending in behind:
            error = RelayRefused("PRECEDING_REFUSED", f"{sending._describe()}.")
            self._refuse(sending, error, "PRECEDING_REFUSED", 0)
        self.pump()

    def on_result(self, handle: int, outcome: int, reason: int, attempts: int, epoch: int, seq: int) -> None:
        stream = self._by_handle.get(handle)
        sending = self._find(stream, seq) if stream is not None and epoch == self.epoch else None
        if stream is None or sending is None:
            self.stray_count += 1
            return
        sending._reason, sending._attempts, sending._result = reason, attempts, outcome
        if stream.awaiting.pop(seq, None) is not None:
            self._count_resolved(sending)
        if outcome == p.RESULT_DEAD and sending._flags & p.REQUEST:
            sending._dead_request()
        sending._fire()

    def on_matched(self, handle: int, seq: int, durable: int, live: int) -> None:
        stream = self._by_handle.get(handle)
        sending = self._find(stream, seq) if stream is not None else None
        if sending is not None:
            sending.matched = Matched(durable, live)

    def on_paused(self, handle: int, paused: bool, queued: int) -> None:
        stream = self._by_handle.get(handle)
        if stream is not None:
            stream.paused = paused
            if self.on_pressure is not None:
                self.on_pressure(Pressure(stream.target[1] or "topics", paused, queued))

    def on_bind_failed(self, handle: int, error: RelayError) -> None:
        """The daemon refused the stream's name: everything on it is refused."""
        stream = self._by_handle.get(handle)
        if stream is None:
            return
        every = [*stream.in_flight, *(s for s in self.queue if s._target == stream.target)]
        while stream.in_flight:
            self._leave_flight(stream.in_flight.pop())
        self.queue = deque(s for s in self.queue if s._target != stream.target)
        stream.bound, stream.next_seq = False, stream.safe_to + 1
        for sending in every:
            self._refuse(sending, error, error.code, 0)

    # ---- inside ----

    def _has_room(self, size: int) -> bool:
        if self.in_flight_count == 0:
            return True
        return self.in_flight_count < self.window_messages and self.in_flight_bytes + size <= self.window_bytes

    def _hold(self, stream: Stream, index: int) -> None:
        """The daemon is stopping: nothing from here on was accepted, so it goes back into the queue, in the order of the calls.

        It is written again when the connection is new, or after a moment when the daemon stayed. What an earlier life
        of the daemon may have accepted keeps its flag; late refusals of the copies written now name what is not in
        flight and say nothing.
        """
        again = list(islice(stream.in_flight, index, None))
        while len(stream.in_flight) > index:
            self._leave_flight(stream.in_flight.pop())
        stream.next_seq = again[0]._seq
        self.queue = deque(sorted((*again, *self.queue), key=lambda sending: sending._ticket))
        self._held_until_ms = self.now_ms + HOLD_MS

    def _number(self, sending: Sending) -> None:
        stream = self._streams.get(sending._target) or self._open(sending)
        if stream is None:
            return
        sending._stream = stream
        sending._epoch, sending._seq = self.epoch, stream.next_seq
        stream.next_seq += 1
        stream.in_flight.append(sending)
        self.in_flight_count += 1
        self.in_flight_bytes += sending.size
        self._write(stream, sending, p.RESENT if sending._resent else 0)
        self.sent_count += 1

    def _open(self, sending: Sending) -> Stream | None:
        if len(self._streams) >= MAX_HANDLES:
            self._refuse(sending, RelayRefused("BAD_HANDLE", f"More than {MAX_HANDLES} streams."), "BAD_HANDLE", 0)
            return None
        stream = Stream(len(self._streams) + 1, sending._target)
        self._streams[stream.target] = stream
        self._by_handle[stream.handle] = stream
        return stream

    def _bind(self, stream: Stream) -> None:
        kind, name, cls = stream.target
        body = {
            "handle": stream.handle, "target_kind": kind, "target": name, "class": cls, "resolved_to": stream.safe_to,
        }  # fmt: skip
        self._out.append(p.json_frame(p.BIND, body))
        stream.bound = True

    def _write(self, stream: Stream, sending: Sending, extra: int) -> None:
        if not stream.bound:
            self._bind(stream)
        if extra:
            self.resent_count += 1
        kind = self._kind(sending._kind) if sending._kind else 0
        block = sending._block if sending._request is None else _reply_block(sending)
        payload = sending._payload
        self._out.append(
            p.HEADER.pack(
                p.HEADER_SIZE + len(block) + len(payload), p.SEND, sending._flags | extra, sending._priority,
                sending._content, stream.handle, kind, self.epoch, sending._seq, self._ttl(sending), len(block), 0,
                sending.id_bytes, 0,
            )
        )  # fmt: skip
        if block:
            self._out.append(block)
        if payload:
            self._out.append(payload)

    def _ttl(self, sending: Sending) -> int:
        """What is left of the age limit, which runs from the call and not from the write; at least 1, as 0 means none."""
        if sending._ttl_ms == 0:
            return 0
        return max(1, sending._ttl_ms - max(0, self.now_ms - sending._taken_at_ms))

    def _kind(self, kind: str) -> int:
        handle = self._kinds.get(kind)
        if handle is None:
            handle = self._kinds[kind] = len(self._kinds) + 1
        if kind not in self._kinds_said:
            self._kinds_said.add(kind)
            self._out.append(p.json_frame(p.KIND, {"handle": handle, "kind": kind}))
        return handle

    def kind_known_or_room(self, kind: str) -> bool:
        return kind in self._kinds or len(self._kinds) < MAX_HANDLES

    def _find(self, stream: Stream, seq: int) -> Sending | None:
        if stream.in_flight:
            index = seq - stream.in_flight[0]._seq
            if 0 <= index < len(stream.in_flight):
                return stream.in_flight[index]
        return stream.awaiting.get(seq)

    def _safe(self, stream: Stream, upto: int, by: int) -> None:
        flight = stream.in_flight
        while flight and flight[0]._seq <= upto:
            sending = flight.popleft()
            stream.safe_to = sending._seq
            self._leave_flight(sending)
            sending._by = by
            if sending._flags & p.WANT_RESULT and not sending._result and not sending._abandoned:
                stream.awaiting[sending._seq] = sending
            else:
                self._count_resolved(sending)
            if sending._waiters is not None:
                sending._fire()
            if sending._request is not None:
                self._on_reply_fate(sending, None, 0)

    def _leave_flight(self, sending: Sending) -> None:
        self.in_flight_count -= 1
        self.in_flight_bytes -= sending.size

    def _count_resolved(self, sending: Sending) -> None:
        if sending._counted:
            self.resolved_count += 1
            self.resolved_bytes += sending.size

    def _refuse(self, sending: Sending, error: RelayError, code: str, retry_after_ms: int) -> None:
        self.refused_count += 1
        if sending._request is not None:
            self._on_reply_fate(sending, code, retry_after_ms)
        else:
            self._end(sending, error)

    def _end(self, sending: Sending, error: RelayError) -> None:
        self._count_resolved(sending)
        sending._error = error
        sending._fire()

    def _drop_express(self, stream: Stream) -> None:
        """Express is at most once: what had no receipt when the connection went is unknown, never sent again."""
        if stream.target[2] != "express":
            return
        while stream.in_flight:
            sending = stream.in_flight.popleft()
            stream.safe_to = sending._seq
            self._leave_flight(sending)
            self._end(sending, RelayClosed("The connection was lost before the receipt.", "NOT_CONNECTED"))


def _reply_block(sending: Sending) -> bytes:
    """Headers of a reply. The lane handle is of this connection, so it is stamped when the frame is written."""
    request = sending._request
    assert request is not None
    acks = p.ACKS.pack(request._lane.handle, 0, request._epoch, request._seq)
    return p.block((p.KEY_IN_REPLY_TO, request.id_bytes), (p.KEY_ACKS, acks)) + sending._block
