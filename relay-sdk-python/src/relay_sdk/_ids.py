"""UUID version 7 as sixteen bytes: 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits."""

from __future__ import annotations

import os
import random
import struct
import threading
import time

_VERSION = 0x7 << 12
_VARIANT = 0b10 << 62
_PACK = struct.Struct(">QQ").pack
_COUNTER_MAX = 0xFFF


class IdSource:
    """Makes ids that rise strictly within this process. Thread-safe. A forked child draws from its own seed."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal's handler that sends may come in between
        self._random = random.Random(os.urandom(16))
        self._last_ms = 0
        self._counter = 0

    def next(self) -> bytes:
        with self._lock:
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._last_ms:
                self._last_ms, self._counter = now_ms, 0
            elif self._counter < _COUNTER_MAX:
                self._counter += 1
            else:  # 4,096 ids in one millisecond: borrow from the next one, order is what matters
                self._last_ms, self._counter = self._last_ms + 1, 0
            return _PACK(self._last_ms << 16 | _VERSION | self._counter, _VARIANT | self._random.getrandbits(62))

    def reseed(self) -> None:
        """For a forked child: a new lock and a new seed."""
        self._lock = threading.RLock()
        self._random = random.Random(os.urandom(16))


_source = IdSource()
os.register_at_fork(after_in_child=_source.reseed)


def new_id() -> bytes:
    """A new id as bytes, most significant first."""
    return _source.next()


def text(id_bytes: bytes) -> str:
    """The usual dashed form. By slices: an object of `uuid.UUID` on the way costs five times as much."""
    digits = id_bytes.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
