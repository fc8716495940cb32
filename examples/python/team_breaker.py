"""An agent that only fails is held by its circuit breaker; nothing is dropped, and the others notice nothing.

    python team_breaker.py [--socket PATH]

Five desks send to a pricer whose database is away. Its breaker opens; what comes waits. Then it is mended and the breaker
closed by hand, as after its cool-down of 30 s. Prints what was seen as one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import threading

from relay_sdk import Message, Relay

WAIT = 20.0
DESKS = 5


class Pricer:
    """Fails until it is mended; then keeps what each desk sent, in order."""

    def __init__(self) -> None:
        self.is_mended = False
        self.got: dict[str, list[int]] = {}
        self.done = threading.Event()

    def handle(self, message: Message) -> None:
        if not self.is_mended:
            raise ConnectionError("the database is away")
        self.got.setdefault(message.sender, []).append(message.json())
        if sum(len(values) for values in self.got.values()) == 2 * DESKS:
            self.done.set()


def fail(desks: list[Relay], opened: threading.Event) -> int:
    """Each desk sends until the breaker opens, and once more; how many messages wait then."""
    for desk in desks:
        desk.send("breaker-pricer", "order", 1).result(WAIT)
    if not opened.wait(WAIT):
        raise TimeoutError("the breaker did not open")
    for desk in desks:
        desk.send("breaker-pricer", "order", 2).result(WAIT)
    return 2 * len(desks)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket")
    socket = parser.parse_args().socket
    pricer = Pricer()
    opened = threading.Event()
    with contextlib.ExitStack() as agents:
        failing = agents.enter_context(Relay("breaker-pricer", socket))
        other = agents.enter_context(Relay("breaker-other", socket))
        boss = agents.enter_context(Relay("breaker-boss", socket))
        desks = [agents.enter_context(Relay(f"breaker-desk-{n}", socket)) for n in range(DESKS)]
        failing.on("order", pricer.handle)
        failing.on_event("breaker", lambda event: opened.set() if event["state"] == "open" else None)
        failing.start()
        other.on("price", lambda message: {"px": "64000.10"})
        other.start()

        held = fail(desks, opened)
        state = boss.get_metrics("breaker-pricer")["breaker"]
        reasons = [deduction["name"] for deduction in boss.get_health("breaker-pricer")["deductions"]]
        beside = desks[0].request("breaker-other", "price", {}, timeout=WAIT).json()

        pricer.is_mended = True
        boss.agents().reset_breaker("breaker-pricer")
        if not pricer.done.wait(WAIT):
            raise TimeoutError(f"not all of {held} that were held have come: {pricer.got}")
        told = {
            "breaker": state,
            "reasons": reasons,
            "beside": beside,
            "in_order": all(values == [1, 2] for values in pricer.got.values()),
            "desks": len(pricer.got),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
