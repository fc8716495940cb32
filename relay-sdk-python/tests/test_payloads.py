"""What a payload may be, and what is refused before it is sent."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from fake_daemon import FakeDaemon
from relay_sdk import Relay
from relay_sdk import _protocol as p


@dataclass
class Fill:
    px: Decimal
    tags: tuple[str, ...]


@pytest.fixture
def relay(daemon: FakeDaemon) -> Iterator[Relay]:
    with Relay("scanner", daemon.path, close_timeout=0.0) as client:
        yield client


@pytest.mark.parametrize(
    ("payload", "data", "content"),
    [
        (None, b"null", p.CONTENT_JSON),
        (b"", b"", p.CONTENT_BYTES),
        (memoryview(b"ab"), b"ab", p.CONTENT_BYTES),
        ("\u20ac", b"\xe2\x82\xac", p.CONTENT_TEXT),
        (1 << 80, b"1208925819614629174706176", p.CONTENT_JSON),
        (Fill(Decimal("0.10"), ("a",)), b'{"px":"0.10","tags":["a"]}', p.CONTENT_JSON),
    ],
)
def test_payloads_arrive_as_what_they_are(relay: Relay, daemon: FakeDaemon, payload: Any, data: bytes, content: int) -> None:
    relay.send("risk", "k", payload)
    frame = daemon.peer().expect("SEND")
    assert (frame["payload"], frame["content"]) == (data, content)


@pytest.mark.parametrize(
    "payload", [math.nan, {"px": math.inf}, [-math.inf], datetime.datetime(2026, 1, 1), {1, 2}, {"s": "\ud800"}, object()]
)
def test_what_no_reader_could_parse_is_refused_before_it_has_a_number(relay: Relay, daemon: FakeDaemon, payload: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        relay.send("risk", "k", payload)
    relay.send("risk", "k", 1)
    frame = daemon.peer().expect("SEND")
    assert (frame["seq"], frame["payload"]) == (1, b"1")


@pytest.mark.parametrize("ttl", [0, -1.0, 0.0009, math.nan, math.inf, 1e12])
def test_an_age_limit_out_of_range_says_what_is_allowed(relay: Relay, ttl: float) -> None:
    with pytest.raises(ValueError, match=r"allowed is 0\.001 to"):
        relay.send("risk", "k", ttl=ttl)
