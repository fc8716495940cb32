"""Every row of the failure matrix in the README, in virtual time."""

from __future__ import annotations

import pytest

from floor.conductor import Conductor, State
from floor.cycle import Cycle
from floor.failures import (
    AnalysisTimeout,
    BrokerDown,
    ExecutionTimeout,
    InvalidAnalysis,
    RateLimited,
    StaleData,
    StoreDown,
)
from floor.model import Outcome, Skip, Summary, Trigger, client_order_id
from virtual import MemoryLedger, Script, ScriptedDesk, VirtualClock, accepted, book, decision

SYMBOLS = ("BTC-USDT", "ETH-USDT")


class Bed:
    def __init__(self) -> None:
        self.clock, self.desk, self.ledger = VirtualClock(), ScriptedDesk(), MemoryLedger()
        self.cycle = Cycle(SYMBOLS, self.desk, self.ledger, self.clock)
        self.alarms: list[tuple[State, str]] = []
        self.store_works = True
        self.conductor = Conductor(
            self.cycle, lambda now: Trigger.INTERVAL, lambda now: None, self._probe, self.clock, self._alarm
        )

    def run(self) -> Summary:
        return self.cycle.run(Trigger.INTERVAL)

    def _probe(self) -> None:
        if not self.store_works:
            raise StoreDown("still")

    def _alarm(self, state: State, why: str) -> None:
        self.alarms.append((state, why))


@pytest.fixture
def bed() -> Bed:
    return Bed()


def reasons(summary: Summary) -> list[tuple[Skip, str]]:
    return [(reason, symbol) for reason, symbol, _ in summary.skips]


def test_a_cycle_fetches_analyses_asks_risk_executes_syncs_and_reports(bed: Bed) -> None:
    summary = bed.run()
    assert (summary.state, summary.fetched, len(summary.outcomes), summary.skips) == ("done", 2, 2, [])
    assert [each.client_order_id for each in summary.outcomes] == [client_order_id(summary.cycle_id, i) for i in (0, 1)]
    assert bed.ledger.intents == [summary.decisions]
    assert bed.desk.on_analyse.calls[0][1] == 30.0
    assert bed.desk.on_execute.calls[0][2] == 10.0
    assert (len(bed.desk.on_sync.calls), len(bed.desk.on_report.calls)) == (1, 1)


def test_what_is_missing_is_skipped_and_the_rest_goes_on(bed: Bed) -> None:
    bed.desk.on_fetch = Script(StaleData("old"), book)
    summary = bed.run()
    assert (summary.state, summary.fetched) == ("done", 1)
    assert reasons(summary) == [(Skip.STALE_DATA, "BTC-USDT")]
    assert [each.symbol for each in summary.decisions] == ["ETH-USDT"]


def test_a_cycle_without_any_data_is_skipped(bed: Bed) -> None:
    bed.desk.on_fetch = Script(StaleData("old"))
    summary = bed.run()
    assert summary.state == "skipped"
    assert reasons(summary)[-1] == (Skip.NO_DATA, "")
    assert not bed.desk.on_analyse.calls


def test_an_analysis_that_takes_too_long_is_skipped(bed: Bed) -> None:
    bed.desk.on_analyse = Script(AnalysisTimeout("31 s"))
    summary = bed.run()
    assert (summary.state, reasons(summary)) == ("skipped", [(Skip.ANALYSIS_TIMEOUT, "")])
    assert (bed.desk.on_execute.calls, bed.clock.waits) == ([], [])
    assert bed.ledger.finished == [summary]


def test_an_invalid_analysis_is_held(bed: Bed) -> None:
    bed.desk.on_analyse = Script(InvalidAnalysis("no list"))
    summary = bed.run()
    assert (summary.state, reasons(summary)) == ("held", [(Skip.INVALID_ANALYSIS, "")])
    assert not bed.desk.on_execute.calls


def test_a_rate_limit_means_no_more_requests_and_cached_data(bed: Bed) -> None:
    bed.run()
    bed.desk.on_fetch = Script(RateLimited("full", 7.0))
    summary = bed.run()
    assert (summary.state, summary.fetched) == ("done", 2)
    assert reasons(summary) == [(Skip.CACHED_DATA, "BTC-USDT"), (Skip.CACHED_DATA, "ETH-USDT")]
    assert len(bed.desk.on_fetch.calls) == 1


def test_cached_data_grows_too_old_to_trade_on(bed: Bed) -> None:
    bed.run()
    bed.clock.at += 121
    bed.desk.on_fetch = Script(RateLimited("full"))
    summary = bed.run()
    assert (summary.state, reasons(summary)[0]) == ("skipped", (Skip.RATE_LIMITED, "BTC-USDT"))


def test_a_rate_limit_is_backed_off_from_for_as_long_as_it_says(bed: Bed) -> None:
    bed.desk.on_allows = Script(RateLimited("full", 7.0), RateLimited("full", 0.1), (True, ""))
    summary = bed.run()
    assert (summary.state, bed.clock.waits) == ("done", [7.0, 3.0])


def test_a_rate_limit_that_stays_ends_the_cycle_and_not_the_floor(bed: Bed) -> None:
    bed.desk.on_allows = Script(RateLimited("full", 90.0))
    summary = bed.conductor.step()
    assert summary is not None
    assert (summary.state, bed.clock.waits) == ("rate_limited", [30.0, 30.0, 30.0])
    assert bed.conductor.state is State.RUNNING


def test_what_risk_denies_is_recorded_and_not_executed(bed: Bed) -> None:
    bed.desk.on_allows = Script((False, "position=5 limit=5"), (True, ""))
    summary = bed.run()
    assert reasons(summary) == [(Skip.RISK_DENIED, "BTC-USDT")]
    assert [each.symbol for each in bed.desk.on_execute.calls[0][1]] == ["ETH-USDT"]


def test_a_rejected_order_is_recorded_and_the_others_stand(bed: Bed) -> None:
    refused = Outcome("refused", "VENUE_REJECTED", "Filter failure: LOT_SIZE")
    bed.desk.on_execute = Script(lambda cycle, orders, limit: [refused, accepted(cycle, orders, limit)[1]])
    summary = bed.run()
    assert (summary.state, reasons(summary)) == ("done", [(Skip.ORDER_REJECTED, "BTC-USDT")])
    assert summary.skips[0][2] == "VENUE_REJECTED Filter failure: LOT_SIZE"
    assert [each.result for each in summary.outcomes] == ["refused", "accepted"]


def test_an_execution_that_takes_too_long_is_unknown_by_its_ids_and_never_repeated(bed: Bed) -> None:
    bed.desk.on_execute = Script(ExecutionTimeout("10 s"))
    summary = bed.run()
    assert (summary.state, reasons(summary)) == ("done", [(Skip.EXECUTION_TIMEOUT, "")])
    assert [each.client_order_id for each in summary.outcomes] == [client_order_id(summary.cycle_id, i) for i in (0, 1)]
    assert {each.result for each in summary.outcomes} == {"unknown"}
    assert len(bed.desk.on_execute.calls) == 1


def test_a_broker_that_is_down_is_asked_three_times_more_and_pauses_the_floor(bed: Bed) -> None:
    bed.desk.on_allows = Script(BrokerDown("no answer"))
    assert bed.conductor.step() is None
    assert bed.clock.waits == [1.0, 3.0, 9.0]
    assert bed.conductor.state is State.PAUSED
    assert bed.ledger.finished[-1].state == "broker_down"
    assert reasons(bed.ledger.finished[-1]) == [(Skip.BROKER_DOWN, "")]
    assert bed.alarms == [(State.PAUSED, "broker_down: no answer")]
    assert bed.conductor.step() is None  # paused: nobody is asked
    assert len(bed.desk.on_allows.calls) == 4


def test_a_paused_floor_tries_again_later_each_time_and_at_most_30_s_apart(bed: Bed) -> None:
    bed.desk.on_analyse = Script(BrokerDown("no answer"))
    pauses: list[float] = []
    for _ in range(5):
        began = bed.clock.at
        while bed.conductor.step() is None and len(bed.desk.on_analyse.calls) == len(pauses):
            bed.clock.at += 0.5
        pauses.append(bed.clock.at - began)
    assert pauses == [0.0, 1.0, 3.0, 9.0, 27.0]
    bed.desk.on_analyse = Script([decision()])
    bed.clock.at += 30
    assert bed.conductor.step() is not None
    assert (bed.conductor.state, bed.alarms[-1]) == (State.RUNNING, (State.RUNNING, "recovered"))


@pytest.mark.parametrize("step", ["begin", "snapshots", "decided"])
def test_a_store_that_is_down_is_critical_and_nothing_is_traded(bed: Bed, step: str) -> None:
    bed.ledger.broken[step] = StoreDown("disk full")
    bed.store_works = False
    assert bed.conductor.step() is None
    assert bed.conductor.state is State.CRITICAL
    assert not bed.desk.on_execute.calls
    for _ in range(100):
        bed.clock.at += 1
        assert bed.conductor.step() is None
    assert not bed.desk.on_execute.calls
    bed.ledger.broken.clear()
    bed.store_works = True
    bed.clock.at += 30
    assert bed.conductor.step() is not None
    assert bed.alarms[-1] == (State.RUNNING, "recovered")


def test_a_store_that_fails_behind_the_orders_is_critical_too(bed: Bed) -> None:
    bed.ledger.broken["finish"] = StoreDown("disk full")
    assert bed.conductor.step() is None
    assert bed.conductor.state is State.CRITICAL


def test_a_sync_that_fails_is_recorded_and_the_next_cycle_runs(bed: Bed) -> None:
    bed.desk.on_sync = Script(BrokerDown("tracker"), None)
    first, second = bed.run(), bed.run()
    assert (first.state, reasons(first)) == ("done", [(Skip.SYNC_FAILED, "")])
    assert (second.state, second.skips) == ("done", [])


def test_a_held_floor_runs_no_cycle_and_goes_on_when_resumed(bed: Bed) -> None:
    bed.conductor.hold()
    assert bed.conductor.step() is None
    assert bed.conductor.is_quiet
    bed.conductor.resume()
    assert bed.conductor.step() is not None
