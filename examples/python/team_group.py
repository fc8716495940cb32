"""Two pricers share one address: each symbol always at one of them, in order; one leaves and the other goes on.

    python team_group.py [--socket PATH]

Prints who priced what as one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import threading

from relay_sdk import Message, Relay

WAIT = 10.0
SYMBOLS = ["BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD", "ADA-USD", "LTC-USD"]


class Pricer:
    """A member of the group: notes which symbol it was given, what, and under which epoch."""

    def __init__(self, name: str, socket: str | None, seen: threading.Semaphore) -> None:
        self.ticks: dict[str, list[int]] = {}
        self.epochs: dict[str, int] = {}
        self._seen = seen
        self.relay = Relay(name, socket)
        self.relay.groups().join("pricers", self.price)
        self.relay.start()

    def price(self, message: Message) -> None:
        tick = message.json()
        self.ticks.setdefault(tick["symbol"], []).append(tick["no"])
        assert message.group_epoch is not None
        self.epochs[tick["symbol"]] = message.group_epoch
        self._seen.release()


def send(feed: Relay, numbers: range, seen: threading.Semaphore) -> None:
    for no in numbers:
        for symbol in SYMBOLS:
            feed.send("group:pricers", "tick", {"symbol": symbol, "no": no}, key=symbol)
    for _ in range(len(numbers) * len(SYMBOLS)):
        if not seen.acquire(timeout=WAIT):
            raise TimeoutError("not all ticks were priced")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket")
    socket = parser.parse_args().socket
    seen = threading.Semaphore(0)
    first, second = Pricer("pricer-1", socket, seen), Pricer("pricer-2", socket, seen)
    with Relay("feed", socket) as feed, first.relay, second.relay:
        send(feed, range(1, 4), seen)
        shared = sorted(set(first.ticks) & set(second.ticks))
        second.relay.groups().leave("pricers")
        send(feed, range(4, 7), seen)
        members = [member["name"] for member in feed.groups().get("pricers")["members"]]
        moved = {symbol: first.ticks[symbol] for symbol in second.ticks}
        print(json.dumps({
            "at_both_before": shared,
            "kept": {symbol: ticks for symbol, ticks in first.ticks.items() if symbol not in second.ticks},
            "moved": moved,
            "newer_epochs": all(first.epochs[symbol] > second.epochs[symbol] for symbol in moved),
            "members": members,
        }))  # fmt: skip


if __name__ == "__main__":
    main()
