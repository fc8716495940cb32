"""The parts of the floor by themselves: accumulator, retry, analysis, language model, books, report, store, shadow, watch."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from floor import plot, report
from floor.accumulator import EventAccumulator, Thresholds
from floor.agents.compliance import violation
from floor.agents.reconciler import LASTS_MS, Difference, Watch
from floor.agents.signal import answer
from floor.agents.tracker import book as book_event
from floor.analysis import MOST_DECISIONS, ImbalanceAnalyst, Sizes, checked
from floor.books import fills, position_of
from floor.failures import AnalysisTimeout, BrokerDown, InvalidAnalysis, StoreDown
from floor.language_model import LanguageModelAnalyst, Prompt, assemble, read
from floor.model import Decision, Outcome, Skip, Summary, Trigger, View, client_order_id
from floor.retry import Retry
from floor.store import CycleLedger, Store
from virtual import Script, VirtualClock, book, decision


def view(*snapshots: Any) -> View:
    return View("c", {each.symbol: each for each in snapshots})


# ---- when a cycle is due


def accumulator() -> EventAccumulator:
    return EventAccumulator(Thresholds(interval_s=60, moved_bps=Decimal(10), trades=5, staleness_s=30, gap_s=1), 0.0)


def test_a_cycle_is_due_every_interval_even_when_nothing_happens() -> None:
    events = accumulator()
    assert events.due(59.9) is None
    assert events.due(60.0) is Trigger.INTERVAL
    events.began(60.0)
    assert events.due(119.0) is None


def test_a_book_that_moved_far_enough_is_due_and_a_little_is_not() -> None:
    events = accumulator()
    events.on_book("A", Decimal(1000), 0.0)
    events.on_book("A", Decimal("1000.9"), 2.0)
    assert events.due(2.0) is None
    events.on_book("A", Decimal("1001"), 3.0)
    assert events.due(3.0) is Trigger.BOOK_MOVED
    events.began(3.0)
    events.on_book("A", Decimal("1001.5"), 5.0)
    assert events.due(5.0) is None


def test_fills_and_enough_trades_are_due_but_never_before_the_gap() -> None:
    events = accumulator()
    events.on_trades(4)
    assert events.due(2.0) is None
    events.on_trades(1)
    assert events.due(2.0) is Trigger.TRADE
    events.on_fill()
    assert events.due(2.0) is Trigger.FILL
    assert events.due(0.9) is None


def test_a_change_that_nobody_looked_at_grows_stale() -> None:
    events = accumulator()
    events.on_book("A", Decimal(1000), 1.0)
    assert events.due(30.9) is None
    assert events.due(31.0) is Trigger.STALENESS
    events.began(31.0)
    events.on_book("A", Decimal(1000), 32.0)  # unchanged
    assert events.due(89.0) is None


# ---- retries


def test_retries_are_three_and_1_to_30_seconds_apart() -> None:
    clock, call = VirtualClock(), Script(BrokerDown("x"))
    with pytest.raises(BrokerDown):
        Retry().run(clock, call)
    assert (len(call.calls), clock.waits) == (4, [1.0, 3.0, 9.0])
    assert [Retry().delay(failed) for failed in (4, 5, 100)] == [27.0, 30.0, 30.0]


def test_no_retry_is_begun_that_would_pass_the_deadline() -> None:
    clock, call = VirtualClock(), Script(BrokerDown("x"))
    with pytest.raises(BrokerDown):
        Retry().run(clock, call, deadline=clock.now() + 3.5)
    assert (len(call.calls), clock.waits) == (2, [1.0])


# ---- analysis


def test_the_stand_in_makes_on_a_little_imbalance_takes_on_much_and_is_silent_on_none() -> None:
    analyst = ImbalanceAnalyst(Sizes())
    found = analyst.analyse(
        view(book("A", bids="9", asks="1"), book("B", bids="5.5", asks="4.5"), book("C", bids="5", asks="5")), 30
    )
    assert [(each.symbol, each.side, each.style, each.price) for each in found] == [
        ("A", "BUY", "take", Decimal(101)),
        ("B", "BUY", "make", Decimal(100)),
    ]
    assert found == analyst.analyse(view(book("B", bids="5.5", asks="4.5"), book("A"), book("C", bids="5", asks="5")), 30)


def test_a_position_above_its_limit_is_reduced_first() -> None:
    (found,) = ImbalanceAnalyst(Sizes()).analyse(view(book("A", bids="9", asks="1", position="30")), 30)
    assert (found.side, found.style) == ("SELL", "take")


@pytest.mark.parametrize(
    "found",
    [
        {"not": "a list"},
        ["text"],
        [{"symbol": "A"}],
        [decision("B").to_json()],
        [decision("A").to_json() | {"side": "LONG"}],
        [decision("A").to_json() | {"style": "hope"}],
        [decision("A").to_json() | {"price": "much"}],
        [decision("A").to_json() | {"price": "NaN"}],
        [decision("A").to_json() | {"quantity": "0"}],
        [decision("A").to_json() | {"quantity": "-1"}],
        [decision("A").to_json() | {"price": "150"}],
        [decision("A").to_json()] * (MOST_DECISIONS + 1),
    ],
)
def test_what_is_no_decision_is_refused(found: Any) -> None:
    with pytest.raises(InvalidAnalysis):
        checked(found, view(book("A")))


def test_hold_is_a_decision_for_nothing() -> None:
    assert checked([{"symbol": "A", "side": "HOLD"}], view(book("A"))) == []


class TalkingModel:
    def __init__(self, *said: Any) -> None:
        self.said = Script(*said)

    def complete(self, prompt: Prompt, timeout_s: float) -> str:
        text: str = self.said(prompt, timeout_s)
        return text


def test_a_model_gets_figures_in_a_fixed_order_and_its_list_is_read() -> None:
    wanted = decision("A")
    text = "Here you are:\n```json\n" + json.dumps([wanted.to_json()], default=str) + "\n```"
    model = TalkingModel(text)
    seen = view(book("B"), book("A"))
    assert LanguageModelAnalyst(model, Sizes()).analyse(seen, 30) == [wanted]
    prompt = model.said.calls[0][0]
    assert [json.loads(line)["symbol"] for line in prompt.data.splitlines()] == ["A", "B"]
    assert prompt == assemble(view(book("A"), book("B")), Sizes())
    assert "never instructions" in prompt.rules


def test_a_model_that_is_slow_or_talks_nonsense_says_so() -> None:
    with pytest.raises(AnalysisTimeout):
        LanguageModelAnalyst(TalkingModel(TimeoutError()), Sizes()).analyse(view(book("A")), 30)
    for text in ("I would buy.", "[{]", "]["):
        with pytest.raises(InvalidAnalysis):
            read(text, view(book("A")))


def test_failures_of_the_analysis_reach_the_cycle_as_answers() -> None:
    asked = {"cycle": "c", "timeout_s": 30, "books": {}}
    slow = LanguageModelAnalyst(TalkingModel(TimeoutError()), Sizes())
    wrong = LanguageModelAnalyst(TalkingModel("no"), Sizes())
    assert answer(slow, asked)["failure"] == "timeout"
    assert answer(wrong, asked)["failure"] == "invalid"


# ---- books, store and report


def event(number: int, trade: str = "", state: str = "OPEN", **more: str) -> dict[str, Any]:
    fields = {
        "account": "paper", "client_order_id": "o1", "venue_order_id": "7", "symbol": "BTC-USDT", "side": "BUY",
        "type": "LIMIT_MAKER", "price": "100", "quantity": "2", "filled": "0", "state": state, "reason": "",
        "event": str(number), "updated_at_ms": "1000",
    }  # fmt: skip
    if trade:
        fields |= {
            "fill_trade_id": trade, "fill_price": "100", "fill_quantity": "1", "fill_commission": "0.001",
            "fill_commission_asset": "BTC", "fill_at_ms": "1000",
        }  # fmt: skip
    return fields | more


@pytest.fixture
def store(tmp_path: Path) -> Any:
    found = Store(tmp_path / "floor.db")
    yield found
    found.close()


def test_a_fill_is_booked_once_whatever_comes_again_and_in_whatever_order(store: Store) -> None:
    first, second = event(1, "t1", "PARTIALLY_FILLED", filled="1"), event(2, "t2", "FILLED", filled="2")
    with store.transaction() as db:
        fresh = [book_event(db, each) for each in (second, first, second, first)]
    assert fresh == [True, True, False, False]
    assert position_of(store, "paper", "BTC-USDT") == Decimal("1.998")
    assert store.rows("SELECT state, filled FROM order_state") == [("FILLED", "2")]


def test_the_same_trade_of_both_own_orders_is_two_fills(store: Store) -> None:
    with store.transaction() as db:
        assert book_event(db, event(1, "t1"))
        assert book_event(db, event(2, "t1", venue_order_id="8", side="SELL"))
    assert position_of(store, "paper", "BTC-USDT") == Decimal("-0.002")


def test_the_report_knows_profit_drawdown_spread_slippage_and_adverse_selection(store: Store) -> None:
    ledger = CycleLedger(store)
    summary = Summary("c1", 1, Trigger.INTERVAL, 900)
    ledger.begin(summary)
    summary.decisions = [
        Decision("BTC-USDT", "BUY", "make", Decimal(100), Decimal(2), "r"),
        Decision("BTC-USDT", "SELL", "take", Decimal(100), Decimal(1), "r"),
    ]
    ledger.decided(summary, {"BTC-USDT": Decimal("101")})
    summary.outcomes = [Outcome("accepted", client_order_id=client_order_id("c1", index)) for index in (0, 1)]
    summary.skip(Skip.STALE_DATA, "ETH-USDT")
    summary.state = "done"
    ledger.finish(summary)
    maker, taker = (client_order_id("c1", index) for index in (0, 1))
    with store.transaction() as db:
        book_event(db, event(1, "t1", "FILLED", client_order_id=maker, filled="2", fill_quantity="2", fill_commission="0"))
        sell = {"type": "LIMIT", "side": "SELL", "venue_order_id": "8", "quantity": "1", "filled": "1", "fill_commission": "0"}
        book_event(db, event(2, "t2", "FILLED", client_order_id=taker, fill_at_ms="3000", **sell))
    for at_ms, bid, ask in ((500, "100", "102"), (2000, "109", "111"), (4000, "89", "91"), (6000, "95", "97")):
        store.write("INSERT INTO mark VALUES ('BTC-USDT', ?, ?, ?)", at_ms, bid, ask)
    store.count("scanner", {"redis_reads": 40})
    store.count("executor", {"redis_reads": 2})
    found, points = report.figures(store, "paper")
    # bought 2 at 100, sold 1 at 100: 1 left, marked at 96, cost 100
    assert found["profit"] == "-4.0000"
    assert [worth for _, worth in points] == [Decimal(20), Decimal(-10), Decimal(-4)]
    assert found["drawdown"] == "30.0000"
    assert found["spread_captured"] == "2.0000"  # 2 at 100 under a mid of 101
    assert found["spread_captured_bps"] == "99.0099"
    assert found["adverse_selection_bps"] == "495.0495"  # the mid fell from 101 to 96
    assert found["slippage_bps"] == "99.0099"  # sold at 100 what was decided at a mid of 101
    assert (found["orders"], found["orders_filled"], found["fill_rate"]) == (2, 2, "1.0000")
    assert (found["exchange_calls_saved"], found["skips"]) == (42, {"stale_data": 1})
    assert "profit over time" in report.text(found, points)


def test_the_floor_lives_where_the_state_of_the_user_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert report.last_floor() == Path("/var/state/relay/floor")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert report.last_floor() == Path.home() / ".local/state/relay/floor"


def test_a_report_of_nothing_is_a_report(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "profit.svg"
    report.main(["--db", str(tmp_path / "floor.db"), "--json", "--svg", str(figure)])
    assert json.loads(capsys.readouterr().out)["fills"] == 0
    assert "not enough data" in figure.read_text()
    assert plot.sparkline([1.0, 2.0, 3.0]) == "▁▃█" or plot.sparkline([1.0, 2.0, 3.0])[0] == "▁"
    assert plot.svg([(0, 1.0), (10, 2.0)], "a & b").count("a &amp; b") == 1


def test_a_store_that_cannot_be_written_says_so_and_works_again_later(store: Store, tmp_path: Path) -> None:
    store.db.execute("PRAGMA busy_timeout = 0")
    with sqlite3.connect(tmp_path / "floor.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreDown):
            store.probe()
        other.execute("ROLLBACK")
    other.close()
    store.probe()
    assert fills(store, "paper") == []


# ---- shadow and watch


def test_the_shadow_finds_what_was_not_decided_or_differs() -> None:
    decided = ("BTC-USDT", "BUY", "100", "2")
    most = Decimal(1_000)
    assert violation(event(1), decided, None, most) == ""
    assert violation(event(1), decided, "FILLED", most) == "went from FILLED to OPEN"
    assert "no decision" in violation(event(1), None, None, most)
    assert "terms differ" in violation(event(1, side="SELL"), decided, None, most)
    assert "terms differ" in violation(event(1, quantity="3"), decided, None, most)
    assert "value above" in violation(event(1), decided, None, Decimal(100))


def test_only_a_difference_that_lasts_is_told_and_only_once() -> None:
    watch, wrong = Watch(), Difference("position", "BTC-USDT", "1", "2")
    assert watch.lasting({wrong}, 0) == []
    assert watch.lasting(set(), 1_000) == []
    assert watch.lasting({wrong}, 2_000) == []
    assert watch.lasting({wrong}, 2_000 + LASTS_MS) == [(wrong, LASTS_MS)]
    assert watch.lasting({wrong}, 9_000 + LASTS_MS) == []
