"""A clock that tests wind, a desk that fails as told, a ledger in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from floor.model import Decision, Outcome, Snapshot, Summary, View, client_order_id


class VirtualClock:
    """Waiting is what makes the time go on."""

    def __init__(self) -> None:
        self.at = 1_000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.at

    def wall_ms(self) -> int:
        return int(self.at * 1000)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.at += seconds
        return False


def book(symbol: str, bid: str = "100", ask: str = "101", bids: str = "9", asks: str = "1", position: str = "0") -> Snapshot:
    return Snapshot(symbol, Decimal(bid), Decimal(ask), Decimal(bids), Decimal(asks), 1_000_000, Decimal(position))


def decision(symbol: str = "BTC-USDT", quantity: str = "0.5") -> Decision:
    return Decision(symbol, "BUY", "take", Decimal(101), Decimal(quantity), "because")


class Script:
    """Answers of one call, one after another; the last one for ever. An exception is raised, a function called."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *given: Any) -> Any:
        self.calls.append(given)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer(*given) if isinstance(answer, Callable) else answer  # type: ignore[arg-type]


class ScriptedDesk:
    """Everything goes well unless a test replaces one of the scripts."""

    def __init__(self) -> None:
        self.on_fetch = Script(book)
        self.on_analyse = Script(lambda view, timeout_s: [decision(symbol) for symbol in view.snapshots])
        self.on_allows = Script((True, ""))
        self.on_execute = Script(accepted)
        self.on_sync = Script(None)
        self.on_report = Script(None)

    def fetch(self, symbol: str) -> Snapshot:
        found: Snapshot = self.on_fetch(symbol)
        return found

    def analyse(self, view: View, timeout_s: float) -> list[Decision]:
        found: list[Decision] = self.on_analyse(view, timeout_s)
        return found

    def allows(self, wanted: Decision) -> tuple[bool, str]:
        found: tuple[bool, str] = self.on_allows(wanted)
        return found

    def execute(self, cycle_id: str, decisions: Sequence[Decision], timeout_s: float) -> list[Outcome]:
        found: list[Outcome] = self.on_execute(cycle_id, decisions, timeout_s)
        return found

    def sync(self, cycle_id: str) -> None:
        self.on_sync(cycle_id)

    def report(self, summary: Summary) -> None:
        self.on_report(summary)


def accepted(cycle_id: str, decisions: Sequence[Decision], timeout_s: float) -> list[Outcome]:
    return [Outcome("accepted", client_order_id=client_order_id(cycle_id, index)) for index in range(len(decisions))]


class MemoryLedger:
    """Keeps what it is told; `broken` is raised by the call of that name."""

    def __init__(self) -> None:
        self.broken: dict[str, Exception] = {}
        self.finished: list[Summary] = []
        self.intents: list[list[Decision]] = []
        self.marks: list[Sequence[Snapshot]] = []

    def begin(self, summary: Summary) -> None:
        self._may("begin")

    def snapshots(self, found: Sequence[Snapshot]) -> None:
        self._may("snapshots")
        self.marks.append(found)

    def decided(self, summary: Summary, mids: dict[str, Decimal]) -> None:
        self._may("decided")
        self.intents.append(list(summary.decisions))

    def finish(self, summary: Summary) -> None:
        self._may("finish")
        self.finished.append(summary)

    def _may(self, name: str) -> None:
        if name in self.broken:
            raise self.broken[name]
