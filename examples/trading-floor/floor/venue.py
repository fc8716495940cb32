"""The venue asked directly, for what must not come from the sidecar: its clock, and the truth to compare with.

Binance Spot's REST by the standard library; read-only. Key and secret come from the environment, and without them only
the clock can be asked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal
from typing import Any

TIMEOUT_S = 3.0
PAGE = 1_000


class VenueError(Exception):
    """It did not answer, or with a refusal."""


class Venue:
    """Stateless; any thread."""

    def __init__(self, rest: str, key: str | None = None, secret: str | None = None) -> None:
        self._rest = rest.rstrip("/")
        self._key = os.environ.get("RELAY_API_KEY", "") if key is None else key
        self._secret = os.environ.get("RELAY_API_SECRET", "") if secret is None else secret

    @property
    def has_key(self) -> bool:
        return bool(self._key and self._secret)

    def clock_offset(self) -> tuple[int, int]:
        """The venue's clock minus ours, and the round trip that bounds the error: offset ± half of it."""
        sent = time.time_ns() // 1_000_000
        answer = self._get("/api/v3/time", {}, signed=False)
        received = time.time_ns() // 1_000_000
        return int(answer["serverTime"]) - (sent + received) // 2, received - sent

    def open_orders(self, symbol: str) -> dict[str, Decimal]:
        """Client order id to executed quantity."""
        found = self._get("/api/v3/openOrders", {"symbol": plain(symbol)})
        return {order["clientOrderId"]: Decimal(order["executedQty"]) for order in found}

    def trades(self, symbol: str, from_id: int = 0) -> list[dict[str, Any]]:
        """All own trades with this id or a higher one, in pages. Who trades with himself has two with one id."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        while True:
            page = self._get("/api/v3/myTrades", {"symbol": plain(symbol), "limit": str(PAGE), "fromId": str(from_id)})
            found |= {(str(trade["id"]), str(trade["orderId"])): trade for trade in page}
            if len(page) < PAGE:
                return list(found.values())
            from_id = int(page[-1]["id"])

    def _get(self, path: str, params: dict[str, str], *, signed: bool = True) -> Any:
        query = urllib.parse.urlencode(params)
        if signed:
            query = urllib.parse.urlencode({**params, "timestamp": str(time.time_ns() // 1_000_000)})
            query += "&signature=" + hmac.new(self._secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"{self._rest}{path}?{query}", headers={"X-MBX-APIKEY": self._key})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise VenueError(f"{path}: {error}") from error


def plain(symbol: str) -> str:
    """Relay's BTC-USDT is the venue's BTCUSDT."""
    return symbol.replace("-", "")
