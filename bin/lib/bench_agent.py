"""One end of `relay bench` in Python: the same orders and answers as dev.relay.cli.bench.BenchAgent.

Arguments are key=value: socket, name, clients (that many agents, NAME-0 and on), topic that all subscribe to. Does on its main thread what a `run` request describes and answers it with the
figures; latencies are kept as whole microseconds in a counter, so that memory does not grow with the run.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import Counter, deque
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any

from relay_sdk import Message, Relay, SendHandle

PATIENCE = 20.0


class Arrivals:
    def __init__(self) -> None:
        self._count = 0
        self._told = 0
        self._first = 0
        self._last = 0

    def add(self, message: Message) -> None:
        self._last = time.perf_counter_ns()
        self._first = self._first or self._last
        self._count += 1

    def take(self, message: Message) -> str:
        count, first = self._count, self._first
        news = {"count": count - self._told, "first_ns": first, "last_ns": self._last}
        self._told, self._first = count, 0
        return json.dumps(news)


class Load:
    """Closed loop without a rate; with one, latency counts from the time at which a call is due."""

    def __init__(self, relay: Relay, clients: list[Relay], order: dict[str, Any]) -> None:
        spread, to = order.get("spread", 0), order["to"]
        self._ends = [(client, f"{to}-{i}") for i, client in enumerate(clients[:spread])] or [(relay, to)]
        self._order = order
        self._payload = bytes(order["bytes"])
        self._latencies: Counter[int] = Counter()
        self._under_way: deque[tuple[SendHandle, int]] = deque()

    def run(self) -> str:
        order = self._order
        start = time.perf_counter_ns()
        end = start + order["ms"] * 1_000_000
        rate, limit, calls = order["rate"], order.get("count", 0), 0
        call = getattr(self, "_" + order["mode"])
        while not limit or calls < limit:
            due = start + calls * 1_000_000_000 // rate if rate else time.perf_counter_ns()
            if due >= end:
                break
            self._await(due)
            call(*self._ends[calls % len(self._ends)], due)
            calls += 1
        while self._under_way:
            self._settle()
        return self._figures(calls, time.perf_counter_ns() - start)

    def _await(self, due: int) -> None:
        while (left := due - time.perf_counter_ns()) > 0:
            if self._under_way and self._under_way[0][0].done:
                self._settle()
            else:
                time.sleep(max(0, left - 60_000) / 1e9)

    def _request(self, relay: Relay, to: str, due: int) -> None:
        relay.request(to, "echo", self._payload, timeout=PATIENCE)
        self._note(due)

    def _wait(self, relay: Relay, to: str, due: int) -> None:
        relay.send_and_wait(to, "load", self._payload, timeout=PATIENCE)
        self._note(due)

    def _send(self, relay: Relay, to: str, due: int) -> None:
        self._under(relay.send(to, "load", self._payload), due)

    def _publish(self, relay: Relay, to: str, due: int) -> None:
        self._under(relay.publish(to, self._payload, kind="load"), due)

    def _under(self, handle: SendHandle, due: int) -> None:
        self._under_way.append((handle, due))
        if len(self._under_way) >= self._order["window"]:
            self._settle()

    def _settle(self) -> None:
        handle, due = self._under_way.popleft()
        handle.result(PATIENCE)
        self._note(due)

    def _note(self, due: int) -> None:
        self._latencies[(time.perf_counter_ns() - due) // 1_000] += 1

    def _figures(self, calls: int, took_ns: int) -> str:
        figures: dict[str, float] = {"count": calls, "per_second": calls * 1_000_000_000 // max(1, took_ns)}
        for name, share in (("p50_us", 0.5), ("p90_us", 0.9), ("p99_us", 0.99), ("p999_us", 0.999), ("max_us", 1.0)):
            figures[name] = self._percentile(share)
        return json.dumps(figures)

    def _percentile(self, share: float) -> int:
        wanted, seen = share * self._latencies.total(), 0
        for value, count in sorted(self._latencies.items()):
            seen += count
            if seen >= wanted:
                return value
        return 0


def connect(name: str, settings: dict[str, str], arrivals: Arrivals, orders: SimpleQueue[Message | None]) -> Relay:
    relay = Relay(name, settings["socket"])
    relay.on("echo")(lambda message: message.bytes)
    relay.on("load")(arrivals.add)
    relay.on("arrivals")(arrivals.take)
    relay.on("run", ack="manual")(orders.put)
    if "topic" in settings:
        relay.subscribe(settings["topic"], durable=True)
    relay.start()
    return relay


def main() -> None:
    settings = dict(argument.split("=", 1) for argument in sys.argv[1:])
    name = settings["name"]
    orders: SimpleQueue[Message | None] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda number, frame: orders.put(None))
    arrivals = Arrivals()
    with ExitStack() as stack:
        relay = stack.enter_context(connect(name, settings, arrivals, orders))
        names = [f"{name}-{i}" for i in range(int(settings.get("clients", "0")))]
        clients = [stack.enter_context(connect(each, settings, arrivals, orders)) for each in names]
        print(f"ready agent={name}", flush=True)
        while (order := orders.get()) is not None:
            order.reply(Load(relay, clients, json.loads(order.bytes)).run())


if __name__ == "__main__":
    threading.current_thread().name = "bench"
    main()
