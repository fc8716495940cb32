"""Starts a whole floor, keeps it running, and at the end compares it with the exchange."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from relay_sdk import RelayError

from floor import report
from floor.processes import ACCOUNT, Floor, NotReady, Pace
from floor.store import Store
from floor.truth import Truth, calm, flow, hold

CALM_S = 5.0
LOOK_S = 0.5
QUICK = Pace(interval_s=1.0, gap_s=0.2, look_s=0.05, rest_s=3.0, moved_bps="1", snapshot_s=5.0)


def verdict(floor: Floor) -> dict[str, Any]:
    """Holds everything still and compares."""
    hold(floor, held=True)
    flow(floor, paused=True)
    truth = Truth(floor)
    took_ms, found = calm(truth, CALM_S)
    forgotten = truth.ask(afresh=True)
    store = Store(floor.db)
    figures, _ = report.figures(store, ACCOUNT)
    store.close()
    wrong = found + forgotten
    return {"verdict": "fail" if wrong else "pass", "differs": wrong[:20], "calm_ms": took_ms, **figures}


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="relay floor", description=__doc__)
    parser.add_argument(
        "--dir", type=Path, help="where everything is kept (default: ~/.local/state/relay/floor or $XDG_STATE_HOME, anew)"
    )
    parser.add_argument("--symbols", default="BTC-USDT,ETH-USDT,SOL-USDT")
    parser.add_argument("--interval", type=float, help="seconds between cycles, at most (default: 60)")
    parser.add_argument("--quick", action="store_true", help="seconds where a day has minutes: cycles every second at most")
    parser.add_argument("--duration", type=float, help="seconds to run, then compare and end (default: until SIGTERM)")
    parser.add_argument("--json", action="store_true", help="print only the verdict, as one JSON line")
    args = parser.parse_args(argv)
    os.umask(0o077)  # the folder above its own may be the daemon's, who refuses one that others can look into
    folder = args.dir or report.last_floor()
    if args.dir is None:
        shutil.rmtree(folder, ignore_errors=True)
    pace = QUICK if args.quick else Pace()
    if args.interval is not None:
        pace = replace(pace, interval_s=args.interval)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        return _run(folder.absolute(), args.symbols.split(","), pace, stop, args.duration, quiet=args.json)
    except (NotReady, RelayError) as error:
        print(f"relay floor: {error}", file=sys.stderr)
        return 1


def _run(folder: Path, symbols: list[str], pace: Pace, stop: threading.Event, duration: float | None, *, quiet: bool) -> int:
    def say(text: str) -> None:
        if not quiet:
            print(f"floor: {text}", file=sys.stderr, flush=True)

    say(f"starting in {folder}")
    with Floor(folder, symbols, pace) as floor:
        print(f"ready component=floor dir={folder}", file=sys.stderr if quiet else sys.stdout, flush=True)
        deadline = time.monotonic() + duration if duration is not None else float("inf")
        while not stop.wait(LOOK_S) and time.monotonic() < deadline:
            for name in floor.supervise():
                say(f"{name} had died and was started again")
        say("holding still, comparing with the exchange")
        found = verdict(floor)
    print(json.dumps(found) if quiet else "\n".join(f"{name:<24} {value}" for name, value in found.items()))
    return 0 if found["verdict"] == "pass" else 1
