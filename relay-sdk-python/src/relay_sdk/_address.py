"""Where the daemon listens, and the pauses between attempts to reach it."""

from __future__ import annotations

import os
import random
from pathlib import Path

MAX_PATH_BYTES = 107


def socket_path(given: str | os.PathLike[str] | None = None) -> str:
    """The argument, else `$RELAY_SOCKET`, else `$XDG_RUNTIME_DIR/relay/relay.sock`, else `/tmp/relay-<uid>/relay.sock`."""
    path = os.fspath(given) if given is not None else os.environ.get("RELAY_SOCKET") or _default()
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise ValueError(f"socket={path!r} is longer than {MAX_PATH_BYTES} bytes; choose a shorter directory")
    return path


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
