"""How long the verbs that are typed most take, against what `relay up --sidecar` runs: medians of ten. Usage: time_verbs.py [RELAY]

Wall time says what a person waits on this machine now; processor time, which a busy machine changes little, what a verb costs.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from statistics import median

VERBS = ("version", "status", "health", "agents", "queue", "dlq ls", "book show BTC-USDT", "orders")
RUNS = 10


def once(command: list[str]) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    relay = sys.argv[1] if len(sys.argv) > 1 else "relay"
    print(f"{'verb':20} wall s  processor s")
    for verb in VERBS:
        wall, processor = zip(*(once([relay, *verb.split()]) for _ in range(RUNS)), strict=True)
        print(f"{verb:20} {median(wall):6.2f}  {median(processor):11.2f}")


if __name__ == "__main__":
    main()
