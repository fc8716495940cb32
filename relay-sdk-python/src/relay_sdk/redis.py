"""Readers of the sidecar's books, trades, orders and positions (`pip install 'relay-sdk[redis]'`)."""

from relay_sdk._readers import (
    Book,
    BookReader,
    OrderReader,
    Position,
    PositionReader,
    StaleBook,
    TapeReader,
    Ticker,
    Trade,
    connect,
)

__all__ = [
    "Book",
    "BookReader",
    "OrderReader",
    "Position",
    "PositionReader",
    "StaleBook",
    "TapeReader",
    "Ticker",
    "Trade",
    "connect",
]
