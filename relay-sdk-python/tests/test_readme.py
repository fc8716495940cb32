"""Every Python block of the READMEs and of the pages on interests and groups, run on a real daemon, with its other agents."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay_sdk import Message, Relay
from relay_sdk.testing import LocalRelay, local_relay

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "relay-sdk-python" / "README.md",
    ROOT / "docs" / "interests.md",
    ROOT / "docs" / "groups.md",
)


def blocks() -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)):
            found.append(
                (f"{document.parent.name}-{document.stem}-{number}", code if "import Relay" in code else connected(code))
            )
    assert len(found) >= 3
    return found


def connected(code: str) -> str:
    """A page that shows single calls has said before that `relay` is a connected client."""
    made = "" if "relay = Relay(" in code else 'relay = Relay("reader")\n'
    return f"from relay_sdk import Relay\ndef book(*_):\n    pass\nprice = book\n{made}{code}\nrelay.close()\n"


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalRelay]:
    with local_relay() as found:
        yield found


@pytest.mark.parametrize("code", [code for _, code in blocks()], ids=[name for name, _ in blocks()])
def test_an_example_runs(daemon: LocalRelay, code: str, tmp_path: Path) -> None:
    """Scripts must end by themselves; an app (`app.run()`) must serve until SIGTERM and then end well."""
    serves = "app.run()" in code
    others = [name for name in ("risk", "executor", "risk-1", "feed-1") if f'Relay("{name}"' not in code]
    agents = [Relay(name, daemon.socket, close_timeout=1.0) for name in others]
    try:
        for agent in agents:
            agent.on("*", answer)
            agent.start()
        child = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", 'fill = {"symbol": "BTC-USDT", "quantity": "0.1"}\n' + code],
            env=os.environ | {"RELAY_SOCKET": daemon.socket},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if serves:
            await_served(daemon, child)
            child.terminate()
        printed, _ = child.communicate(timeout=60)
        assert child.returncode == 0, printed
    finally:
        for agent in agents:
            agent.close()


def answer(message: Message) -> dict[str, str] | None:
    return {"exposure": "0.10"} if message.is_request else None


def await_served(daemon: LocalRelay, child: subprocess.Popen[str]) -> None:
    pause, end = threading.Event(), time.monotonic() + 30
    with Relay("readme-asker", daemon.socket) as asker:
        while "risk" not in {a["name"] for a in asker.control("agents")["agents"] if a["connected"]}:
            assert child.poll() is None, child.communicate()[0]
            assert time.monotonic() < end, "the app never connected"
            pause.wait(0.02)
