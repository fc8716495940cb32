"""Books each fill once. The fills' keys are kept in a file, so a repeat after a crash is known as one."""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent import Stop, options, report
from relay_sdk import Message, Relay


class Ledger:
    """An append-only file of fills. Called by one lane at a time: fills come from one sender."""

    def __init__(self, file: Path | None) -> None:
        self._keys: set[tuple[str, str]] = set()
        self.totals: dict[str, Decimal] = {}
        self.counters = Counter[str]()
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                with contextlib.suppress(ValueError):  # a line cut by a crash was never acked: its fill comes again
                    self._apply(json.loads(line))
        self.counters["restored"] = len(self._keys)
        self._out = file.open("a") if file is not None else None
        if self._out is not None:
            self._out.write("\n")  # ends a line that a crash has cut

    def on_fill(self, message: Message) -> None:
        fill = message.json()
        if (fill["symbol"], fill["fill_trade_id"]) in self._keys:
            self.counters["repeats"] += 1
            return
        if self._out is not None:
            self._out.write(json.dumps(fill, default=str) + "\n")
            self._out.flush()
            os.fsync(self._out.fileno())
        self._apply(fill)
        self.counters["fills"] += 1

    def close(self) -> None:
        if self._out is not None:
            self._out.close()

    def _apply(self, fill: dict[str, Any]) -> None:
        self._keys.add((fill["symbol"], fill["fill_trade_id"]))
        signed = Decimal(fill["fill_quantity"]) * (1 if fill["side"] == "BUY" else -1)
        self.totals[fill["symbol"]] = self.totals.get(fill["symbol"], Decimal(0)) + signed


def main() -> None:
    parser = options(__doc__ or "", "ledger")
    parser.add_argument("--file", type=Path, help="where fills are kept (default: memory only)")
    args = parser.parse_args()
    stop, ledger = Stop(args.duration), Ledger(args.file)
    with Relay(args.name, args.socket) as relay:
        relay.on("fill", ledger.on_fill)
        relay.start()
        stop.wait()
    ledger.close()
    report(args.name, ledger.counters, totals=ledger.totals, bus=relay.get_metrics())


if __name__ == "__main__":
    main()
