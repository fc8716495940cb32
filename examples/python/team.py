"""A desk of agents: who is there, who wants what, a shadow for audit, a rate limit.

    python team.py [--socket PATH]

Starts four agents in one process and prints what each has got as one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import threading
from typing import Any

from relay_sdk import Interest, Message, Quota, Relay, RelayRefused

WAIT = 10.0


class Box:
    """What one agent has received, and a wait for it."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._changed = threading.Condition()

    def put(self, value: Any) -> None:
        with self._changed:
            self.values.append(value)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[Any]:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.values) >= count, WAIT):
                raise TimeoutError(f"received={self.values} wanted={count}")
            return list(self.values)


def publish(feed: Relay, noise: Relay) -> list[int | None]:
    """Three prices, one of them of a sender that nobody wants; how many subscriptions each matched."""
    matched = []
    for sender, value in ((feed, 100), (noise, 1), (feed, 101)):
        handle = sender.publish("desk.px.btc", value, kind="px")
        handle.result(WAIT)
        matched.append(handle.matched.durable if handle.matched else None)
    return matched


def exceed(operator: Relay, noise: Relay) -> str:
    """Sends more than a quota allows; the code of the refusal."""
    operator.quotas().set("desk-noise", Quota(messages_per_s=1))
    refused = ""
    for handle in noise.send_many("desk-risk", "px", [7, 8, 9]):
        try:
            handle.result(WAIT)
        except RelayRefused as limit:
            refused = refused or limit.code
    operator.quotas().set("desk-noise", Quota())
    return refused


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket")
    socket = parser.parse_args().socket
    wanted = {"desk.px.*": Interest(senders=["desk-feed"], content_types=["json"])}
    with (
        Relay("desk-risk", socket, capabilities=["risk"], metadata={"desk": "eq"}, interests=wanted) as risk,
        Relay("desk-audit", socket) as audit,
        Relay("desk-feed", socket) as feed,
        Relay("desk-noise", socket) as noise,
    ):
        prices, seen = Box(), Box()

        def copy(message: Message) -> None:
            if message.kind == "px" and message.shadow is not None:
                seen.put([message.shadow["direction"], message.shadow["sender"], message.json()])

        risk.on("px", lambda message: prices.put(message.json()))
        risk.start()
        audit.on("*", copy)
        audit.start()
        audit.shadow("desk-risk", outgoing=False)

        found = feed.wait_for_agent("desk-risk", timeout=WAIT, ready=True)
        told = {
            "capabilities": found["capabilities"],
            "matched": publish(feed, noise),
            "refused": exceed(audit, noise),
            "prices": prices.wait_for(3),
            "copies": seen.wait_for(3),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
