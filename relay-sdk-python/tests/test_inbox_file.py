"""The inbox in a file: what it keeps over restarts, torn tails and size."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay_sdk import AlreadyDone, InboxFile, InboxPosition, RelayError

EPOCH = (1 << 32) | 7


def at(sender: str, seq: int, epoch: int = EPOCH) -> InboxPosition:
    return InboxPosition("store-1", sender, "message", epoch, seq)


def reopen(path: Path) -> list[InboxPosition]:
    inbox = InboxFile(path)
    try:
        return inbox.load()
    finally:
        inbox.close()


def test_I8_the_newest_position_and_state_of_each_lane_survive_a_restart(tmp_path: Path) -> None:
    inbox = InboxFile(tmp_path / "a", sync=True)
    inbox.done(at("ann", 1), b"one")
    inbox.done(at("ann", 2), b"two")
    inbox.done(at("ann", 3))
    inbox.done(at("bob", 5))
    inbox.close()
    again = InboxFile(tmp_path / "a")
    assert again.load() == [at("ann", 3), at("bob", 5)]
    assert (again.state("ann"), again.state("bob"), again.state("eve")) == (b"two", b"", b"")
    again.close()


def test_I8_a_position_that_is_done_already_is_refused(tmp_path: Path) -> None:
    inbox = InboxFile(tmp_path / "a")
    inbox.done(at("ann", 3))
    for late in (at("ann", 3), at("ann", 9, EPOCH - 1)):
        with pytest.raises(AlreadyDone):
            inbox.done(late)
    inbox.done(at("ann", 1, EPOCH + 1))
    inbox.close()
    assert reopen(tmp_path / "a") == [at("ann", 1, EPOCH + 1)]


def test_a_torn_tail_is_cut_off_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "torn"
    inbox = InboxFile(path)
    inbox.done(at("ann", 1), b"kept")
    whole = path.stat().st_size
    inbox.done(at("ann", 2), b"torn")
    inbox.close()
    data = path.read_bytes()
    for length in range(whole, len(data)):
        path.write_bytes(data[:length])
        assert reopen(path) == [at("ann", 1)]
        assert path.stat().st_size == whole
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert reopen(path) == [at("ann", 1)]


def test_the_file_stays_bounded(tmp_path: Path) -> None:
    inbox = InboxFile(tmp_path / "long")
    for seq in range(1, 5_001):
        inbox.done(at("ann", seq), bytes(1_000))
    inbox.close()
    assert (tmp_path / "long").stat().st_size < 1_100_000
    assert reopen(tmp_path / "long") == [at("ann", 5_000)]


def test_a_foreign_file_and_one_that_is_open_are_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("these are my notes, longer than a header")
    with pytest.raises(RelayError, match=r"INBOX_FAILED.*not an inbox"):
        InboxFile(foreign)
    assert foreign.read_text().startswith("these are my notes")
    mine = InboxFile(tmp_path / "mine")
    with pytest.raises(RelayError, match="open already"):
        InboxFile(tmp_path / "mine")
    mine.done(at("ann", 1))
    mine.close()


def test_the_format_is_the_same_as_in_java(tmp_path: Path) -> None:
    """One record, byte for byte; the Java test holds the same bytes."""
    inbox = InboxFile(tmp_path / "vector")
    inbox.done(InboxPosition("store-1", "ann", "message", 0x500000001, 2), b"state")
    inbox.close()
    assert (tmp_path / "vector").read_bytes().hex() == VECTOR


VECTOR = (
    "524c59494e424f58010000000000000036000000552a5b2a0100000005000000"
    "020000000000000007030700000000006d657373616765616e6e73746f72652d317374617465"
)
