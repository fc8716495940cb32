"""An operator holds a trader, lets it go on, and commands it; the trader shows what it thinks in its own gauges."""

from __future__ import annotations

import threading
from collections import Counter

from agent import options, report
from relay_sdk import Message, Relay, RelayRefused

ANSWER_S = 10.0


def main() -> None:
    args = options(__doc__ or "", "team-commands").parse_args()
    trader_name = f"{args.name}-trader"
    seen: list[int] = []
    all_seen = threading.Event()
    with Relay(trader_name, args.socket) as trader, Relay(f"{args.name}-operator", args.socket) as operator:

        def signal(message: Message) -> None:
            seen.append(message.json())
            trader.agents().gauges(signals=len(seen), last_signal=seen[-1])
            if len(seen) == 3:
                all_seen.set()

        trader.on("signal", signal)
        trader.on_command("rebalance", lambda wanted: {"moved": wanted["to"]})
        trader.start()
        operator.pause(trader_name, "the market opens in a minute")
        for number in (1, 2, 3):
            operator.send(trader_name, "signal", number).result(ANSWER_S)
        held = operator.get_metrics(trader_name)
        operator.resume(trader_name)
        all_seen.wait(ANSWER_S)
        moved = operator.send_command(trader_name, "rebalance", {"to": "0.5"}, timeout=ANSWER_S).json()
        gauges = operator.get_metrics(trader_name)["gauges"]
        has_left = threading.Event()
        operator.presence().watch(lambda row: has_left.set() if row["state"] == "away" else None, prefix=trader_name)
        trader.close()
        has_left.wait(ANSWER_S)
        try:
            absent = str(operator.send_command(trader_name, "rebalance", {"to": "0"}).json())
        except RelayRefused as refused:
            absent = refused.code
    report(
        args.name, Counter(), queued=held["queued"], paused=held["paused"], seen=seen, moved=moved, gauges=gauges, absent=absent
    )


if __name__ == "__main__":
    main()
