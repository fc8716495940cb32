"""Where the daemon listens, and the pauses between attempts to reach it."""

from __future__ import annotations

import os
import random
import socket as sockets
from pathlib import Path

MAX_PATH_BYTES = 107
TCP = "tcp:"
LOOPBACK = "127.0.0.1"


def socket_path(given: str | os.PathLike[str] | None = None) -> str:
    """The argument, else `$RELAY_SOCKET`, else `$XDG_RUNTIME_DIR/relay/relay.sock`, else `/tmp/relay-<uid>/relay.sock`.

    `tcp:PORT` is the daemon's port on loopback, for hosts without Unix sockets; every session there needs a token.
    """
    path = os.fspath(given) if given is not None else os.environ.get("RELAY_SOCKET") or _default()
    tcp_port(path)
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise ValueError(f"socket={path!r} is longer than {MAX_PATH_BYTES} bytes; choose a shorter directory")
    return path


def tcp_port(address: str) -> int | None:
    """The port of `tcp:PORT`; None for a path."""
    if not address.startswith(TCP):
        return None
    digits = address[len(TCP) :]
    if not digits.isdecimal() or not 0 < int(digits) < 65_536:
        raise ValueError(f"socket={address!r} is not tcp:PORT")
    return int(digits)


def connect(address: str) -> sockets.socket:
    """A connected socket that does not block; raises OSError."""
    port = tcp_port(address)
    if port is not None:
        sock = sockets.create_connection((LOOPBACK, port), timeout=1)
        sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        sock.setblocking(False)
        return sock
    sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def _default() -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return str(Path(runtime, "relay", "relay.sock")) if runtime else f"/tmp/relay-{os.getuid()}/relay.sock"


class Backoff:
    """Doubling pauses with full jitter: 20 ms up to 1 s."""

    def __init__(self, first_ms: int = 20, most_ms: int = 1_000) -> None:
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._next_ms = first_ms
        self._random = random.Random()

    def next_ms(self) -> int:
        pause = self._random.randint(self._first_ms // 2, self._next_ms)
        self._next_ms = min(self._next_ms * 2, self._most_ms)
        return pause

    def reset(self) -> None:
        self._next_ms = self._first_ms
