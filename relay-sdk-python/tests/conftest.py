from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from fake_daemon import FakeDaemon


@pytest.fixture
def daemon() -> Iterator[FakeDaemon]:
    fake = FakeDaemon()
    yield fake
    fake.close()


_pause = threading.Event()


def eventually(condition: Callable[[], bool], what: str, deadline_s: float = 5.0) -> None:
    """Polls until the condition holds; fails with `what` at the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        _pause.wait(0.002)
