"""A client of the Model Context Protocol that is not ours (the package `mcp`), against `relay mcp`: prints one JSON line.

Arguments: stdio COMMAND..., or http URL TOKEN_FILE. A process of its own: its dependencies warn, which fails our tests.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client  # type: ignore[attr-defined]

Connect = Callable[[], Any]


async def conversation(client: Client) -> dict[str, Any]:
    async def tool(name: str, arguments: dict[str, Any] | None = None) -> Any:
        return (await client.call_tool(name, arguments or {})).structured_content

    listed = await client.list_tools()
    asked = await tool("request", {"to": "peer", "kind": "price", "body": {}})
    received = (await tool("receive", {"timeout_ms": 10_000}))["message"]
    acked = await tool("ack", {"id": received["id"]})
    refused = await tool("send", {"to": "sidecar", "kind": "orders.place", "body": {}})
    return {
        "tools": [each.name for each in listed.tools],
        "agent": (await tool("status"))["agent"],
        "answer": json.loads(asked["untrusted_body"]),
        "received": [received["from"], received["untrusted_body"]],
        "acked": acked["ok"],
        "refused": refused["code"],
    }


def connect(arguments: list[str]) -> Connect:
    if arguments[0] == "stdio":
        server = StdioServerParameters(command=arguments[1], args=arguments[2:])
        return lambda: stdio_client(server)
    token = Path(arguments[2]).read_text().strip()
    return lambda: streamable_http_client(
        arguments[1], http_client=create_mcp_http_client(headers={"Authorization": f"Bearer {token}"})
    )


async def main() -> None:
    mode, arguments = sys.argv[1], sys.argv[2:]
    async with Client(connect(arguments)(), mode=mode) as client:
        found = await conversation(client)
        found["version"] = client.protocol_version
    print(json.dumps(found))


asyncio.run(main())
