"""Order requests to the sidecar, and what its answers mean. Nothing here decides; nothing here waits on its own account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from relay_sdk import Relay, RelayError, RelayRemoteError

from floor.failures import BrokerDown, RateLimited
from floor.model import Decision, Outcome

SIDECAR = "sidecar"
DOWN = {"VENUE_UNAVAILABLE", "VENUE_NOT_LIVE", "STATE_UNAVAILABLE", "JOURNAL_UNAVAILABLE", "SHUTTING_DOWN", "STALE_MARK"}
FULL = {"RATE_LIMITED", "QUEUE_FULL", "TOO_MANY_ORDERS"}


def ask(relay: Relay, target: str, kind: str, payload: Any, timeout_s: float) -> dict[str, Any]:
    """One request on the bus; whatever keeps it from being answered is BrokerDown."""
    try:
        found = relay.request(target, kind, payload, timeout=timeout_s).json()
    except RelayRemoteError as failed:
        raise BrokerDown(f"{target} {kind}: {failed.text}") from failed
    except RelayError as error:
        raise BrokerDown(f"{target} {kind}: {error.code}") from error
    if not isinstance(found, dict):
        raise BrokerDown(f"{target} {kind}: answered with {type(found).__name__}")
    return found


def terms(decision: Decision, client_order_id: str, ttl_ms: int) -> dict[str, Any]:
    """`make` must rest, so it is a maker or refused; `take` takes what is there at its price and leaves nothing behind."""
    kind = {"type": "LIMIT_MAKER"} if decision.style == "make" else {"type": "LIMIT", "tif": "IOC"}
    return {
        "symbol": decision.symbol, "side": decision.side, "price": str(decision.price), "quantity": str(decision.quantity),
        "client_order_id": client_order_id, "ttl_ms": ttl_ms, **kind,
    }  # fmt: skip


def place(relay: Relay, decision: Decision, client_order_id: str, timeout_s: float) -> Outcome:
    """BrokerDown and RateLimited are worth another try with the same id; the rest is final or found out by itself."""
    answer = ask(relay, SIDECAR, "orders.place", terms(decision, client_order_id, int(timeout_s * 1000)), timeout_s)
    order = answer.get("order") or {}
    code, detail = str(answer.get("code", "")), str(answer.get("reason", ""))
    if answer.get("result") == "refused":
        if code in DOWN:
            raise BrokerDown(f"{code} {detail}")
        if code in FULL:
            raise RateLimited(f"{code} {detail}")
    return Outcome(str(answer.get("result")), code, detail, client_order_id, Decimal(str(order.get("filled", "0"))))
