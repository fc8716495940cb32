"""A scripted daemon on a real Unix socket. It greets, binds and answers PING by itself; a test scripts all the rest."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import tempfile
import threading
import time
from typing import Any

from relay_sdk import _protocol as p

DEADLINE = 5.0
EPOCH = (3 << 32) | 7
LIMITS = {"max_frame": 1 << 20, "window_messages": 2000, "window_bytes": 16 << 20, "header_block": 4096}
Frame = tuple[str, dict[str, Any]]


class Peer:
    """One accepted connection."""

    def __init__(self, daemon: FakeDaemon, sock: socket.socket) -> None:
        self._daemon = daemon
        self._sock = sock
        self.frames: queue.Queue[Frame] = queue.Queue()
        self.seen: list[Frame] = []
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, name: str, **fields: Any) -> None:
        self.raw(p.encode(name, fields))

    def raw(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # the client may be gone already; what it then lacks, the test asserts
            self._sock.sendall(data)

    def lane(self, handle: int, sender: str, cls: str = "message", epoch: int = EPOCH, floor: int = 0) -> None:
        self.send("LANE", **{"lane": handle, "sender": sender, "class": cls, "epoch": epoch, "floor": floor})

    def deliver(self, lane: int, seq: int, payload: bytes = b"{}", **more: Any) -> None:
        fields: dict[str, Any] = {
            "handle": lane, "epoch": EPOCH, "seq": seq, "attempt": 1, "content": 1, "kind": 1,
            "id": seq.to_bytes(16, "big"), "block": b"", "payload": payload,
        }  # fmt: skip
        self.send("DELIVER", **(fields | more))

    def expect(self, name: str) -> dict[str, Any]:
        """The next frame of this type; others on the way are put aside in `seen`."""
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                found = self.frames.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {name} within {DEADLINE} s; seen: {[n for n, _ in self.seen]}") from None
            self.seen.append(found)
            if found[0] == name:
                return found[1]

    def cut(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE)
        self._sock.close()

    def _read(self) -> None:
        pending = b""
        while True:
            try:
                data = self._sock.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                self.closed.set()
                return
            pending += data
            while len(pending) >= 8 and len(pending) >= (length := p.PREFIX.unpack_from(pending)[0]):
                frame, pending = pending[:length], pending[length:]
                self._take(*p.decode(frame))

    def _take(self, name: str, fields: dict[str, Any]) -> None:
        if name == "HELLO" and self._daemon.greets:
            self.send("WELCOME", **self._daemon.welcome(fields))
        elif name == "PING":
            self.send("PONG", t=fields["t"])
            return
        elif name == "CONTROL" and fields["op"] == "subscribe":
            self.send("CONTROL_REPLY", ref=fields["ref"], ok=True, subscription=1)
        self.frames.put((name, fields))


class FakeDaemon:
    """Listens; `peer()` gives each connection in turn."""

    def __init__(self) -> None:
        self._dir = tempfile.mkdtemp(prefix="relay-fake-")
        self.path = os.path.join(self._dir, "relay.sock")
        self.greets = True
        self.store_uuid = "store-1"
        self.boot_no = 3
        self.epoch = EPOCH
        self.limits = dict(LIMITS)
        self._peers: queue.Queue[Peer] = queue.Queue()
        self._all: list[Peer] = []
        self._open()

    def welcome(self, hello: dict[str, Any]) -> dict[str, Any]:
        return {
            "proto": 1, "store_uuid": self.store_uuid, "boot_no": self.boot_no, "session": 1, "epoch": self.epoch,
            "resume": "ab" * 16, "resumed": "resume" in hello, "limits": self.limits, "ping_ms": 1000,
            "features": ["topics", "express", "request", "dlq"], "server": "fake",
        }  # fmt: skip

    def peer(self) -> Peer:
        try:
            return self._peers.get(timeout=DEADLINE)
        except queue.Empty:
            raise AssertionError(f"no connection within {DEADLINE} s") from None

    def peer_within(self, seconds: float) -> Peer:
        """As `peer`, with a time limit; `queue.Empty` when nobody comes."""
        return self._peers.get(timeout=seconds)

    def _open(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            peer = Peer(self, sock)
            self._all.append(peer)
            self._peers.put(peer)

    def stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE)
        self._listener.close()
        os.unlink(self.path)

    def listen_again(self) -> None:
        self._open()

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self.stop_listening()
        for peer in self._all:
            peer.cut()
        shutil.rmtree(self._dir, ignore_errors=True)
