"""Readers of the sidecar's books, orders and positions (`pip install 'relay-sdk[redis]'`)."""

from relay_sdk._readers import Book, BookReader, OrderReader, Position, PositionReader, StaleBook, connect

__all__ = ["Book", "BookReader", "OrderReader", "Position", "PositionReader", "StaleBook", "connect"]
