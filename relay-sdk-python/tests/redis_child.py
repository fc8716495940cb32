"""A redis-server of its own on a Unix socket, and books written as the sidecar writes them."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from typing import Any

import redis

from conftest import eventually

VENUE = "BINANCE"
Side = list[tuple[str, str]]


@contextlib.contextmanager
def redis_child() -> Iterator[str]:
    """Path of its socket."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    assert binary is not None, "these tests need redis-server or valkey-server on the PATH"
    folder = tempfile.mkdtemp(prefix="relay-redis-")
    path = f"{folder}/redis.sock"
    child = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", path, "--save", "", "--dir", folder], stdout=subprocess.DEVNULL
    )
    try:
        with redis.Redis(unix_socket_path=path) as client:

            def answers() -> bool:
                with contextlib.suppress(redis.ConnectionError):
                    return bool(client.ping())
                return False

            eventually(answers, "redis-server answers", 10)
        yield path
    finally:
        child.terminate()
        child.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def write_book(client: redis.Redis, symbol: str, bids: Side, asks: Side, **meta: str) -> None:
    """One version of a book, alive now, unless `meta` says otherwise."""
    seconds, micros = client.time()
    fields: dict[str | bytes | bytearray | memoryview | int | float, Any] = {
        "ver": "1", "epoch": "1", "seq": "1", "status": "LIVE", "nb": str(len(bids)), "na": str(len(asks)),
        "alive": str(seconds * 1000 + micros // 1000), "proven": "100", "frames": "1",
    }  # fmt: skip
    pipe = client.pipeline()
    pipe.delete(f"book:{symbol}:bids", f"book:{symbol}:asks", f"book:{symbol}:meta")
    for side, levels in (("bids", bids), ("asks", asks)):
        for price, quantity in levels:
            pipe.zadd(f"book:{symbol}:{side}", {f"{price}:{quantity}": float(price)})
    pipe.hset(f"book:{symbol}:meta", mapping=fields | meta)
    pipe.set(f"sidecar:alive:{VENUE}", "1", px=60_000)
    pipe.execute()
