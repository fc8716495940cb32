"""Signals of the main thread while it is inside of the session.

A handler of the application may raise at any byte code, as that of Ctrl-C does; inside the session it would leave a number
given and its message lost. While the shield is up, handlers are replaced by one that notes the signal and makes the wait
end; lowered, it puts them back and has each signal that came raised again. Main thread only, which alone may set handlers, so
nobody sees the difference.
"""

from __future__ import annotations

import importlib
import signal
from asyncio import unix_events
from collections.abc import Callable
from types import FrameType
from typing import Any

_c = importlib.import_module("_signal")  # signal.getsignal makes an enum of each answer: 20 times as slow
_get: Callable[[int], Any] = _c.getsignal
_set: Callable[[int, Any], Any] = _c.signal
_HARMLESS = getattr(unix_events, "_sighandler_noop", None)  # a loop reads its signals from a pipe
_NUMBERS = tuple(sorted(int(n) for n in signal.valid_signals() if n not in (signal.SIGKILL, signal.SIGSTOP)))


class SignalShield:
    """See the module. `wake` ends the main thread's wait. What a lowering leaves behind that was cut short passes through."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._is_up = False
        self._replaced: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._mine = self._hold
        self._came: list[int] = []

    @property
    def is_hit(self) -> bool:
        """A signal has come that waits for the lowering."""
        return bool(self._came)

    def up(self) -> None:
        self._is_up = True
        for number in _NUMBERS:
            handler = _get(number)
            if callable(handler) and handler is not self._mine and handler is not _HARMLESS:
                self._replaced[number] = handler
                _set(number, self._mine)

    def down(self) -> None:
        self._is_up = False
        for number in reversed(tuple(self._replaced)):  # the highest first: Ctrl-C, which mostly raises, is among the last
            _set(number, self._replaced[number])
            del self._replaced[number]
        while self._came:
            signal.raise_signal(self._came.pop(0))

    def forked(self) -> None:
        """In the child nobody lowers it."""
        self._is_up = False

    def _hold(self, number: int, frame: FrameType | None) -> None:
        if self._is_up:
            self._came.append(number)
            self._wake()
        else:
            self._replaced[number](number, frame)
