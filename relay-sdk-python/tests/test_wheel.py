"""Who drives the session of a synchronous client: guests that come and go, signals in between, and what must not stop."""

from __future__ import annotations

import contextlib
import functools
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from conftest import eventually
from fake_daemon import EPOCH, FakeDaemon, Peer
from relay_sdk import Message, Relay, RelayClosed
from relay_sdk import _protocol as p
from relay_sdk._wheel import ANYBODY, Wheel

WARM = 8


class Echo:
    """A peer that answers each request, on a thread; `numbers` are those of all SENDs that came."""

    def __init__(self, peer: Peer) -> None:
        self.numbers: list[int] = []
        self.resent = 0
        self.silent = threading.Event()
        self.asked = threading.Event()
        self._peer = peer
        self._ended = threading.Event()
        self._replies = 0
        self._thread = threading.Thread(target=self._run)
        peer.lane(9, "risk", "reply")
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Empty):
                name, fields = self._peer.frames.get(timeout=0.02)
                if name == "SEND":
                    self._answer(fields)

    def _answer(self, asked: dict[str, object]) -> None:
        seq, id_bytes = asked["seq"], asked["id"]
        assert isinstance(seq, int)
        assert isinstance(id_bytes, bytes)
        self.numbers.append(seq)
        self.resent += 1 if int(str(asked["flags"])) & p.RESENT else 0
        self.asked.set()
        if self.silent.is_set():
            return
        self._peer.send("SENT", handle=1, epoch=EPOCH, upto=seq, by=p.BY_DISK)
        self._replies += 1
        block = p.block((p.KEY_IN_REPLY_TO, id_bytes))
        self._peer.deliver(9, self._replies, b"1", kind=0, flags=p.REPLY, block=block)

    def end(self) -> None:
        self._ended.set()
        self._thread.join(5)


@pytest.fixture
def relay(daemon: FakeDaemon) -> Iterator[Relay]:
    with Relay("scanner", daemon.path, handler_threads=2, close_timeout=0.2) as client:
        yield client


@pytest.fixture
def echo(relay: Relay, daemon: FakeDaemon) -> Iterator[Echo]:
    answering = Echo(daemon.peer())
    yield answering
    answering.end()


def drivers(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> set[threading.Thread]:
    """The threads that hand the session what was read."""
    seen: set[threading.Thread] = set()
    received = relay._session.received

    def spy(view: memoryview, end: int, now_ms: int) -> int:
        seen.add(threading.current_thread())
        return received(view, end, now_ms)

    monkeypatch.setattr(relay._session, "received", spy)
    return seen


def test_a_caller_that_asks_one_after_the_other_reads_its_answers_itself(
    relay: Relay, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = drivers(relay, monkeypatch)

    def reads_itself() -> bool:
        for _ in range(WARM):
            assert relay.request("risk", "k", timeout=5).json() == 1
        return threading.current_thread() in seen

    eventually(reads_itself, "the main thread drove the session")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    eventually(lambda: relay._io.wheel.left_by == 0, "the I/O thread has taken the wheel back")


def test_a_signal_ends_a_call_but_harms_neither_the_session_nor_its_numbers(relay: Relay, echo: Echo) -> None:
    for _ in range(WARM):
        relay.request("risk", "k", timeout=5)
    echo.silent.set()
    echo.asked.clear()

    def interrupt() -> None:
        assert echo.asked.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(KeyboardInterrupt):
        relay.request("risk", "k", timeout=5)
    other.join(5)
    echo.silent.clear()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert relay.request("risk", "k", timeout=5).json() == 1
    assert echo.numbers == list(range(1, WARM + 3))


class Struck(BaseException):
    pass


def test_signals_at_any_point_of_many_calls_lose_no_number(relay: Relay, echo: Echo) -> None:
    armed, struck = [False], 0

    def strike(number: int, frame: FrameType | None) -> None:
        if armed[0]:
            raise Struck

    before = signal.signal(signal.SIGALRM, strike)
    try:
        for round_no in range(400):
            try:
                armed[0] = True
                signal.setitimer(signal.ITIMER_REAL, 0.00001 + (round_no % 100) * 0.000005)
                relay.request("risk", "k", timeout=5)
                armed[0] = False
            except Struck:
                armed[0] = False
                struck += 1
        assert signal.getsignal(signal.SIGALRM) is strike
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    for _ in range(WARM):
        assert relay.request("risk", "k", timeout=5).json() == 1
    assert struck > 0
    assert echo.numbers == list(range(1, len(echo.numbers) + 1))
    assert (echo.resent, relay._session.connect_count) == (0, 1)
    other = threading.Thread(target=relay.send, args=("risk", "k"))
    other.start()
    other.join(5)
    assert not other.is_alive()  # no lock was left behind


def test_a_signals_handler_may_send_whatever_it_comes_between(relay: Relay, echo: Echo) -> None:
    sent_by_handler = 0

    def send(number: int, frame: FrameType | None) -> None:
        nonlocal sent_by_handler
        relay.send("risk", "k")
        sent_by_handler += 1

    before = signal.signal(signal.SIGALRM, send)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0005)
        for _ in range(300):
            relay.send("risk", "k")
        for _ in range(30):
            relay.request("risk", "k", timeout=5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sent_by_handler > 0
    eventually(lambda: len(echo.numbers) == 330 + sent_by_handler, "all came")
    assert echo.numbers == list(range(1, len(echo.numbers) + 1))


def test_a_stack_that_ends_in_a_call_does_not_end_the_client(relay: Relay, echo: Echo) -> None:
    def at(depth: int) -> None:
        if depth:
            at(depth - 1)
        else:
            relay.request("risk", "k", timeout=5)

    failed = 0
    for _ in range(WARM):
        relay.request("risk", "k", timeout=5)
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit(), 3):
        try:
            at(depth)
        except RecursionError:
            failed += 1
    assert failed > 0
    assert relay.request("risk", "k", timeout=5).json() == 1


def has(seen: list[tuple[str, int]], count: int) -> bool:
    return len(seen) >= count


def begin(relay: Relay, daemon: FakeDaemon, lanes: int = 1) -> Peer:
    relay.start()
    peer = daemon.peer()
    peer.expect("CREDIT")
    peer.send("KIND", handle=1, kind="k")
    for lane in range(1, lanes + 1):
        peer.lane(lane, f"risk{lane}")
    return peer


def warm(relay: Relay, peer: Peer) -> int:
    """Short messages, each after the ack of the one before, until a handler thread drives; how many."""
    for seq in range(1, 200):
        peer.deliver(1, seq)
        while peer.expect("ACK")["floor"] < seq:
            pass
        if relay._pool._found is not None:
            return seq
    raise AssertionError("no handler thread ever drove")


def test_a_handler_that_takes_long_stops_nothing_else(relay: Relay, daemon: FakeDaemon) -> None:
    go, busy = threading.Event(), threading.Event()

    @relay.on("k")
    def handle(message: Message) -> None:
        if message.bytes == b"long":
            busy.set()
            assert go.wait(5)

    peer = begin(relay, daemon)
    seq = warm(relay, peer) + 1
    peer.deliver(1, seq, b"long")
    assert busy.wait(5)
    peer.send("PING", t=7)
    assert peer.expect("PONG")["t"] == 7
    relay.send("executor", "order")
    assert peer.expect("SEND")["seq"] == 1
    go.set()
    while peer.expect("ACK")["floor"] < seq:
        pass


def test_a_handler_that_drove_may_wait_for_what_it_has_sent(relay: Relay, daemon: FakeDaemon) -> None:
    told: list[str] = []

    @relay.on("k")
    def handle(message: Message) -> None:
        if message.bytes == b"send":
            told.append(relay.send("executor", "order").result(5).by)

    peer = begin(relay, daemon)
    peer.deliver(1, warm(relay, peer) + 1, b"send")
    peer.expect("SEND")
    peer.send("SENT", handle=1, epoch=EPOCH, upto=1, by=p.BY_DISK)
    eventually(lambda: told == ["disk"], "the receipt")


def test_a_handler_that_drove_may_close_the_client(relay: Relay, daemon: FakeDaemon) -> None:
    @relay.on("k")
    def handle(message: Message) -> None:
        if message.bytes == b"close":
            relay.close(0.2)

    peer = begin(relay, daemon)
    peer.deliver(1, warm(relay, peer) + 1, b"close")
    peer.expect("GOODBYE")
    eventually(lambda: relay._io.ended.is_set(), "the end")
    with pytest.raises(RelayClosed):
        relay.send("executor", "order")


def test_never_more_handlers_at_once_than_threads(relay: Relay, daemon: FakeDaemon) -> None:
    lock, pause = threading.Lock(), threading.Event()
    running, most, seen = 0, 0, 0

    @relay.on("k")
    def handle(message: Message) -> None:
        nonlocal running, most, seen
        with lock:
            running, seen = running + 1, seen + 1
            most = max(most, running)
        if message.bytes == b"long":
            pause.wait(0.003)
        with lock:
            running -= 1

    peer = begin(relay, daemon, lanes=5)
    first = warm(relay, peer) + 1
    for seq in range(20):
        for lane in range(1, 6):
            peer.deliver(lane, seq + (first if lane == 1 else 1), b"long" if (seq + lane) % 3 == 0 else b"short")
    eventually(lambda: seen == first - 1 + 100, "all were handled")
    assert most == 2


def test_one_thread_serves_all_lanes_also_while_it_drives(daemon: FakeDaemon) -> None:
    seen: list[tuple[str, int]] = []
    with Relay("scanner", daemon.path, handler_threads=1, close_timeout=0.2) as relay:
        relay.on("k", lambda m: seen.append((m.sender, m.position[1])))
        peer = begin(relay, daemon, lanes=3)
        first = warm(relay, peer) + 1
        for seq in range(60):
            for lane in (1, 2, 3):
                peer.deliver(lane, seq + (first if lane == 1 else 1))
            wanted = first - 1 + 3 * (seq + 1)
            if seq % 3 == 2:
                eventually(functools.partial(has, seen, wanted), "all lanes so far")
        assert [n for sender, n in seen if sender == "risk2"] == list(range(1, 61))


def test_the_owner_takes_a_wheel_that_was_left_and_lends_it_again() -> None:
    wheel, owned, ended = Wheel(lambda: None), threading.Semaphore(0), threading.Event()

    def owner() -> None:
        wheel.own()
        while not ended.is_set():
            if wheel.is_asked_for:
                wheel.lend()
                owned.release()
            else:
                ended.wait(0.0005)

    thread = threading.Thread(target=owner)
    thread.start()
    eventually(lambda: wheel.take(), "a caller has it")
    assert not wheel.take()
    assert not wheel.ask_owner()
    wheel.leave(7, urgent=False)
    assert wheel.come_back(7)
    wheel.leave(ANYBODY, urgent=False)
    assert owned.acquire(timeout=5)
    assert not wheel.come_back(7)
    eventually(lambda: wheel.ask_owner(), "a handler thread has it")
    wheel.leave(ANYBODY, urgent=True)
    assert owned.acquire(timeout=5)
    ended.set()
    thread.join(5)
