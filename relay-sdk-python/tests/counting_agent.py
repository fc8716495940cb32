"""A process whose whole effect is its lane's state in an inbox file: a count, and a hash that tells order and repeats."""

from __future__ import annotations

import asyncio
import struct
import sys

from relay_sdk import AsyncRelay, InboxFile, Message, Relay

STATE = struct.Struct("<QQ")


def apply(state: bytes, n: int) -> bytes:
    count, found = STATE.unpack(state) if state else (0, 0)
    return STATE.pack(count + 1, (found * 31 + n) % (1 << 64))


class Counter:
    def __init__(self, inbox: InboxFile) -> None:
        self._state = inbox.state("source")

    def on_fill(self, message: Message) -> None:
        state = apply(self._state, int(message.json()["quantity"]))
        message.done(state)
        self._state = state


def main() -> None:
    kind, socket, file = sys.argv[1:]
    inbox = InboxFile(file)
    counter = Counter(inbox)
    if kind == "sync":
        with Relay("ledger", socket, inbox=inbox) as relay:
            relay.on("fill", counter.on_fill)
            relay.run()
    else:
        app = AsyncRelay("ledger", socket, inbox=inbox)
        app.on("fill", counter.on_fill)
        asyncio.run(app.serve())


if __name__ == "__main__":
    main()
