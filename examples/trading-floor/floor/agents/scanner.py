"""Watches the market and runs the cycles: the only agent with a clock of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal

from relay_sdk import Message, Relay, RelayError
from relay_sdk.redis import BookReader, PositionReader, StaleBook, TapeReader, Trade

from floor.accumulator import EventAccumulator, Thresholds
from floor.agents.common import Bench, options, ready, retry, serve
from floor.conductor import Conductor, State
from floor.cycle import Cycle, Limits
from floor.failures import AnalysisTimeout, BrokerDown, ExecutionTimeout, InvalidAnalysis, StaleData, StoreDown
from floor.model import Decision, Outcome, Snapshot, Summary, Trigger, View
from floor.orders import ask
from floor.store import CycleLedger
from floor.venue import Venue, VenueError

RISK_S = 2.0
SYNC_S = 5.0
CLOCK_EVERY_S = 60.0
MOST_OFFSET_MS = 1_000
HOUSEKEEPING_S = 1.0
MOST_TRADES = 1_000


class BusDesk:
    """The other agents, by requests on the bus; books and positions out of Redis."""

    def __init__(self, bench: Bench, depth: int) -> None:
        self._bench = bench
        self._depth = depth
        self._books: BookReader | None = None
        self._positions = PositionReader(bench.redis)

    def fetch(self, symbol: str) -> Snapshot:
        return self._bench.read(lambda: self._snapshot(symbol))

    def _snapshot(self, symbol: str) -> Snapshot:
        if self._books is None:  # the layout stands in Redis: it is read when Redis can be
            self._books = BookReader(self._bench.redis)
        try:
            book = self._books.book(symbol, self._depth)
        except StaleBook as stale:
            raise StaleData(str(stale)) from stale
        if not book.bids or not book.asks:
            raise StaleData("one side is empty")
        held = self._positions.position(self._bench.args.account, symbol)
        return Snapshot(
            symbol, book.bids[0][0], book.asks[0][0], sum((q for _, q in book.bids), Decimal(0)),
            sum((q for _, q in book.asks), Decimal(0)), self._bench.clock.wall_ms(),
            held.quantity if held is not None else Decimal(0),
        )  # fmt: skip

    def analyse(self, view: View, timeout_s: float) -> list[Decision]:
        payload = {
            "cycle": view.cycle_id, "timeout_s": timeout_s,
            "books": {symbol: _fields(book) for symbol, book in view.snapshots.items()},
        }  # fmt: skip
        try:
            answer = ask(self._bench.relay, "signal", "analyse", payload, timeout_s)
        except BrokerDown as down:
            if isinstance(down.__cause__, TimeoutError):
                raise AnalysisTimeout(str(down)) from down
            raise
        if answer.get("failure") == "timeout":
            raise AnalysisTimeout(str(answer.get("detail")))
        if answer.get("failure") == "invalid":
            raise InvalidAnalysis(str(answer.get("detail")))
        return [Decision.from_json(each) for each in answer["decisions"]]

    def allows(self, decision: Decision) -> tuple[bool, str]:
        asked = {"symbol": decision.symbol, "side": decision.side, "quantity": str(decision.quantity)}
        answer = ask(self._bench.relay, "risk", "exposure", asked, RISK_S)
        return bool(answer["allowed"]), f"position={answer.get('position')} limit={answer.get('limit')}"

    def execute(self, cycle_id: str, decisions: Sequence[Decision], timeout_s: float) -> list[Outcome]:
        payload = {"cycle": cycle_id, "timeout_s": timeout_s, "decisions": [each.to_json() for each in decisions]}
        try:
            answer = ask(self._bench.relay, "executor", "execute", payload, timeout_s)
        except BrokerDown as down:
            raise ExecutionTimeout(str(down)) from down
        found = [Outcome(**{**each, "filled": Decimal(str(each["filled"]))}) for each in answer["outcomes"]]
        if len(found) != len(decisions):
            raise ExecutionTimeout(f"{len(found)} outcomes for {len(decisions)} decisions")
        return found

    def sync(self, cycle_id: str) -> None:
        ask(self._bench.relay, "tracker", "sync", {"cycle": cycle_id}, SYNC_S)
        ask(self._bench.relay, "reconciler", "reconcile", {"cycle": cycle_id}, SYNC_S)

    def report(self, summary: Summary) -> None:
        outcomes = [{"symbol": d.symbol, "result": o.result} for d, o in zip(summary.decisions, summary.outcomes, strict=True)]
        told = {
            "cycle": summary.cycle_id, "number": summary.number, "trigger": summary.trigger, "state": summary.state,
            "took_ms": summary.ended_at_ms - summary.started_at_ms, "skips": len(summary.skips), "orders": outcomes,
        }  # fmt: skip
        publish(self._bench, "floor.cycle", told)


def _fields(book: Snapshot) -> dict[str, str]:
    return {name: str(getattr(book, name)) for name in book.__slots__}


def publish(bench: Bench, topic: str, payload: object) -> None:
    """For whoever listens; a bus that is away makes it wait in the outbox, and only a full one drops it, counted."""
    try:
        bench.relay.publish(topic, payload, kind=topic, ttl=3_600)
    except RelayError as error:
        bench.counts.add(f"unpublished_{error.code.lower()}")


class Scanner:
    """The accumulator is fed by the main thread and by the handler of order events, hence the lock."""

    def __init__(self, bench: Bench) -> None:
        args = bench.args
        self._bench = bench
        self._lock = threading.Lock()
        limits = Thresholds(args.interval, args.moved_bps, args.trades, args.staleness, min(args.gap, args.interval))
        self._events = EventAccumulator(limits, bench.clock.now())
        self._desk = BusDesk(bench, args.depth)
        times = Limits(args.analysis, args.execution)
        cycle = Cycle(args.symbols, self._desk, CycleLedger(bench.store), bench.clock, times, retry(args))
        self.conductor = Conductor(cycle, self._due, self._began, bench.store.probe, bench.clock, self._alarm, retry(args))
        self._venue = Venue(args.rest) if args.rest else None
        self._tape: TapeReader | None = None
        self._last_trade: dict[str, Trade] = {}
        self._next_clock_at = 0.0
        self._next_housekeeping_at = 0.0

    def on_order_event(self, message: Message) -> None:
        if message.json().get("fill_trade_id"):
            with self._lock:
                self._events.on_fill()

    def on_control(self, message: Message) -> dict[str, object]:
        """`{"hold": true}` ends the trading after the cycle under way; `quiet` says whether that is done."""
        wanted = message.json().get("hold")
        if wanted is not None:
            (self.conductor.hold if wanted else self.conductor.resume)()
        return {"state": self.conductor.state, "quiet": self.conductor.is_quiet, "cycles": self.conductor.cycles}

    def look(self) -> None:
        """One turn of the main loop: prices, then at most one cycle, then what is due by the clock."""
        for symbol in self._bench.args.symbols:
            try:
                book = self._desk.fetch(symbol)
            except (StaleData, BrokerDown) as failure:
                self._bench.counts.add(f"unseen_{type(failure).__name__.lower()}")
                continue
            with self._lock:
                self._events.on_book(symbol, book.mid, self._bench.clock.now())
        self.conductor.step()
        if self._bench.clock.now() >= self._next_housekeeping_at:
            self._next_housekeeping_at = self._bench.clock.now() + HOUSEKEEPING_S
            self._housekeeping()

    def _housekeeping(self) -> None:
        self._count_trades()
        try:
            if self._venue is not None and self._bench.clock.now() >= self._next_clock_at:
                self._next_clock_at = self._bench.clock.now() + CLOCK_EVERY_S
                self._check_clock(self._venue)
            self._bench.counts.save()
        except StoreDown as down:
            self._alarm(State.CRITICAL, str(down))

    def _count_trades(self) -> None:
        """Public trades as the sidecar writes them to Redis; it has them on the one connection already."""
        for symbol in self._bench.args.symbols:
            try:
                fresh = self._bench.read(lambda each=symbol: self._fresh_trades(each))  # type: ignore[misc]
            except BrokerDown:
                self._bench.counts.add("trades_unseen")
                continue
            with self._lock:
                self._events.on_trades(fresh)

    def _fresh_trades(self, symbol: str) -> int:
        """How many came since the last look; none at the first, which only finds out where the tape stands."""
        if self._tape is None:
            self._tape = TapeReader(self._bench.redis)
        last = self._last_trade.get(symbol)
        found = self._tape.trades_after(last, MOST_TRADES) if last is not None else self._tape.trades(symbol, 1)
        if found:
            self._last_trade[symbol] = found[-1]
        return len(found) if last is not None else 0

    def _check_clock(self, venue: Venue) -> None:
        try:
            offset_ms, round_trip_ms = venue.clock_offset()
        except VenueError:
            self._bench.counts.add("clock_unchecked")
            return
        self._bench.store.write(
            "INSERT INTO venue_clock VALUES (?, ?, ?)", self._bench.clock.wall_ms(), offset_ms, round_trip_ms
        )
        if abs(offset_ms) > MOST_OFFSET_MS:
            publish(self._bench, "floor.alert", {"what": "clock", "offset_ms": offset_ms, "round_trip_ms": round_trip_ms})

    def _due(self, now: float) -> Trigger | None:
        with self._lock:
            return self._events.due(now)

    def _began(self, now: float) -> None:
        with self._lock:
            self._events.began(now)

    def _alarm(self, state: State, why: str) -> None:
        self._bench.counts.add(f"became_{state}")
        publish(self._bench, "floor.alert", {"what": state, "why": why})


def main(argv: Sequence[str]) -> None:
    parser = options("scanner", __doc__ or "")
    parser.add_argument("--interval", type=float, default=60.0, help="seconds between cycles, at most")
    parser.add_argument("--gap", type=float, default=5.0, help="seconds between cycles, at least")
    parser.add_argument("--moved-bps", type=Decimal, default=Decimal(10), help="a mid that moved so far is worth a cycle")
    parser.add_argument("--trades", type=int, default=500, help="so many public trades are worth a cycle")
    parser.add_argument("--staleness", type=float, default=30.0, help="a change that nobody looked at for so long is too")
    parser.add_argument("--look", type=float, default=0.25, help="seconds between looks at the books")
    parser.add_argument("--depth", type=int, default=5, help="levels a side")
    parser.add_argument("--analysis", type=float, default=30.0, help="seconds an analysis may take")
    parser.add_argument("--execution", type=float, default=10.0, help="seconds an execution may take")
    args = parser.parse_args(argv)

    def work(bench: Bench) -> None:
        scanner = Scanner(bench)
        bench.relay.on("order.event", scanner.on_order_event, topic="orders.*.*")
        bench.relay.on("control", scanner.on_control)
        bench.relay.start()
        ready("scanner")
        while not bench.stop.wait(args.look):
            scanner.look()

    serve("scanner", args, lambda _: Relay("scanner", args.socket), work)
