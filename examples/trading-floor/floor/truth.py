"""Compares the floor with the exchange when everything is calm: open orders, positions and fills, asked by REST."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections import Counter
from decimal import Decimal
from typing import Any

import redis
from relay_sdk import Relay, RelayError
from relay_sdk.redis import OrderReader, PositionReader, connect

from floor.failures import StoreDown
from floor.processes import ACCOUNT, KEY, SECRET, Floor
from floor.store import Store
from floor.venue import Venue, VenueError

Key = tuple[str, str]  # trade id, order id
POLL_S = 0.05
ASK_AGAIN_S = 1.0
HOLD_S = 30.0
_pause = threading.Event()


class Truth:
    """What the exchange says, fetched by `ask`, and what differs from it here. A trade is fetched once: it never changes."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._venue = Venue(floor.rest, KEY, SECRET)
        self._open: dict[str, dict[str, Decimal]] = {}
        self.doubts: set[str] = set()
        self._trades: dict[str, dict[Key, dict[str, Any]]] = {symbol: {} for symbol in floor.symbols}

    def ask(self, *, afresh: bool = False) -> list[str]:
        """VenueError when the exchange is not there; with `afresh` the trades that it has forgotten since."""
        forgotten: list[str] = []
        for symbol in self._floor.symbols:
            self._open[symbol] = self._venue.open_orders(symbol)
            known = self._trades[symbol]
            after = 0 if afresh else max((int(trade) for trade, _ in known), default=0)
            found = {(str(trade["id"]), str(trade["orderId"])): trade for trade in self._venue.trades(symbol, after)}
            if afresh:
                forgotten += [f"trade {symbol} {each} is forgotten by the exchange" for each in known.keys() - found.keys()]
            self._trades[symbol] = known | found
        return forgotten

    def fills(self) -> int:
        return sum(len(trades) for trades in self._trades.values())

    def differences(self) -> list[str]:
        """Everything that is not the same on both sides, in words; empty when all is well.

        An order that is UNKNOWN here, and not open there, is no difference but a doubt: the sidecar may only call it rejected
        once the venue cannot accept it any more. `doubts` names those of this look.
        """
        self.doubts = set()
        found: list[str] = []
        with connect(f"unix:{self._floor.redis_socket}") as client:
            orders, positions = OrderReader(client), PositionReader(client)
            known = {each: orders.order(ACCOUNT, each) or {} for each in orders.open_ids(ACCOUNT)}
            for symbol in self._floor.symbols:
                found += self._open_orders(symbol, {i: o for i, o in known.items() if o.get("symbol") == symbol})
                held = positions.position(ACCOUNT, symbol)
                found += self._position(symbol, held.quantity if held is not None else Decimal(0))
        return found + self._fills()

    def _open_orders(self, symbol: str, here: dict[str, dict[str, str]]) -> list[str]:
        there = self._open[symbol]
        only_here = here.keys() - there.keys()
        self.doubts |= {each for each in only_here if here[each].get("state") == "UNKNOWN"}
        found = [f"order {each} is open here only, as {here[each].get('state')}" for each in only_here - self.doubts]
        found += [f"order {each} is open at the exchange only" for each in there.keys() - here.keys()]
        return found + [
            f"order {each} filled={here[each]['filled']} at the exchange {there[each]}"
            for each in here.keys() & there.keys()
            if Decimal(here[each]["filled"]) != there[each]
        ]

    def _position(self, symbol: str, here: Decimal) -> list[str]:
        there = Decimal(0)
        base = symbol.split("-")[0]
        for trade in self._trades[symbol].values():
            there += Decimal(trade["qty"]) * (1 if trade["isBuyer"] else -1)
            there -= Decimal(trade["commission"]) if trade["commissionAsset"] == base else 0
        return [] if here == there else [f"position {symbol} is {here} here and {there} at the exchange"]

    def _fills(self) -> list[str]:
        """The tracker's books against the exchange's, fill by fill."""
        store = Store(self._floor.db)
        rows = store.rows("SELECT symbol, trade_id, venue_order_id, quantity, price FROM fill WHERE account = ?", ACCOUNT)
        store.close()
        here = Counter((symbol, (trade, order), Decimal(qty), Decimal(price)) for symbol, trade, order, qty, price in rows)
        there = Counter(
            (symbol, each, Decimal(trade["qty"]), Decimal(trade["price"]))
            for symbol, trades in self._trades.items()
            for each, trade in trades.items()
        )
        found = [f"fill {each[:2]} is not booked" for each in there - here]
        return found + [f"fill {each[:2]} is booked more often than the exchange knows it" for each in here - there]


def flow(floor: Floor, *, paused: bool) -> None:
    """Stops or starts the exchange's own traders."""
    with urllib.request.urlopen(f"{floor.rest}/relay/flow?paused={str(paused).lower()}", timeout=5) as answer:
        json.load(answer)


def hold(floor: Floor, *, held: bool) -> int:
    """Stops or starts the cycles; when it returns none is under way. The number of cycles of this scanner."""
    deadline = time.monotonic() + HOLD_S
    with Relay("operator", floor.socket) as relay:
        while True:
            try:
                found = relay.request("scanner", "control", {"hold": held}, timeout=5.0).json()
                if found["quiet"] or not held:
                    return int(found["cycles"])
            except RelayError:
                if time.monotonic() > deadline:
                    raise
            _pause.wait(POLL_S)


def calm(truth: Truth, limit_s: float) -> tuple[int, list[str]]:
    """Waits until nothing differs, at most so long: the milliseconds it took, and what still differs.

    The exchange is asked once a second, Redis and the books all the time.
    """
    began, asked_at = time.monotonic(), float("-inf")
    while True:
        try:
            if time.monotonic() - asked_at >= ASK_AGAIN_S:
                truth.ask()
                asked_at = time.monotonic()
            found = truth.differences()
        except (VenueError, StoreDown, redis.RedisError) as error:
            found = [f"{type(error).__name__}: {error}"]
        took_ms = int((time.monotonic() - began) * 1000)
        if not found or took_ms >= limit_s * 1000:
            return took_ms, found
        _pause.wait(POLL_S)
