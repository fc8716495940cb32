"""Processor time of the Python SDK per message: its session alone, then the synchronous client on a socket.

    PYTHONPATH=relay-sdk-python/src python benchmarks/python/path.py [ROUNDS]

Counts processor time and not the clock, takes the best of its rounds, so a busy machine shifts it little. Compare two versions
in one sitting.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable

from relay_sdk import Relay
from relay_sdk import _protocol as p
from relay_sdk._compose import plain
from relay_sdk._greeting import SessionConfig
from relay_sdk._handles import SendHandle
from relay_sdk._message import Message
from relay_sdk._session import Session

BATCH = 2_000
PAYLOAD = bytes(256)
EPOCH = 3 << 32 | 1


def opened(deliver: Callable[[Message], None]) -> Session:
    session = Session(SessionConfig("bench"), deliver)
    session.connected(1)
    session.take_output()
    welcome = {"store_uuid": "s", "boot_no": 3, "epoch": EPOCH, "resume": "00", "resumed": False}
    feed(session, p.json_frame(p.WELCOME, welcome))
    session.start()
    lane = {"lane": 1, "sender": "peer", "class": "message", "epoch": EPOCH, "floor": 0}
    feed(session, p.json_frame(p.LANE, lane) + p.json_frame(p.KIND, {"handle": 1, "kind": "k"}))
    session.take_output()
    return session


def feed(session: Session, data: bytes) -> None:
    session.received(memoryview(data), len(data), 2)


def best(what: Callable[[], float], rounds: int) -> float:
    return min(what() for _ in range(rounds)) * 1e6 / BATCH


class Path:
    def __init__(self) -> None:
        self._got: list[Message] = []
        self._session = opened(self._got.append)
        self._sent = 0
        self._received = 0

    def send(self) -> float:
        session = self._session
        start = time.process_time()
        for number in range(BATCH):
            session.send(plain(SendHandle, "peer", "k", PAYLOAD), 3)
            if number % 64 == 63:
                session.take_output()
        session.take_output()
        took = time.process_time() - start
        self._sent += BATCH
        feed(session, p.encode("SENT", {"handle": 1, "epoch": EPOCH, "upto": self._sent, "by": p.BY_ACK}))
        return took

    def receipts(self) -> float:
        session = self._session
        for _ in range(BATCH):
            session.send(plain(SendHandle, "peer", "k", PAYLOAD), 3)
        session.take_output()
        frames = []
        for upto in range(64, BATCH + 64, 64):
            fields = {"handle": 1, "epoch": EPOCH, "upto": self._sent + min(upto, BATCH), "by": p.BY_ACK}
            frames.append(p.encode("SENT", fields))
        self._sent += BATCH
        data = b"".join(frames)
        start = time.process_time()
        feed(session, data)
        return time.process_time() - start

    def receive(self) -> float:
        frames = [
            p.message_header(p.DELIVER, 0, 0, 0, 1, 1, EPOCH, self._received + n, 0, 0, len(PAYLOAD), 1, bytes(16)) + PAYLOAD
            for n in range(1, BATCH + 1)
        ]
        self._received += BATCH
        session, got = self._session, self._got
        batches = [b"".join(frames[at : at + 64]) for at in range(0, BATCH, 64)]
        start = time.process_time()
        for data in batches:
            feed(session, data)
            for message in got:
                message._settled = True
                session.finish(message)
            got.clear()
            session.take_output()
        return time.process_time() - start


def waiting(rounds: int) -> float:
    """A caller that waits and is woken by another thread: the price of one waiting, both sides."""

    def once() -> float:
        handles = [plain(SendHandle, "peer", "k", PAYLOAD) for _ in range(BATCH)]
        asked = threading.Semaphore(0)

        def decide() -> None:
            for handle in handles:
                asked.acquire()
                handle._by = p.BY_ACK
                handle._fire()

        other = threading.Thread(target=decide)
        other.start()
        start = time.process_time()
        for handle in handles:
            asked.release()
            handle.result(5)
        took = time.process_time() - start
        other.join()
        return took

    return best(once, rounds)


class Daemon:
    """As little of one as a client needs, on a thread: greets, pours deliveries out, confirms by counting bytes."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._confirms = False
        self._bytes = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self.peer, _ = self._listener.accept()
        self.peer.recv(1 << 16)
        welcome = {"store_uuid": "s", "boot_no": 3, "epoch": EPOCH, "resume": "00", "resumed": False}
        lane = {"lane": 1, "sender": "peer", "class": "message", "epoch": EPOCH, "floor": 0}
        kind = {"handle": 1, "kind": "k"}
        self.peer.sendall(p.json_frame(p.WELCOME, welcome) + p.json_frame(p.LANE, lane) + p.json_frame(p.KIND, kind))
        while data := self.peer.recv(1 << 20):
            if self._confirms:
                self._confirm(len(data))

    def confirm_from_now(self) -> None:
        self._confirms = True

    def _confirm(self, count: int) -> None:
        self._bytes += count
        done = {"handle": 1, "epoch": EPOCH, "upto": 1 + self._bytes // (p.HEADER_SIZE + len(PAYLOAD)), "by": p.BY_ACK}
        self.peer.sendall(p.encode("SENT", done))


class Client:
    """The whole synchronous client on a real socket; the other end's time is in it."""

    def __init__(self) -> None:
        self._dir = tempfile.TemporaryDirectory()
        self._daemon = Daemon(f"{self._dir.name}/s")
        self.relay = Relay("bench", f"{self._dir.name}/s")
        self._count = 0
        self._all = threading.Event()
        self._received = 0
        self.relay.on("k", self._take)
        self.relay.start()

    def _take(self, message: Message) -> None:
        self._count += 1
        if self._count == BATCH:
            self._all.set()

    def handle(self) -> float:
        """Messages to a handler, acked."""
        self._count = 0
        self._all.clear()
        frames = [
            p.message_header(p.DELIVER, 0, 0, 0, 1, 1, EPOCH, self._received + n, 0, 0, len(PAYLOAD), 1, bytes(16)) + PAYLOAD
            for n in range(1, BATCH + 1)
        ]
        self._received += BATCH
        data = b"".join(frames)
        start = time.process_time()
        self._daemon.peer.sendall(data)
        self._all.wait(10)
        return time.process_time() - start

    def submit(self) -> float:
        """Sends with receipts, 1,000 under way."""
        under_way: deque[SendHandle] = deque()
        start = time.process_time()
        for _ in range(BATCH):
            under_way.append(self.relay.send("peer", "k", PAYLOAD))
            if len(under_way) >= 1_000:
                under_way.popleft().result(10)
        while under_way:
            under_way.popleft().result(10)
        return time.process_time() - start

    def run(self, rounds: int) -> None:
        print(f"handle    {best(self.handle, rounds):6.2f} us of processor time per message, all threads")
        self.relay.send("peer", "k", PAYLOAD)  # BIND and KIND come first
        threading.Event().wait(0.1)
        self._daemon.confirm_from_now()
        print(f"submit    {best(self.submit, rounds):6.2f} us of processor time per message, all threads")
        self.relay.close(0.0)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    path = Path()
    for name in ("send", "receipts", "receive"):
        print(f"{name:9} {best(getattr(path, name), rounds):6.2f} us of processor time per message")
    print(f"{'wait':9} {waiting(rounds):6.2f} us of processor time per waiting")
    Client().run(rounds)


if __name__ == "__main__":
    main()
