"""What an independent client sees of an Alpaca account after a session, for comparison with Redis.

Usage: alpaca_agree.py BASE KEY SECRET [--alpaca-py]   With the flag by the package alpaca-py, else by plain HTTP.
Prints one JSON line: {"orders": {client_order_id: [status, filled]}, "open": [...], "positions": {symbol: quantity},
"fills": {symbol: count}}.
"""

import json
import sys
import urllib.parse
import urllib.request

BASE, KEY, SECRET = sys.argv[1:4]


def get(path):
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    with urllib.request.urlopen(urllib.request.Request(f"{BASE}/v2{path}", headers=headers), timeout=10) as answer:
        return json.load(answer)


def fills():
    """Page by page; the package has no call for them."""
    found, token = {}, ""
    while True:
        page = get("/account/activities/FILL?direction=asc&page_size=100&page_token=" + urllib.parse.quote(token))
        for each in page:
            found.setdefault(each["symbol"], set()).add(each["id"])
        if len(page) < 100:
            return {symbol: len(ids) for symbol, ids in found.items()}
        token = page[-1]["id"]


def by_http():
    everything = get("/orders?status=all&limit=500")
    return {
        "orders": {o["client_order_id"]: [o["status"], o["filled_qty"]] for o in everything},
        "open": [o["client_order_id"] for o in get("/orders?status=open&limit=500")],
        "positions": {p["symbol"]: p["qty"] for p in get("/positions")},
    }


def by_package():
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import QueryOrderStatus
    from alpaca.trading.requests import GetOrdersRequest

    client = TradingClient(KEY, SECRET, paper=True, url_override=BASE)
    everything = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=500))
    still = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=500))
    assert client.get_clock().is_open
    assert {a.symbol for a in client.get_all_assets()} >= {o.symbol for o in everything}
    assert str(client.get_account().status.value) == "ACTIVE"
    return {
        "orders": {o.client_order_id: [o.status.value, str(o.filled_qty)] for o in everything},
        "open": [o.client_order_id for o in still],
        "positions": {p.symbol: str(p.qty) for p in client.get_all_positions()},
    }


print(json.dumps({**(by_package() if "--alpaca-py" in sys.argv else by_http()), "fills": fills()}))
