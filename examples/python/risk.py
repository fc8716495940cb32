"""Answers `exposure` requests: may this order be placed, given the position in Redis and a limit per symbol?"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from agent import Stop, options, report
from relay_sdk import Message, Relay
from relay_sdk.redis import PositionReader, connect


def main() -> None:
    parser = options(__doc__ or "", "risk")
    parser.add_argument("--account", default="main")
    parser.add_argument("--limit", type=Decimal, default=Decimal("5"), help="largest position a symbol may have, either way")
    args = parser.parse_args()
    stop, counters = Stop(args.duration), Counter[str]()
    with connect(args.redis) as client, Relay(args.name, args.socket) as relay:
        positions = PositionReader(client)

        @relay.on("exposure")
        def exposure(message: Message) -> dict[str, object]:
            asked = message.json()
            position = positions.position(args.account, asked["symbol"])
            held = position.quantity if position is not None else Decimal(0)
            change = Decimal(asked["quantity"]) * (1 if asked["side"] == "BUY" else -1)
            allowed = abs(held + change) <= args.limit or abs(held + change) < abs(held)
            counters["allowed" if allowed else "denied"] += 1
            return {"symbol": asked["symbol"], "allowed": allowed, "position": held, "limit": args.limit}

        relay.start()
        stop.wait()
    report(args.name, counters, bus=relay.get_metrics())


if __name__ == "__main__":
    main()
