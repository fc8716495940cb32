"""Where an agent keeps the last message that it has finished, per lane, so that a repeat after its own death has no
second effect.

The client loads it once, when it is made: what stands at or below a loaded position is acked and never handed to a
handler again. `InboxFile` keeps it in a file. An application with a database implements `InboxStore` on its own
connection and calls `message.done()` inside the transaction of its effect: then both are committed or none is. A
message whose handler does not call it is recorded after the handler has returned; then only a death between the
effect and the record can repeat it, flagged.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from relay_sdk._errors import RelayError


class InboxPosition(NamedTuple):
    """A position of an incoming lane, which is known by the daemon's store, the sender and the class ("message", "topic").

    Positions of one lane order by `(epoch, seq)`. Another store numbers anew.
    """

    store: str
    sender: str
    lane_class: str
    epoch: int
    seq: int


class AlreadyDone(RelayError):
    """The inbox holds this message as finished: another process of this agent was faster.

    Let it pass out of the handler, so that its transaction is rolled back; the client then acks the message.
    """

    def __init__(self, position: InboxPosition) -> None:
        detail = f"sender={position.sender!r} class={position.lane_class} seq={position.seq}"
        super().__init__("ALREADY_DONE", f"recorded before: {detail}. Roll back; the message is acked.")


class InboxStore(Protocol):
    """See the module.

    Called by handler threads (or the loop): for one lane one call at a time, for different lanes calls may overlap.
    """

    def load(self) -> Iterable[InboxPosition]:
        """Every position that was recorded, of any daemon's store."""

    def done(self, position: InboxPosition, state: bytes) -> None:
        """Everything of the lane at or below `position` is finished. Raises AlreadyDone when it stands there or higher.

        `state` is what `message.done(state)` was given, empty for none; a store without use for it ignores it.
        """

    def close(self) -> None:
        """Called once, when the client has closed."""


_HEADER = struct.Struct("<8sII")
_RECORD = struct.Struct("<IIQQBBB5x")
_MAGIC = b"RLYINBOX"
_FORMAT = 1
_MAX_STATE = 1 << 20
_COMPACT_BYTES = 1 << 20
_LOCK_WAIT = 5.0
_open_here: set[str] = set()
_pause = threading.Event()


class InboxFile:
    """An inbox in one file: a log of records, each the last finished position of a lane and, if the handler gave one,
    its state.

    A record is one append with a checksum: after a crash it is there or it is not, and a torn tail is cut off when the file is
    opened. Position and state stand in the same record, so an agent whose whole effect is that state has it exactly once.

    `sync=False` leaves fsync to the operating system: survives the death of the process; a power loss can take the
    newest records, whose messages then come again, flagged. `sync=True` calls fdatasync for each record and survives
    power loss, at the disk's pace.

    Thread-safe. Past 1 MiB and four times what the newest records need, the log is rewritten with one record per
    lane. The file is locked against other processes while it is open; opening waits 5 s for a predecessor to end.
    """

    def __init__(self, path: str | os.PathLike[str], *, sync: bool = False) -> None:
        self._path = os.path.abspath(os.fspath(path))
        self._sync = sync
        self._mutex = threading.Lock()
        self._newest: dict[tuple[str, str, str], tuple[InboxPosition, bytes]] = {}
        self._end = 0
        self._compact_at = _COMPACT_BYTES
        self._closed = False
        try:
            self._lock_file = self._lock()
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._recover()
        except OSError as error:
            self.close()
            raise self._failed("open", error) from error

    def load(self) -> list[InboxPosition]:
        with self._mutex:
            return [position for position, _ in self._newest.values()]

    def state(self, sender: str, lane_class: str = "message") -> bytes:
        """What the lane's last finished message left, b"" for nothing. With several stores, that of the highest position."""
        with self._mutex:
            found = [e for e in self._newest.values() if (e[0].sender, e[0].lane_class) == (sender, lane_class)]
        return max(found, key=lambda e: e[0][3:])[1] if found else b""

    def done(self, position: InboxPosition, state: bytes = b"") -> None:
        if len(state) > _MAX_STATE:
            raise ValueError(f"lane state of {len(state)} bytes; allowed are {_MAX_STATE}")
        with self._mutex:
            before = self._newest.get(position[:3])
            if before is not None and position[3:] <= before[0][3:]:
                raise AlreadyDone(position)
            entry = (position, bytes(state) if state or before is None else before[1])
            self._append(_encode(*entry))
            self._newest[position[:3]] = entry
            if self._end > self._compact_at:
                self._compact()

    def close(self) -> None:
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            for name in ("_file", "_lock_file"):
                descriptor = getattr(self, name, None)
                if descriptor is not None:
                    os.close(descriptor)
            if hasattr(self, "_lock_file"):
                _open_here.discard(self._path)

    # ---- the file

    def _lock(self) -> int:
        if self._path in _open_here:
            raise OSError("this process has it open already")
        descriptor = os.open(self._path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _LOCK_WAIT
        while True:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(descriptor)
                    raise OSError("another process has it open") from None
                _pause.wait(0.02)
            else:
                _open_here.add(self._path)
                return descriptor

    def _recover(self) -> None:
        """Reads what is whole and cuts off the rest. A file of another kind is refused, never overwritten."""
        with open(self._path, "rb") as file:
            data = file.read()
        if len(data) < _HEADER.size:
            os.pwrite(self._file, _HEADER.pack(_MAGIC, _FORMAT, 0), 0)
            os.ftruncate(self._file, _HEADER.size)
            self._end = _HEADER.size
            return
        if _HEADER.unpack_from(data)[:2] != (_MAGIC, _FORMAT):
            raise OSError("it is not an inbox of this version")
        self._end = _HEADER.size
        for position, state, end in _records(data, self._end):
            self._newest[position[:3]] = (position, state)
            self._end = end
        os.ftruncate(self._file, self._end)
        self._compact_at = max(_COMPACT_BYTES, self._end)

    def _append(self, record: bytes) -> None:
        """One write; when it fails, what it left is cut off, so that the next record stands behind a whole one."""
        try:
            written = os.pwrite(self._file, record, self._end)
            if written != len(record):
                raise OSError(f"wrote {written} of {len(record)} bytes")
            if self._sync:
                os.fdatasync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise self._failed("write", error) from error
        self._end += len(record)

    def _compact(self) -> None:
        """One record per lane into a new file, synced and put in the old one's place. When that fails the old one is kept."""
        data = _HEADER.pack(_MAGIC, _FORMAT, 0) + b"".join(_encode(*entry) for entry in self._newest.values())
        fresh = -1
        try:
            fresh = os.open(self._path + ".new", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            if os.pwrite(fresh, data, 0) != len(data):
                raise OSError("short write")
            os.fsync(fresh)
            os.replace(self._path + ".new", self._path)
        except OSError:
            if fresh >= 0:
                os.close(fresh)
            self._compact_at = self._end * 2
            return
        os.close(self._file)
        self._file, self._end = fresh, len(data)
        self._compact_at = max(_COMPACT_BYTES, 4 * len(data))

    def _failed(self, what: str, error: OSError) -> RelayError:
        detail = f"cannot {what} the inbox: path={self._path!r} error={error}"
        return RelayError("INBOX_FAILED", f"{detail}. Free disk space or choose another file; the message will come again.")


def _encode(position: InboxPosition, state: bytes) -> bytes:
    """Length, CRC-32, epoch, seq, lengths of class, sender and store; the three texts; the state."""
    names = [text.encode() for text in (position.lane_class, position.sender, position.store)]
    length = _RECORD.size + sum(map(len, names)) + len(state)
    body = _RECORD.pack(length, 0, position.epoch, position.seq, *map(len, names))[8:] + b"".join(names) + state
    return struct.pack("<II", length, zlib.crc32(body)) + body


def _records(data: bytes, at: int) -> Iterator[tuple[InboxPosition, bytes, int]]:
    """The whole records from this offset on, each with the offset behind it."""
    while len(data) - at >= _RECORD.size:
        length, checksum, epoch, seq, *lengths = _RECORD.unpack_from(data, at)
        end = at + length
        if length < _RECORD.size + sum(lengths) or end > len(data) or zlib.crc32(data[at + 8 : end]) != checksum:
            return
        texts, start = [], at + _RECORD.size
        for size in lengths:
            texts.append(data[start : start + size].decode())
            start += size
        yield InboxPosition(texts[2], texts[1], texts[0], epoch, seq), data[start:end], end
        at = end
