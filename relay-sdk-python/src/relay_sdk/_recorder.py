"""Records finished messages in the application's inbox, in lane order.

A position is recorded when everything below it is finished too, so that an ack by hand that runs ahead is recorded
together with the one that it waited for. Called by whoever settles a message: handler threads, other threads that ack
by hand, or the loop. One lane at a time: a lock over all lanes would wait for the transactions that the handlers of
others have open.
"""

from __future__ import annotations

import os

from relay_sdk._inbox import DONE, Lane
from relay_sdk._inbox_store import AlreadyDone, InboxFile, InboxPosition, InboxStore
from relay_sdk._message import Message

Inbox = InboxStore | str | os.PathLike[str]


class Recorder:
    """See the module. Without a store everything counts as recorded."""

    def __init__(self, store: Inbox | None) -> None:
        self._store: InboxStore | None = InboxFile(store) if isinstance(store, str | os.PathLike) else store

    def load(self) -> list[InboxPosition]:
        return list(self._store.load()) if self._store is not None else []

    def settled(self, message: Message) -> None:
        """The handler has returned, or acked by hand."""
        if self._store is None:
            return
        try:
            self._done(self._store, message, b"")
        except AlreadyDone:
            message._recorded = True

    def done(self, message: Message, state: bytes) -> None:
        """Asked for by the handler, inside its own transaction."""
        if self._store is None or not self._done(self._store, message, state):
            raise RuntimeError(
                f"done() needs a client with an inbox, and no earlier message of the lane without its ack: {message}"
            )

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _done(self, store: InboxStore, message: Message, state: bytes) -> bool:
        lane: Lane = message._lane
        if lane.cls == "express":
            return True
        with lane.recording:
            if message._recorded:
                return True
            up_to = _recordable(lane, message)
            if up_to is not None:
                store.done(InboxPosition(lane.store, lane.sender, _class_of(lane), *up_to.position), state)
            message._recorded = True
            return up_to is not None


def _recordable(lane: Lane, message: Message) -> Message | None:
    """The highest message that is finished together with all below it once this one is; None while one below it is open."""
    found = None
    for each in tuple(lane.order):
        if each is not message and not each._recorded and each._state != DONE:
            break
        found = each
    return found if found is not None and found.position >= message.position else None


def _class_of(lane: Lane) -> str:
    """A partition has a record of its own, whoever owns it: members that share a store do not repeat each other's effects."""
    return lane.cls if lane.seat is None else f"{lane.cls}:{lane.seat.address}"
