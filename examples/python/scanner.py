"""Reads books from Redis and publishes a signal when one side of a book is clearly heavier."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from agent import Stop, options, report
from relay_sdk import Relay, RelayError
from relay_sdk.redis import Book, BookReader, StaleBook, connect


def signal_of(book: Book, threshold: Decimal) -> dict[str, object] | None:
    """BUY when the bids are heavier by the threshold, SELL when the asks are; None in between."""
    bids = sum((qty for _, qty in book.bids), Decimal(0))
    asks = sum((qty for _, qty in book.asks), Decimal(0))
    if not bids or not asks:
        return None
    imbalance = (bids - asks) / (bids + asks)
    if abs(imbalance) < threshold:
        return None
    side, price = ("BUY", book.asks[0][0]) if imbalance > 0 else ("SELL", book.bids[0][0])
    return {"symbol": book.symbol, "side": side, "price": price, "ver": book.ver, "imbalance": round(imbalance, 4)}


def main() -> None:
    parser = options(__doc__ or "", "scanner")
    parser.add_argument("--symbols", default="BTCUSDT", help="comma-separated")
    parser.add_argument("--interval-ms", type=int, default=100)
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--threshold", type=Decimal, default=Decimal("0.1"))
    args = parser.parse_args()
    stop, counters = Stop(args.duration), Counter[str]()
    seen: dict[str, int] = {}
    with connect(args.redis) as client, Relay(args.name, args.socket) as relay:
        reader = BookReader(client)
        while not stop.wait(args.interval_ms / 1000):
            for symbol in args.symbols.split(","):
                try:
                    book = reader.book(symbol, args.depth)
                except StaleBook as stale:
                    counters[f"stale_{stale.reason.lower()}"] += 1
                    continue
                counters["books"] += 1
                signal = signal_of(book, args.threshold) if seen.get(symbol) != book.ver else None
                seen[symbol] = book.ver
                if signal is not None:
                    try:
                        relay.publish(f"signals.{symbol}", signal, kind="signal", ttl=5.0)
                        counters["signals"] += 1
                    except RelayError as error:
                        counters[f"refused_{error.code.lower()}"] += 1
    report(args.name, counters, bus=relay.get_metrics())


if __name__ == "__main__":
    main()
