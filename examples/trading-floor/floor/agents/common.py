"""What the agents share: options, a clean end, counters, and Redis reads that survive a Redis that is gone."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import redis
from relay_sdk import Relay
from relay_sdk.redis import connect

from floor.clock import SystemClock
from floor.failures import BrokerDown
from floor.retry import Retry
from floor.store import Store

T = TypeVar("T")
SAVE_EVERY_S = 1.0


def options(name: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"floor agent {name}", description=about)
    parser.add_argument("--socket", help="the daemon's socket")
    parser.add_argument("--redis", help="unix:/path or host:port; default: redis.json of the run directory")
    parser.add_argument("--db", type=Path, required=True, help="the floor's database")
    parser.add_argument("--account", default="paper")
    parser.add_argument("--symbols", type=lambda text: text.split(","), default=["BTC-USDT"], metavar="A,B")
    parser.add_argument("--rest", help="the venue's REST address, for the clock and the reconciler")
    parser.add_argument("--retry-first", type=float, default=1.0, help="seconds before the first retry")
    parser.add_argument("--retry-most", type=float, default=30.0, help="seconds between retries and of a pause, at most")
    return parser


def retry(args: argparse.Namespace) -> Retry:
    return Retry(first_s=args.retry_first, most_s=args.retry_most)


class Counts:
    """Counters of one agent, added to the database once a second. Any thread."""

    def __init__(self, agent: str, store: Store) -> None:
        self._agent = agent
        self._store = store
        self._lock = threading.Lock()
        self._unsaved: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._unsaved[name] += count

    def save(self) -> None:
        with self._lock:
            unsaved, self._unsaved = self._unsaved, Counter()
        if unsaved:
            self._store.count(self._agent, unsaved)


@dataclass(frozen=True)
class Bench:
    """Everything an agent works with."""

    name: str
    args: argparse.Namespace
    relay: Relay
    redis: redis.Redis
    store: Store
    counts: Counts
    clock: SystemClock
    stop: threading.Event

    def read(self, what: Callable[[], T]) -> T:
        """One read of Redis, counted: it is a request that the venue did not get."""
        self.counts.add("redis_reads")
        try:
            return what()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise BrokerDown(f"Redis: {error}") from error


def serve(name: str, args: argparse.Namespace, relay: Callable[[Store], Relay], work: Callable[[Bench], None]) -> None:
    """Opens everything, says `ready`, works until SIGTERM and closes in the opposite order."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = Store(args.db)
    counts = Counts(name, store)
    with connect(args.redis) as client, relay(store) as bus:
        bench = Bench(name, args, bus, client, store, counts, SystemClock(stop), stop)
        work(bench)
    counts.save()
    store.close()
    print(json.dumps({"agent": name, "ended": True}), flush=True)


def ready(name: str) -> None:
    print(f"ready agent={name}", flush=True)


def idle(bench: Bench) -> None:
    """For agents that only answer: saves the counters until it is time to end."""
    while not bench.stop.wait(SAVE_EVERY_S):
        bench.counts.save()
