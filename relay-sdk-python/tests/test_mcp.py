"""`relay mcp` as a client sees it that we did not write: stdio and HTTP, the current revision and one with a handshake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relay_sdk import Relay
from relay_sdk.testing import LocalRelay, daemon_command, local_relay

pytestmark = pytest.mark.integration
TOOLS = ["send", "request", "receive", "ack", "inbox", "agents", "status", "dead_letters"]


@pytest.fixture(scope="module")
def bus() -> Iterator[LocalRelay]:
    with local_relay(timeout=30.0) as found:
        yield found


@pytest.fixture(scope="module")
def peer(bus: LocalRelay) -> Iterator[Relay]:
    with Relay("peer", bus.socket) as relay:
        relay.on("price", lambda message: {"bid": "100.5"})
        relay.start()
        yield relay


@pytest.fixture(scope="module")
def http(bus: LocalRelay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    token = tmp_path_factory.mktemp("mcp") / "token"
    server = subprocess.Popen(
        [*daemon_command(), "mcp", "--socket", bus.socket, "--as", "model", "--http", "0", "--http-token-file", str(token)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        ready = dict(part.partition("=")[::2] for part in server.stdout.readline().split())
        assert (ready["component"], ready["agent"]) == ("mcp", "model")
        assert ready["url"].startswith("http://127.0.0.1:")
        yield ["http", ready["url"], str(token)]
    finally:
        server.terminate()
        server.communicate(timeout=30)


def talk(peer: Relay, agent: str, mode: str, arguments: list[str]) -> dict[str, Any]:
    """What the client found; the agent is sent one message, which it receives and acks."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("mcp_client.py")), mode, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    ) as client:
        peer.wait_for_agent(agent, timeout=30)
        peer.send_and_wait(agent, "note", "for your eyes", timeout=30)
        assert client.stdout is not None
        found: dict[str, Any] = json.loads(client.stdout.read())
    return found


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_a_foreign_client_works_over_http(http: list[str], peer: Relay, mode: str, version: str) -> None:
    assert talk(peer, "model", mode, http) == expected("model", version)


def test_a_foreign_client_works_over_stdio(bus: LocalRelay, peer: Relay) -> None:
    command = [*daemon_command(), "mcp", "--socket", bus.socket, "--as", "desk-model"]
    assert talk(peer, "desk-model", "auto", ["stdio", *command]) == expected("desk-model", "2026-07-28")


def test_the_example_answers_a_question(http: list[str], peer: Relay) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "python" / "model_agent.py"
    with subprocess.Popen([sys.executable, str(example), *http[1:]], stdout=subprocess.PIPE, text=True) as model:
        answer = peer.request("model", "opinion", {"on": "BTC-USD"}, timeout=30).json()
        assert model.stdout is not None
        found = json.loads(model.stdout.read())
    assert (answer["view"], found) == ("hold", {"from": "peer", "kind": "opinion", "agent": "model"})


def expected(agent: str, version: str) -> dict[str, Any]:
    return {
        "tools": TOOLS,
        "agent": agent,
        "answer": {"bid": "100.5"},
        "received": ["peer", "for your eyes"],
        "acked": True,
        "refused": "UNAUTHORIZED",
        "version": version,
    }
