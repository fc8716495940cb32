"""Properties of codec and session over random histories; the session runs without sockets, threads or clocks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relay_sdk import Message, RelayClosed, SendHandle
from relay_sdk import _protocol as p
from relay_sdk._greeting import SessionConfig
from relay_sdk._invoke import begin
from relay_sdk._names import is_pattern, is_topic, matches
from relay_sdk._session import Session

U8, U16, U32, U64 = (st.integers(0, (1 << n) - 1) for n in (8, 16, 32, 64))
EPOCH = (1 << 32) | 1
LIMITS = {"max_frame": 1 << 20, "window_messages": 4, "window_bytes": 1 << 20, "header_block": 4096}
WIDTHS = {
    "code": U16,
    "attempts": U16,
    "epoch": U64,
    "upto": U64,
    "seq": U64,
    "floor": U64,
    "bits": U64,
    "from": U64,
    "to": U64,
}
WIDTHS |= {"t": U64, "bytes": U64}


# ---- codec --------------------------------------------------------------------------------------------------------


def fixed_fields(frame_type: int) -> st.SearchStrategy[dict[str, Any]]:
    layout = p.FIXED[frame_type]
    fields = {f: WIDTHS.get(f, U32) for f in layout.fields if f not in ("spare", "spare2", "id")}
    if frame_type == p.MATCHED:
        fields |= {"durable": U32, "live": U32}
    every: dict[str, st.SearchStrategy[Any]] = dict(fields)
    if "id" in layout.fields:
        every["id"] = st.binary(min_size=16, max_size=16)
    every |= {b: U8 for b in (layout.b6, layout.b7) if b}
    if layout.tail:
        every[layout.tail] = st.text(max_size=100)
    return st.fixed_dictionaries(every)


fixed_frames = st.sampled_from(sorted(p.FIXED)).flatmap(lambda t: st.tuples(st.just(p.FIXED[t].name), fixed_fields(t)))
message_frames = st.tuples(
    st.sampled_from(["SEND", "DELIVER"]),
    st.fixed_dictionaries(
        {
            "flags": U8, "priority": U8, "content": U8, "handle": U32, "kind": U32, "epoch": U64, "seq": U64, "ttl_ms": U32,
            "attempt": U16, "id": st.binary(min_size=16, max_size=16), "payload": st.binary(max_size=200),
            "block": st.lists(st.tuples(st.integers(1, 99), st.binary(max_size=50)), max_size=4).map(lambda e: p.block(*e)),
        }
    ),
)  # fmt: skip


@given(st.one_of(fixed_frames, message_frames))
def test_every_frame_survives_the_round_trip(frame: tuple[str, dict[str, Any]]) -> None:
    assert p.decode(p.encode(*frame)) == frame


@given(st.binary(max_size=300))
def test_random_bytes_are_a_frame_or_a_frame_error(data: bytes) -> None:
    try:
        name, fields = p.decode(data)
    except p.FrameError:
        return
    assert p.decode(p.encode(name, fields)) == (name, fields)


@given(st.binary(max_size=400))
def test_random_bytes_never_upset_a_session(data: bytes) -> None:
    session = Session(SessionConfig("fuzz"), lambda m: None)
    session.connected(0)
    welcome(session)
    try:
        session.received(memoryview(data), len(data), 1)
    except p.FrameError:
        return


@given(
    st.lists(st.sampled_from(["a", "b", "*", ">"]), min_size=1, max_size=4),
    st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
)
def test_patterns_match_segment_by_segment(pattern: list[str], topic: list[str]) -> None:
    text, name = ".".join(pattern), ".".join(topic)
    assert is_topic(name)
    if not is_pattern(text):
        assert ">" in pattern[:-1]
        return
    tail = pattern[-1] == ">"
    head = pattern[:-1] if tail else pattern
    long_enough = len(topic) > len(head) if tail else len(topic) == len(head)
    assert matches(text, name) == (long_enough and all(h in ("*", t) for h, t in zip(head, topic, strict=False)))


# ---- sending ------------------------------------------------------------------------------------------------------


def welcome(session: Session) -> None:
    welcome_at(session, 0)


def welcome_at(session: Session, now_ms: int) -> None:
    frame = p.json_frame(
        p.WELCOME,
        {"store_uuid": "s", "boot_no": 1, "epoch": EPOCH, "resume": "r", "limits": LIMITS, "ping_ms": 1000},
    )
    session.received(memoryview(frame), len(frame), now_ms)


def frames(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    found = []
    while data:
        length = p.PREFIX.unpack_from(data)[0]
        found.append(p.decode(data[:length]))
        data = data[length:]
    return found


class Acceptor:
    """The daemon's side of one stream: rules R2 and R3, and nothing else."""

    def __init__(self) -> None:
        self.mark = 0
        self.accepted: dict[int, bytes] = {}
        self.order: list[bytes] = []
        self.refused: set[bytes] = set()
        self.refuse_next = 0
        self.answers: list[bytes] = []

    def take(self, name: str, f: dict[str, Any]) -> None:
        if name == "BIND":
            assert f["resolved_to"] <= self.mark
        if name != "SEND":
            return
        if f["seq"] <= self.mark:
            assert self.accepted[f["seq"]] == f["id"], "a number given to two messages"
            assert f["flags"] & p.RESENT
        elif f["seq"] > self.mark + 1:
            self._refuse(f, 13)
        elif self.refuse_next:
            self.refuse_next -= 1
            self._refuse(f, 1)
        else:
            assert f["id"] not in self.refused, "a refused message came back"
            self.mark = f["seq"]
            self.accepted[f["seq"]] = f["id"]
            self.order.append(f["id"])

    def _refuse(self, f: dict[str, Any], code: int) -> None:
        self.answers.append(
            p.encode("REFUSED", {"handle": f["handle"], "code": code, "retry_after_ms": 0, "seq": f["seq"], "id": f["id"]})
        )


sender_steps = st.lists(
    st.one_of(st.just("send"), st.just("flush"), st.just("receipt"), st.just("answer"), st.just("refuse"), st.just("cut")),
    max_size=60,
)


@settings(max_examples=400)
@given(sender_steps)
def test_accepted_is_told_ok_refused_is_told_so_and_order_holds(steps: list[str]) -> None:
    session, daemon = Session(SessionConfig("a"), lambda m: None), Acceptor()
    sent: list[SendHandle] = []

    def flush() -> None:
        for frame in frames(session.take_output()):
            daemon.take(*frame)

    def feed(frame: bytes) -> None:
        session.received(memoryview(frame), len(frame), 1)

    def answer(everything: bool = False) -> None:
        while daemon.answers:
            told = daemon.answers.pop(0)
            feed(told)
            daemon.refused.add(p.decode(told)[1]["id"])
            if not everything:
                return

    def receipt() -> None:
        feed(p.encode("SENT", {"handle": 1, "epoch": EPOCH, "upto": daemon.mark, "by": p.BY_DISK}))

    def connect() -> None:
        session.connected(0)
        welcome(session)

    connect()
    for step in steps:
        if step == "send":
            handle = SendHandle(("agent", "b", "message"), "k", b"%d" % len(sent), 0)
            sent.append(handle)
            session.send(handle, 1)
        elif step == "flush":
            flush()
        elif step == "receipt":
            receipt()
        elif step == "answer":
            answer()
        elif step == "refuse":
            daemon.refuse_next = 1
        else:
            session.lost()
            daemon.answers.clear()
            daemon.refuse_next = 0
            connect()
    for _ in range(len(sent) + 2):
        daemon.refuse_next = 0
        flush()
        answer(everything=True)
        receipt()
    accepted = set(daemon.order)
    assert len(accepted) == len(daemon.order), "accepted twice"
    for handle in sent:
        assert handle.done, "a message without an outcome"
        assert (handle.id_bytes in accepted) == (handle._outcome().status == "ok")
    told_ok = [h.id_bytes for h in sent if h.id_bytes in accepted]
    assert told_ok == daemon.order, "accepted in another order than sent"
    assert session.outbox.resolved_count == len(sent)


# ---- receiving ----------------------------------------------------------------------------------------------------


class LaneModel:
    """The daemon's side of one lane: go back to the floor on a new connection, to the failed one after a NACK."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.floor = 0
        self.next = 1
        self.attempts: dict[int, int] = {}
        self.dead: set[int] = set()

    def take(self, name: str, f: dict[str, Any]) -> None:
        if name == "ACK":
            self.floor = max(self.floor, f["floor"])
        elif name == "NACK":
            self.next = f["seq"]

    def deliver(self) -> bytes | None:
        if self.next > self.count:
            return None
        seq, self.next = self.next, self.next + 1
        if seq in self.dead:
            return self.skip(seq)
        self.attempts[seq] = self.attempts.get(seq, 0) + 1
        return p.encode(
            "DELIVER",
            {
                "handle": 5,
                "epoch": EPOCH,
                "seq": seq,
                "attempt": self.attempts[seq],
                "id": bytes(16),
                "block": b"",
                "payload": b"",
            },
        )

    def skip(self, seq: int) -> bytes:
        return p.encode("SKIP", {"lane": 5, "epoch": EPOCH, "from": seq, "to": seq, "reason": 1})


receiver_steps = st.lists(
    st.sampled_from(["deliver", "deliver", "return", "fail", "flush", "cut", "skip"]),
    max_size=80,
)


@settings(max_examples=400)
@given(receiver_steps)
def test_handlers_see_each_message_in_order_and_finish_it_once(steps: list[str]) -> None:
    lane = LaneModel(12)
    waiting: list[Message] = []
    session = Session(SessionConfig("b"), waiting.append)
    running: Message | None = None
    started: list[int] = []
    finished: list[int] = []

    def feed(data: bytes) -> None:
        session.received(memoryview(data), len(data), 1)

    def connect() -> None:
        session.connected(0)
        welcome(session)
        session.start()
        feed(p.json_frame(p.LANE, {"lane": 5, "sender": "a", "class": "message", "epoch": EPOCH, "floor": lane.floor}))
        lane.next = lane.floor + 1

    def flush() -> None:
        for frame in frames(session.take_output()):
            lane.take(*frame)

    def take_next() -> None:
        nonlocal running
        while running is None and waiting:
            message = waiting.pop(0)
            if begin(message):
                running = message
                started.append(message._seq)

    def end(failed: bool) -> None:
        nonlocal running
        take_next()
        if running is None:
            return
        message, running = running, None
        message._settled = True
        if failed:
            message._lane.skip_generation = message._lane.generation
            session.fail(message, p.NACK_ERROR, 0, "x")
        else:
            finished.append(message._seq)
            session.finish(message)

    connect()
    for step in steps:
        if step == "deliver":
            frame = lane.deliver()
            if frame is not None:
                feed(frame)
            take_next()
        elif step in ("return", "fail"):
            end(step == "fail")
        elif step == "flush":
            flush()
        elif step == "cut":
            session.lost()
            connect()
        elif lane.next <= lane.count and lane.next not in lane.attempts:
            lane.dead.add(lane.next)
            feed(lane.skip(lane.next))
            lane.next += 1
    for _ in range(3 * lane.count):
        frame = lane.deliver()
        if frame is not None:
            feed(frame)
        end(failed=False)
        flush()
    assert sorted(finished) == sorted(set(range(1, lane.count + 1)) - lane.dead)
    assert finished == sorted(finished), "finished out of order or twice"
    for before, after in pairwise(started):
        assert after >= before, "a handler saw an earlier message after a later one"
    assert lane.floor == lane.count


def test_closing_tells_everybody() -> None:
    session = Session(SessionConfig("a"), lambda m: None)
    handle = SendHandle(("agent", "b", "message"), "k", b"", 0)
    session.send(handle, 1)
    session.close(RelayClosed())
    assert handle.outcome(0).status == "unknown"


def test_an_age_limit_runs_from_the_call_not_from_the_write() -> None:
    session = Session(SessionConfig("a"), lambda m: None)
    session.send(SendHandle(("agent", "b", "message"), "k", b"", 0, ttl_ms=500), 1_000)
    session.connected(1_300)
    welcome_at(session, 1_400)
    sends = [fields for name, fields in frames(session.take_output()) if name == "SEND"]
    assert [f["ttl_ms"] for f in sends] == [100]


def test_a_reply_reaches_an_asker_that_has_not_started_and_messages_wait_for_the_start() -> None:
    got: list[Message] = []
    session = Session(SessionConfig("a"), got.append)
    session.connected(0)
    welcome(session)
    session.send(SendHandle(("agent", "b", "message"), "k", b"", 0, flags=p.REQUEST), 1)
    credits = [fields for name, fields in frames(session.take_output()) if name == "CREDIT"]
    assert [(c["lane"], c["messages"]) for c in credits] == [(0, 1)]
    for lane, cls in ((5, "message"), (6, "reply")):
        frame = p.json_frame(p.LANE, {"lane": lane, "sender": "b", "class": cls, "epoch": EPOCH, "floor": 0})
        session.received(memoryview(frame), len(frame), 1)
    credits = [fields for name, fields in frames(session.take_output()) if name == "CREDIT"]
    assert [(c["lane"], c["messages"]) for c in credits] == [(6, 2000)]
    data = LaneModel(1).deliver()
    assert data is not None
    session.received(memoryview(data), len(data), 1)
    assert got == []
    session.start()
    assert [m.position for m in got] == [(EPOCH, 1)]
