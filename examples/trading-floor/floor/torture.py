"""Kills processes of a trading floor at random and compares it with the exchange after each time.

One run: the floor trades, one or two of its processes get SIGKILL at a random moment, they are started again, the floor
trades on, then everything is held still: within 5 s open orders and positions in Redis and every booked fill must be those
of the exchange. Each run is a line in the results file, and what counts is the sum over all sittings.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from floor.processes import ORDER, Floor, NotReady, Pace
from floor.store import Store
from floor.truth import Truth, calm, flow, hold

VICTIMS = ("sidecar", "daemon", "redis", "executor", "exchange")
CALM_S = 5.0
DOUBT_S = 30.0
PACE = Pace(
    interval_s=0.6,
    gap_s=0.1,
    look_s=0.05,
    rest_s=6.0,
    moved_bps="0.5",
    snapshot_s=30.0,
    retry_first_s=0.1,
    retry_most_s=0.5,
    take_at="0.1",
)
MOST_ORDERS = 16
MOST_MORE_S = 0.4
MOST_AWAY_S = 0.8
PATIENCE_S = 6.0
LOOK_S = 0.02
ASK_S = 1.0
SITTING_RUNS = 40
_pause = threading.Event()


class Results:
    """The lines of a file, summed; one line per run, appended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self.lines: list[dict[str, Any]] = []
        if file.exists():
            self.lines = [json.loads(line) for line in file.read_text().splitlines() if line]

    def add(self, line: dict[str, Any]) -> None:
        self.lines.append(line)
        with self._file.open("a") as out:
            out.write(json.dumps(line) + "\n")

    def summary(self) -> dict[str, Any]:
        times = sorted(line["calm_ms"] for line in self.lines)
        failed = [line for line in self.lines if line["differs"]]
        kills = Counter(name for line in self.lines for name in line["killed"])
        return {
            "verdict": "fail" if failed or not self.lines else "pass", "runs": len(self.lines), "kills": dict(kills),
            "cycles": sum(line["cycles"] for line in self.lines),
            "doubts": sum(line.get("doubts", 0) for line in self.lines), "fills": sum(line["fills"] for line in self.lines),
            "calm_ms_median": times[len(times) // 2] if times else None,
            "calm_ms_p99": times[len(times) * 99 // 100] if times else None, "calm_ms_max": times[-1] if times else None,
            "late": sum(1 for each in times if each > CALM_S * 1000),
            "failed": [{"run": line["run"], "seed": line["seed"], "differs": line["differs"][:3]} for line in failed][:10],
        }  # fmt: skip


class Sitting:
    """One floor, killed again and again. One thread."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._truth = Truth(floor)
        self._fills = 0
        self._cycles = 0
        self._seen_violations = 0

    def run(self, number: int, seed: int) -> dict[str, Any]:
        chance = random.Random(seed)
        flow(self._floor, paused=False)
        hold(self._floor, held=False)
        self._trade(chance.randint(1, MOST_ORDERS), PATIENCE_S)
        _pause.wait(chance.uniform(0.0, MOST_MORE_S))
        killed = chance.sample(VICTIMS, 2 if chance.random() < 0.25 else 1)
        for name in killed:
            self._floor.kill(name)
            _pause.wait(chance.uniform(0.0, 0.1))
        _pause.wait(chance.uniform(0.0, MOST_AWAY_S) if chance.random() < 0.5 else 0.0)
        began = time.monotonic()
        self._revive(killed)
        back_ms = int((time.monotonic() - began) * 1000)
        self._trade(chance.randint(2, 8), PATIENCE_S)
        cycles = hold(self._floor, held=True)
        flow(self._floor, paused=True)
        calm_ms, differs = calm(self._truth, CALM_S)
        doubts = len(self._truth.doubts)
        differs += self._resolve() if doubts and not differs else []
        differs += self._violations()
        died = self._floor.supervise()
        if died:
            differs = [*differs, f"died by themselves: {died}"]
        fills, self._fills = self._truth.fills() - self._fills, self._truth.fills()
        cycles, self._cycles = cycles - self._cycles, cycles
        return {
            "run": number, "seed": seed, "killed": killed, "back_ms": back_ms, "calm_ms": calm_ms, "cycles": cycles,
            "fills": fills, "doubts": doubts, "differs": differs, "at": int(time.time()),
        }  # fmt: skip

    def _trade(self, orders: int, limit_s: float) -> None:
        """Waits until so many more orders were decided, at most so long: a kill should meet a floor that trades."""
        wanted = self._decided() + orders
        deadline = time.monotonic() + limit_s
        while self._decided() < wanted and time.monotonic() < deadline:
            _pause.wait(LOOK_S)

    def _decided(self) -> int:
        store = Store(self._floor.db)
        count = store.rows("SELECT count(*) FROM decision")[0][0]
        store.close()
        return int(count)

    def _resolve(self) -> list[str]:
        """Orders whose place was never answered: the sidecar must know what became of them in time."""
        began = time.monotonic()
        while self._truth.doubts and time.monotonic() - began < DOUBT_S:
            _pause.wait(ASK_S)  # the exchange counts requests
            _, differs = calm(self._truth, CALM_S)
            if differs:
                return differs
        return [f"order {each} is still UNKNOWN" for each in self._truth.doubts]

    def _violations(self) -> list[str]:
        """What the shadow has found since the last look."""
        store = Store(self._floor.db)
        found = store.rows("SELECT subject, detail FROM shadow WHERE verdict = 'violation'")[self._seen_violations :]
        store.close()
        self._seen_violations += len(found)
        return [f"violation {subject}: {detail}" for subject, detail in found]

    def _revive(self, killed: Sequence[str]) -> None:
        for name in sorted(killed, key=ORDER.index):
            self._floor.start(name)

    def forgotten(self) -> list[str]:
        """At the end of a sitting: does the exchange still know every trade it has ever told?"""
        return self._truth.ask(afresh=True)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="relay floor torture", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="runs in all, over the sittings of --results")
    parser.add_argument("--results", type=Path, help="file to go on with (default: a new one)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the first run (default: the time)")
    parser.add_argument("--minutes", type=float, help="begin no run after this")
    parser.add_argument("--symbols", default="BTC-USDT,ETH-USDT")
    parser.add_argument("--json", action="store_true", help="print only the sum, as one JSON line")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the floor's processes too
    results = Results(args.results or Path(tempfile.mkdtemp(prefix="relay-floor-")) / "results.jsonl")
    seed = args.seed if args.seed is not None else int(time.time())
    deadline = time.monotonic() + args.minutes * 60 if args.minutes else float("inf")
    while len(results.lines) < args.runs and time.monotonic() < deadline:
        sit(results, args, seed, deadline)
    found = results.summary()
    print(json.dumps(found) if args.json else "\n".join(f"{name:<16} {value}" for name, value in found.items()))
    return 0 if found["verdict"] == "pass" else 1


def sit(results: Results, args: argparse.Namespace, seed: int, deadline: float) -> None:
    """Up to `SITTING_RUNS` runs on one floor; a run that fails ends it and leaves its directory for a look."""
    folder = Path(tempfile.mkdtemp(prefix="rf-"))
    first = len(results.lines)
    good = True
    try:
        with Floor(folder, args.symbols.split(","), PACE) as floor:
            sitting = Sitting(floor)
            while good and first <= len(results.lines) < min(args.runs, first + SITTING_RUNS) and time.monotonic() < deadline:
                number = len(results.lines) + 1
                line = sitting.run(number, seed + number)
                line["differs"] += sitting.forgotten() if len(results.lines) + 1 == first + SITTING_RUNS else []
                good = not line["differs"]
                results.add({**line, **({} if good else {"dir": str(folder)})})
                if not args.json:
                    print(f"torture: {line}", file=sys.stderr, flush=True)
    except NotReady as error:
        good = False
        number = len(results.lines) + 1
        differs = [f"NotReady: {error}"]
        results.add({
            "run": number, "seed": seed + number, "killed": [], "back_ms": 0, "calm_ms": 0, "cycles": 0, "fills": 0,
            "differs": differs, "at": int(time.time()), "dir": str(folder),
        })  # fmt: skip
    if good:
        shutil.rmtree(folder, ignore_errors=True)
