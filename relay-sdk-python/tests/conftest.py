from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from fake_daemon import FakeDaemon

# A busy machine makes single draws slow; the properties have no deadline of their own.
settings.register_profile("relay", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("relay")


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
