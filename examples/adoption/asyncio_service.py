"""An asyncio service that is an agent too: it starts and ends with the service's own task group and shares its loop.

The adapter is `serve_with`: whatever the framework, start the client before the service takes work and close it after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from relay_sdk import AsyncRelay, Message


@asynccontextmanager
async def serve_with(name: str, socket: str | None) -> AsyncIterator[AsyncRelay]:
    """The life of the client inside the life of the service, as a lifespan hook of any framework takes it."""
    relay = AsyncRelay(name, socket)
    relay.on("price", lambda message: price_of(message))
    async with relay:
        await relay.start()
        await relay.update_state({"ready": True})
        yield relay
        await relay.update_state({"ready": False})


async def price_of(message: Message) -> dict[str, Any]:
    """Answers a request."""
    await asyncio.sleep(0)
    return {"symbol": message.json()["symbol"], "px": "64000.10"}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket")
    args = parser.parse_args()
    async with (
        serve_with("pricer", args.socket) as service,
        AsyncRelay("asker", args.socket) as asker,
    ):
        answer = await asker.request(
            "pricer", "price", {"symbol": "BTC-USD"}, timeout=5.0
        )
        state = await asker.get_state(service.name)
        print(json.dumps({"answer": answer.json(), "state": state}))


if __name__ == "__main__":
    asyncio.run(main())
