"""The examples of what agents share, and those of adoption, on a real daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relay_sdk.testing import LocalRelay, local_relay

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def bus() -> Iterator[LocalRelay]:
    with local_relay() as daemon:
        yield daemon


def run(bus: LocalRelay, script: str) -> dict[str, Any]:
    command = [sys.executable, str(EXAMPLES / script), "--socket", bus.socket]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert child.returncode == 0, child.stderr
    found: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


def test_a_grid_sees_state_prices_and_ticks(bus: LocalRelay) -> None:
    found = run(bus, "python/team_state.py")
    assert found["whole"] == {"symbols": ["BTC-USD", "ETH-USD"], "confidence": 0.5, "signals": 0}
    assert (found["changed"], found["confidence"]) == (["confidence", "signals"], 0.85)
    assert (found["price"], found["ticks"]) == ({"bid": "64050"}, [48, 49, 50])


def test_voters_decide_by_their_limits(bus: LocalRelay) -> None:
    found = run(bus, "python/team_vote.py")["rulings"]
    assert {value: ruling["approved"] for value, ruling in found.items()} == {"10000": True, "30000": False, "90000": False}
    assert found["10000"]["reasons"] == ["within my limit", "within my limit"]


def test_a_breaker_holds_what_fails_and_gives_it_in_order(bus: LocalRelay) -> None:
    found = run(bus, "python/team_breaker.py")
    assert (found["breaker"], found["in_order"], found["desks"]) == ("open", True, 5)
    assert found["beside"] == {"px": "64000.10"}
    assert "breaker" in " ".join(found["reasons"])


def test_an_asyncio_service_is_an_agent(bus: LocalRelay) -> None:
    found = run(bus, "adoption/asyncio_service.py")
    assert found == {"answer": {"symbol": "BTC-USD", "px": "64000.10"}, "state": {"ready": True}}


def test_a_notebook_is_an_agent(bus: LocalRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells as one script: what a kernel would run, in their order."""
    notebook = json.loads((EXAMPLES / "adoption" / "notebook.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    script = "\n".join(cells) + "\nimport json\nprint(json.dumps([got, state, window]))\n"
    environment = os.environ | {"RELAY_SOCKET": bus.socket}
    child = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert child.returncode == 0, child.stderr
    signal = {"symbol": "BTC-USD", "side": "BUY"}
    assert json.loads(child.stdout.splitlines()[-1]) == [[signal], {"cell": 4, "signals": 1}, [signal]]
