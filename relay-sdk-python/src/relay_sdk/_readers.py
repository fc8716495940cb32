"""Readers of what the sidecar keeps in Redis: books, trades, orders, positions. Needs the extra `relay-sdk[redis]`.

Prices and quantities are `decimal.Decimal`, read from the member's text. A book is one instant (one MULTI, one round trip) and
is refused unless the sidecar is alive, the book LIVE and complete; a quiet book is not stale.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

try:
    import redis
except ImportError as error:  # pragma: no cover - the message is the point
    raise ImportError("the readers need redis-py: pip install 'relay-sdk[redis]'") from error

Level = tuple[Decimal, Decimal]
DEFAULT_TEMPLATE = "book:<SYMBOL>"
DEFAULT_VENUE = "BINANCE"
MAX_AGE_MS = 3_000
LOOK_EVERY_S = 0.5


class StaleBook(Exception):
    """The book may not be used now.

    `reason` is stable: NOT_ALIVE, NO_BOOK, NOT_LIVE, HELD, TORN, TOO_OLD, NO_TICKER, REDIS_ERROR.
    """

    def __init__(self, symbol: str, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: symbol={symbol!r} {detail}. Wait for the feed, or check the sidecar.")
        self.symbol = symbol
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Book:
    """Both sides, best first, of one version. `age_ms`: since the feed's last sign of life."""

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    ver: int
    epoch: int
    age_ms: int
    proven: int
    meta: Mapping[str, str]

    @property
    def best_bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        return self.asks[0] if self.asks else None

    @property
    def mid(self) -> Decimal | None:
        return (self.bids[0][0] + self.asks[0][0]) / 2 if self.bids and self.asks else None


def connect(address: str | None = None, *, run_dir: str | os.PathLike[str] | None = None) -> redis.Redis:
    """Redis at a Unix socket path, `unix:/path`, `host:port` or URL; without one from `redis.json` of the run directory."""
    where = address if address is not None else _published(run_dir)
    where = where.removeprefix("unix:") if where.startswith("unix:/") and "://" not in where else where
    if "://" in where:
        return redis.Redis.from_url(where, decode_responses=True)
    if where.startswith(("/", ".")):
        return redis.Redis(unix_socket_path=where, decode_responses=True)
    host, _, port = where.rpartition(":")
    return redis.Redis(host=host or where, port=int(port) if host else 6379, decode_responses=True)


def _published(run_dir: str | os.PathLike[str] | None) -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(run_dir) if run_dir else Path(runtime, "relay") if runtime else Path(f"/tmp/relay-{os.getuid()}")
    file = folder / "redis.json"
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ConnectionError(f"no Redis address given and {file} cannot be read: {error}; start the sidecar") from error
    address = found.get("address")
    if not isinstance(address, str):
        raise ConnectionError(f"{file} names no address; its keys are {sorted(found)}")
    return address


class _VenueReader:
    """What readers of one venue share: the names of its keys, and the refusals of what is no longer believed."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        template: str | None = None,
        venue: str | None = None,
        max_age_ms: int = MAX_AGE_MS,
    ) -> None:
        layout = _layout(client) if template is None or venue is None else {}
        self._client: Any = client
        self._template = template or layout.get("template") or DEFAULT_TEMPLATE
        self._venue = venue or layout.get("venues", "").split(",")[0] or DEFAULT_VENUE
        self._max_age_ms = max_age_ms

    def _base(self, symbol: str) -> str:
        return self._template.replace("<SYMBOL>", symbol).replace("<VENUE>", self._venue)

    def _pipeline(self) -> Any:
        """Reads at one instant; the venue's sign of life and Redis' time come first."""
        pipe = self._client.pipeline(transaction=True)
        pipe.get(f"sidecar:alive:{self._venue}")
        pipe.time()
        return pipe

    def _execute(self, symbol: str, pipe: Any) -> tuple[str | None, int, list[Any]]:
        """The sign of life, Redis' time in milliseconds, and the other answers."""
        try:
            alive, (seconds, micros), *found = pipe.execute()
        except redis.ResponseError as error:  # out of memory, for example: what stands there cannot be renewed
            raise StaleBook(symbol, "REDIS_ERROR", str(error)) from error
        return alive, seconds * 1000 + micros // 1000, found

    def _check_alive(self, symbol: str, alive: str | None) -> None:
        if alive is None:
            raise StaleBook(symbol, "NOT_ALIVE", f"venue={self._venue!r}: the sidecar's liveness key has expired")

    def _age_ms(self, symbol: str, now_ms: int, feed_alive: str | None) -> int:
        age_ms = max(0, now_ms - int(feed_alive or "0"))
        if age_ms > self._max_age_ms:
            raise StaleBook(symbol, "TOO_OLD", f"age_ms={age_ms} max_age_ms={self._max_age_ms}")
        return age_ms


class BookReader(_VenueReader):
    """Reads books. One per thread; the connection is the caller's. Key template and venue as the sidecar publishes them."""

    def book(self, symbol: str, depth: int = 100) -> Book:
        """Up to `depth` levels a side. StaleBook when the book may not be used."""
        base = self._base(symbol)
        pipe = self._pipeline()
        pipe.zrevrange(f"{base}:bids", 0, -1 if depth <= 0 else depth - 1)
        pipe.zrange(f"{base}:asks", 0, -1 if depth <= 0 else depth - 1)
        pipe.hgetall(f"{base}:meta")
        alive, now_ms, (bids, asks, meta) = self._execute(symbol, pipe)
        self._check_alive(symbol, alive)
        return self._checked(symbol, depth, now_ms, bids, asks, meta)

    def watch(self, symbol: str, depth: int = 100, *, timeout: float | None = None) -> Iterator[Book]:
        """Each newer book as it is announced; faster changes are conflated into the newest. StaleBook as `book` raises it.

        Ends when the book stayed as it was for `timeout` seconds (never, without one); it was believable when last read.
        """
        with self._client.pubsub(ignore_subscribe_messages=True) as announcements:
            announcements.subscribe(self._base(symbol))
            seen = (-1, -1)
            deadline = time.monotonic() + timeout if timeout is not None else None
            while True:
                found = self.book(symbol, depth)
                if (found.epoch, found.ver) > seen:
                    seen = (found.epoch, found.ver)
                    yield found
                    deadline = time.monotonic() + timeout if timeout is not None else None
                elif deadline is not None and time.monotonic() >= deadline:
                    return
                wait = LOOK_EVERY_S if deadline is None else min(LOOK_EVERY_S, max(0.0, deadline - time.monotonic()))
                if announcements.get_message(timeout=wait) is not None:
                    while announcements.get_message(timeout=0) is not None:
                        pass  # the newest is read next

    def _checked(self, symbol: str, depth: int, now_ms: int, bids: list[str], asks: list[str], meta: dict[str, str]) -> Book:
        if not meta:
            raise StaleBook(symbol, "NO_BOOK", "nothing is published for it")
        if meta.get("status") != "LIVE":
            quality = meta.get("quality", "PASS")
            reason = "NOT_LIVE" if quality == "PASS" else "HELD"
            raise StaleBook(symbol, reason, f"status={meta.get('status')} quality={quality}")
        for side, levels, key in (("bids", bids, "nb"), ("asks", asks, "na")):
            wanted = int(meta.get(key, "0")) if depth <= 0 else min(depth, int(meta.get(key, "0")))
            if len(levels) != wanted:
                raise StaleBook(symbol, "TORN", f"{side}={len(levels)} expected={wanted}")
        age_ms = self._age_ms(symbol, now_ms, meta.get("alive"))
        return Book(
            symbol, _levels(bids), _levels(asks), int(meta["ver"]), int(meta["epoch"]), age_ms,
            int(meta.get("proven", "0")), meta,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ticker:
    """Best bid and ask as the venue's ticker states them; zero for an empty side. It has no proof: trade on the book."""

    symbol: str
    bid: Decimal
    bid_qty: Decimal
    ask: Decimal
    ask_qty: Decimal
    exchange_at_ms: int
    received_at_ms: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade. `number` counts within the sidecar's `epoch`: a hole means that trades were left out.

    `venue_id` is the venue's own number, -1 without one; the same trade may come twice around a reconnect.
    """

    symbol: str
    epoch: int
    number: int
    venue_id: int
    price: Decimal
    quantity: Decimal
    is_buy: bool
    exchange_at_ms: int


class TapeReader(_VenueReader):
    """Reads public trades (the newest 1,000 or so of a symbol) and tickers. Arguments as of `BookReader`."""

    def ticker(self, symbol: str) -> Ticker:
        """The newest best bid and ask. StaleBook (NO_TICKER, NOT_ALIVE, TOO_OLD, REDIS_ERROR) when it may not be used."""
        base = self._base(symbol)
        pipe = self._pipeline()
        pipe.hget(f"{base}:meta", "alive")
        pipe.hgetall(f"{base}:ticker")
        alive, now_ms, (feed_alive, found) = self._execute(symbol, pipe)
        if not found:
            raise StaleBook(symbol, "NO_TICKER", "no ticker has come, or the venue sends none")
        self._check_alive(symbol, alive)
        age_ms = self._age_ms(symbol, now_ms, feed_alive)
        return Ticker(
            symbol, Decimal(found["bid"]), Decimal(found["bid_qty"]), Decimal(found["ask"]), Decimal(found["ask_qty"]),
            int(found["ts_exch"]), int(found["ts_recv"]), age_ms,
        )  # fmt: skip

    def trades(self, symbol: str, count: int = 100) -> list[Trade]:
        """The newest trades, oldest first."""
        found = self._client.xrevrange(f"{self._base(symbol)}:trades", count=count)
        return [_trade(symbol, entry, fields) for entry, fields in reversed(found)]

    def trades_after(self, last: Trade, count: int = 100) -> list[Trade]:
        """The trades behind `last`, oldest first."""
        key = f"{self._base(last.symbol)}:trades"
        found = self._client.xrange(key, min=f"({last.epoch}-{last.number}", count=count)
        return [_trade(last.symbol, entry, fields) for entry, fields in found]


def _trade(symbol: str, entry: str, fields: Mapping[str, str]) -> Trade:
    epoch, _, number = entry.partition("-")
    return Trade(
        symbol, int(epoch), int(number), int(fields["id"]), Decimal(fields["p"]), Decimal(fields["q"]),
        fields["side"] == "buy", int(fields["ts"]),
    )  # fmt: skip


class OrderReader:
    """Reads orders as the sidecar keeps them."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def order(self, account: str, client_id: str) -> dict[str, str] | None:
        """The order's fields, quantities and prices as exact text; None when it is not known."""
        found: Any = self._client.hgetall(f"order:{account}:{client_id}")
        return dict(found) if found else None

    def open_ids(self, account: str) -> set[str]:
        """Client order ids of the orders that are not in a final state."""
        found: Any = self._client.smembers(f"orders:{account}:open")
        return set(found)


@dataclass(frozen=True, slots=True)
class Position:
    """A position: signed quantity, average cost, realised profit; `fields` has everything that is stored."""

    account: str
    symbol: str
    quantity: Decimal
    average_cost: Decimal
    realised: Decimal
    fields: Mapping[str, str]


class PositionReader:
    """Reads positions as the sidecar keeps them."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def position(self, account: str, symbol: str) -> Position | None:
        found: Any = self._client.hgetall(f"position:{account}:{symbol}")
        if not found:
            return None
        return Position(
            account,
            symbol,
            Decimal(found["quantity"]),
            Decimal(found["average_cost"]),
            Decimal(found["realised_pnl"]),
            dict(found),
        )


def _layout(client: redis.Redis) -> dict[str, str]:
    found: Any = client.hgetall("relay:layout")
    return dict(found)


def _levels(members: list[str]) -> tuple[Level, ...]:
    return tuple((Decimal(price), Decimal(qty)) for price, _, qty in (member.partition(":") for member in members))
