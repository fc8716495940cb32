"""What the example agents share: their options, a clean end, and the line of counters at it."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections import Counter
from typing import Any


def options(about: str, name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--name", default=name, help="name on the bus")
    parser.add_argument("--socket", help="the daemon's socket (default: $RELAY_SOCKET, then the run directory)")
    parser.add_argument("--redis", help="socket path or host:port (default: redis.json of the run directory)")
    parser.add_argument("--duration", type=float, help="seconds to run (default: until SIGTERM)")
    return parser


class Stop:
    """Set by SIGTERM, SIGINT or the end of the duration."""

    def __init__(self, duration: float | None) -> None:
        self._event = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._event.set())
        if duration is not None:
            timer = threading.Timer(duration, self._event.set)
            timer.daemon = True
            timer.start()

    def wait(self, seconds: float | None = None) -> bool:
        """True when it is time to end."""
        return self._event.wait(seconds)


def report(name: str, counters: Counter[str], **more: Any) -> None:
    """The one JSON line at the end."""
    print(json.dumps({"agent": name, **counters, **more}, default=str), flush=True)
