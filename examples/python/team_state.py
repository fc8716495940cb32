"""A scanner shares its state, prices and ticks; a grid that joins later sees all of it, and then what changes."""

from __future__ import annotations

import queue
from collections import Counter

from agent import options, report
from relay_sdk import LatestValue, Relay, StateChange

WAIT_S = 10.0


def share(relay: Relay) -> None:
    """The whole state is handed over each time; only what changed is sent."""
    relay.update_state({"symbols": ["BTC-USD", "ETH-USD"], "confidence": 0.5, "signals": 0})
    for n in range(1, 51):
        relay.latest.put("prices.main", "BTC-USD", {"bid": str(64_000 + n)})
        relay.windows().append("ticks.BTC-USD", n)
    relay.latest.flush(WAIT_S)


def main() -> None:
    args = options(__doc__ or "", "team-state").parse_args()
    states: queue.SimpleQueue[StateChange] = queue.SimpleQueue()
    prices: queue.SimpleQueue[LatestValue] = queue.SimpleQueue()
    with Relay(f"{args.name}-scanner", args.socket) as scanner, Relay(f"{args.name}-grid", args.socket) as grid:
        share(scanner)
        grid.watch_state(f"{args.name}-*", states.put)
        whole = states.get(timeout=WAIT_S)
        scanner.update_state({"symbols": ["BTC-USD", "ETH-USD"], "confidence": 0.85, "signals": 1})
        change = states.get(timeout=WAIT_S)
        grid.latest.watch("prices.*", prices.put)
        price = prices.get(timeout=WAIT_S)
        ticks = grid.windows().read("ticks.BTC-USD", 3)
        report(
            args.name,
            Counter(),
            whole=whole.state,
            changed=sorted(change.changed),
            confidence=grid.get_state(f"{args.name}-scanner")["confidence"],
            price=price.value,
            ticks=[tick.value for tick in ticks],
        )


if __name__ == "__main__":
    main()
