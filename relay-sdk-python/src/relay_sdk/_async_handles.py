"""What a caller of the asyncio client awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from relay_sdk._errors import RelayTimeout
from relay_sdk._handles import RECEIPT, REPLY, RESULT, Outcome, Receipt, Sending, Waitable
from relay_sdk._message import Reply


async def stage_reached(waitable: Waitable, stage: int, timeout: float | None) -> bool:
    """Waits on the loop until the stage is reached; False at the timeout."""
    if waitable._ready(stage):
        return True
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not future.done():
            future.set_result(None)

    if not waitable._watch(stage, wake):
        return True
    try:
        async with asyncio.timeout(timeout):
            await future
    except TimeoutError:
        return waitable._ready(stage)
    finally:
        waitable._unwatch(wake)
    return True


class AsyncSendHandle(Sending):
    """Awaitable receipt: `receipt = await handle`. Raises RelayRefused, or RelayClosed when the outcome stays unknown."""

    def __await__(self) -> Generator[Any, None, Receipt]:
        return self.result().__await__()

    async def result(self, timeout: float | None = None) -> Receipt:
        """The receipt; RelayTimeout after `timeout` seconds (the outcome is then unknown)."""
        if not await stage_reached(self, RECEIPT, timeout):
            raise RelayTimeout(f"No receipt within timeout_s={timeout} for {self._describe()}.")
        return self._receipt()

    async def outcome(self, timeout: float | None = None) -> Outcome:
        """The same as a value; "unknown" when the time is up."""
        await stage_reached(self, RECEIPT, timeout)
        return self._outcome()

    async def handled(self, timeout: float | None = None) -> Receipt:
        """Waits until the addressee has finished it; for messages sent with `want_result=True`."""
        if not await stage_reached(self, RESULT, timeout):
            raise RelayTimeout(f"Not handled within timeout_s={timeout}: {self._describe()}.")
        return self._handled()

    async def reply(self, timeout: float | None = None) -> Reply:
        """Waits for the answer of a request."""
        if not await stage_reached(self, REPLY, timeout):
            raise RelayTimeout(f"No reply within timeout_s={timeout} for {self._describe()}.")
        return self._answer()
