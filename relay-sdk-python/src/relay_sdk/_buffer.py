"""One large buffer that a socket reads into and a session takes frames out of."""

from __future__ import annotations

from relay_sdk import _protocol as p
from relay_sdk._session import Session

START_BYTES = 256 << 10


class ReadBuffer:
    """Grows only for a single frame that is longer; the session has checked that frame's length by then."""

    def __init__(self) -> None:
        self._view = memoryview(bytearray(START_BYTES))
        self._filled = 0

    def space(self) -> memoryview:
        """Where the next bytes go; never empty."""
        return self._view[self._filled :]

    def added(self, count: int, session: Session, now_ms: int) -> None:
        """`count` bytes were written to `space()`: hands the whole frames to the session."""
        self._filled += count
        used = session.received(self._view, self._filled, now_ms)
        rest = self._filled - used
        if used and rest:
            self._view[:rest] = bytes(self._view[used : self._filled])
        self._filled = rest
        if rest >= p.PREFIX_SIZE:
            self._fit(p.PREFIX.unpack_from(self._view)[0])

    def _fit(self, frame_length: int) -> None:
        if frame_length > len(self._view):
            larger = memoryview(bytearray(frame_length + START_BYTES))
            larger[: self._filled] = self._view[: self._filled]
            self._view = larger
