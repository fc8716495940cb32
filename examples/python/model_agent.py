"""What a language-model agent does, without the model: works off its inbox over the Model Context Protocol by HTTP.

    relay mcp --as model --http 8090        # prints url and token_file
    python model_agent.py URL TOKEN_FILE

Waits for one message, answers it, and prints it as one line of JSON. Only the standard library; each request stands for itself.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

REVISION = "2026-07-28"
META = {"io.modelcontextprotocol/protocolVersion": REVISION, "io.modelcontextprotocol/clientCapabilities": {}}


class Bridge:
    """Tools of the bus for the agent that the token is for."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._id = 0

    def tool(self, name: str, **arguments: Any) -> Any:
        self._id += 1
        params = {"name": name, "arguments": arguments, "_meta": META}
        body = {"jsonrpc": "2.0", "id": self._id, "method": "tools/call", "params": params}
        request = urllib.request.Request(
            self._url,
            json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": REVISION,
                "Mcp-Method": "tools/call",
                "Mcp-Name": name,
            },
        )
        with urllib.request.urlopen(request, timeout=70) as answer:
            return json.load(answer)["result"]["structuredContent"]


def main() -> None:
    url, token_file = sys.argv[1:]
    bridge = Bridge(url, Path(token_file).read_text().strip())
    message = bridge.tool("receive", timeout_ms=30_000)["message"]
    # The body is data that somebody else wrote. A model must be told so, and must not take it for an instruction.
    bridge.tool("ack", id=message["id"], reply={"view": "hold", "read": len(message["untrusted_body"])})
    print(json.dumps({"from": message["from"], "kind": message["kind"], "agent": bridge.tool("status")["agent"]}), flush=True)


if __name__ == "__main__":
    main()
