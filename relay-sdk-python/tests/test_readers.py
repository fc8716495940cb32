"""The readers against a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis

from redis_child import VENUE, redis_child, write_book
from relay_sdk.redis import BookReader, OrderReader, PositionReader, StaleBook, TapeReader, connect

BIDS = [("64000.10", "1.50"), ("64000.00", "2"), ("63999.9", "2")]
ASKS = [("64000.20", "0.00000001"), ("64001", "3")]


@pytest.fixture(scope="module")
def path() -> Iterator[str]:
    with redis_child() as found:
        yield found


@pytest.fixture
def client(path: str) -> Iterator[redis.Redis]:
    with connect(path) as found:
        found.flushall()
        yield found


def test_a_book_is_exact_and_best_first(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    book = BookReader(client).book("BTCUSDT")
    assert [str(price) for price, _ in book.bids] == ["64000.10", "64000.00", "63999.9"]
    assert book.best_ask == (Decimal("64000.20"), Decimal("0.00000001"))
    assert book.mid == Decimal("64000.15")
    assert len(BookReader(client).book("BTCUSDT", depth=1).bids) == 1


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        ({"status": "SYNCING"}, "NOT_LIVE"),
        ({"status": "STALE", "quality": "PRICE_JUMP"}, "HELD"),
        ({"nb": "4"}, "TORN"),
        ({"alive": "1000"}, "TOO_OLD"),
    ],
)
def test_a_book_that_may_not_be_used_is_refused(client: redis.Redis, meta: dict[str, str], reason: str) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS, **meta)
    with pytest.raises(StaleBook) as stale:
        BookReader(client).book("BTCUSDT")
    assert stale.value.reason == reason


def test_a_silent_sidecar_and_an_unknown_book_are_refused(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    with pytest.raises(StaleBook, match="NO_BOOK"):
        BookReader(client).book("NOPE")
    client.delete(f"sidecar:alive:{VENUE}")
    with pytest.raises(StaleBook, match="NOT_ALIVE"):
        BookReader(client).book("BTCUSDT")


def test_a_redis_that_is_out_of_memory_is_a_refusal(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    reader = BookReader(client)
    client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StaleBook) as stale:
            reader.book("BTCUSDT")
    finally:
        client.config_set("maxmemory", "0")
    assert stale.value.reason == "REDIS_ERROR"


def test_a_watcher_gets_each_newer_book_once_and_learns_of_the_end(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    watch = BookReader(client).watch("BTCUSDT", timeout=5)
    assert next(watch).ver == 1
    for ver in (2, 3):
        client.hset("book:BTCUSDT:meta", "ver", str(ver))
        client.publish("book:BTCUSDT", str(ver))
        assert next(watch).ver == ver
    client.hset("book:BTCUSDT:meta", "status", "STALE")
    client.publish("book:BTCUSDT", "4")
    with pytest.raises(StaleBook, match="NOT_LIVE"):
        next(watch)


def test_a_watch_ends_when_nothing_changes(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    assert [book.ver for book in BookReader(client).watch("BTCUSDT", timeout=0.05)] == [1]


def test_template_and_venue_come_from_the_published_layout(client: redis.Redis) -> None:
    write_book(client, "X:BTCUSDT", BIDS, ASKS)
    client.hset("relay:layout", mapping={"template": "book:X:<SYMBOL>", "venues": "KRAKEN"})
    client.set("sidecar:alive:KRAKEN", "1")
    assert BookReader(client).book("BTCUSDT").ver == 1


def test_orders_and_positions(client: redis.Redis) -> None:
    client.hset("order:main:abc", mapping={"state": "OPEN", "price": "1.10"})
    client.sadd("orders:main:open", "abc")
    client.hset("position:main:BTCUSDT", mapping={"quantity": "-0.5", "average_cost": "64000.1", "realised_pnl": "3"})
    orders, positions = OrderReader(client), PositionReader(client)
    order = orders.order("main", "abc")
    assert order is not None
    assert order["price"] == "1.10"
    assert orders.order("main", "none") is None
    assert orders.open_ids("main") == {"abc"}
    position = positions.position("main", "BTCUSDT")
    assert position is not None
    assert (position.quantity, position.realised) == (Decimal("-0.5"), Decimal(3))
    assert positions.position("main", "NONE") is None


def test_the_address_comes_from_the_run_directory(path: str, tmp_path: Path) -> None:
    (tmp_path / "redis.json").write_text(json.dumps({"address": f"unix:{path}", "template": "book:<SYMBOL>"}))
    with connect(run_dir=tmp_path) as client:
        assert client.ping()
    with pytest.raises(ConnectionError, match=r"redis\.json"):
        connect(run_dir=tmp_path / "none")


def test_trades_are_exact_numbered_and_read_on_from_the_last(client: redis.Redis) -> None:
    for number in (1, 2, 4):
        client.xadd(
            "book:BTCUSDT:trades",
            {"p": "64000.1", "q": "0.00000001", "side": "sell", "id": str(70 + number), "ts": "5"},
            id=f"1000-{number}",
        )
    reader = TapeReader(client)
    newest = reader.trades("BTCUSDT", 2)
    assert [(trade.number, trade.venue_id) for trade in newest] == [(2, 72), (4, 74)]
    assert (str(newest[0].price), str(newest[0].quantity), newest[0].is_buy) == ("64000.1", "1E-8", False)
    assert [trade.number for trade in reader.trades_after(newest[0])] == [4]
    assert reader.trades("NOPE") == []


def test_a_ticker_is_refused_when_the_feed_shows_no_life(client: redis.Redis) -> None:
    write_book(client, "BTCUSDT", BIDS, ASKS)
    reader = TapeReader(client)
    with pytest.raises(StaleBook, match="NO_TICKER"):
        reader.ticker("BTCUSDT")
    quote: dict[Any, Any] = {"bid": "64000.1", "bid_qty": "1.5", "ask": "0", "ask_qty": "0", "ts_exch": "0", "ts_recv": "7"}
    client.hset("book:BTCUSDT:ticker", mapping=quote)
    ticker = reader.ticker("BTCUSDT")
    assert (ticker.bid, ticker.ask, ticker.received_at_ms) == (Decimal("64000.1"), Decimal(0), 7)
    client.hset("book:BTCUSDT:meta", "alive", "1000")
    with pytest.raises(StaleBook, match="TOO_OLD"):
        reader.ticker("BTCUSDT")
    client.delete(f"sidecar:alive:{VENUE}")
    with pytest.raises(StaleBook, match="NOT_ALIVE"):
        reader.ticker("BTCUSDT")
