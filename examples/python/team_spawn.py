"""An operator has agents started from templates: `relay supervisor` must run with examples/templates.yaml.

Without arguments it is the operator; `--agent` is what the template starts.
"""

from __future__ import annotations

import os
from collections import Counter

from agent import Stop, options, report
from relay_sdk import Relay, RelayRefused


def agent(name: str, socket: str | None, symbol: str) -> None:
    """What the supervisor starts: its name and the socket come by the environment."""
    stop = Stop(None)
    with Relay(name, socket) as relay:
        relay.on_command("symbol", lambda args: {"symbol": symbol, "pid": os.getpid()})
        relay.start()
        print(f"watching {symbol}", flush=True)
        stop.wait()


def operator(name: str, socket: str | None) -> None:
    with Relay(name, socket) as relay:
        spawned = relay.spawn("watcher", f"{name}-btc", symbol="BTC-USD")
        relay.wait_for_ready(f"{name}-btc", 10.0)
        first = relay.send_command(f"{name}-btc", "symbol").json()
        relay.restart(f"{name}-btc")
        relay.wait_for_ready(f"{name}-btc", 10.0)
        second = relay.send_command(f"{name}-btc", "symbol").json()
        row = relay.agents().supervised()[0]
        log = relay.agents().logs(f"{name}-btc")
        try:
            relay.spawn("broken", f"{name}-broken")
            refused = ""
        except RelayRefused as error:
            refused = str(error)
        released = relay.release(f"{name}-btc")
        left = relay.agents().supervised()
    report(
        name,
        Counter(),
        spawned=spawned["state"],
        symbol=first["symbol"],
        is_new_process=first["pid"] != second["pid"],
        restarts=row["restarts"],
        log=log,
        refused=refused,
        last_exit=released["last_exit"],
        left=len(left),
    )


def main() -> None:
    parser = options(__doc__ or "", os.environ.get("RELAY_AGENT", "team-spawn"))
    parser.add_argument("--agent", action="store_true", help="be the agent of the template")
    parser.add_argument("--symbol", default="BTC-USD")
    args = parser.parse_args()
    if args.agent:
        agent(args.name, args.socket, args.symbol)
    else:
        operator(args.name, args.socket)


if __name__ == "__main__":
    main()
