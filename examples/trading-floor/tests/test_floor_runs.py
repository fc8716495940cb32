"""The whole floor as processes: exchange, daemon, Redis, sidecar, a Java agent and six Python agents."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

RELAY = os.environ.get("RELAY_BIN", str(Path(__file__).resolve().parents[3] / "bin" / "relay"))
pytestmark = pytest.mark.integration


def relay(*arguments: str, code: int = 0) -> dict[str, Any]:
    done = subprocess.run([RELAY, *arguments], capture_output=True, text=True, timeout=240)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_floor_trades_some_cycles_and_ends_equal_to_the_exchange() -> None:
    with tempfile.TemporaryDirectory(prefix="rf-") as parent:
        folder = f"{parent}/s/floor"
        found = relay("floor", "--quick", "--dir", folder, "--duration", "8", "--json")
        assert (found["verdict"], found["differs"], found["violations"]) == ("pass", [], 0)
        assert Path(parent, "s").stat().st_mode & 0o077 == 0, "a daemon may have its data there"
        assert found["cycles"]["done"] >= 3
        assert found["fills"] >= 3
        assert found["executions_logged"] >= found["orders_filled"] > 0
        assert found["position_snapshots"] > 0
        assert abs(found["clock_offset_ms"]) < 1_000
        assert found["exchange_calls_saved"] > 50
        told = relay("report", "--dir", folder, "--json", "--svg", f"{folder}/profit.svg")
        assert told["fills"] == found["fills"]
        assert "<polyline" in Path(folder, "profit.svg").read_text()


def test_a_floor_that_is_interrupted_in_its_terminal_compares_before_it_ends() -> None:
    with tempfile.TemporaryDirectory(prefix="rf-") as folder:
        floor = subprocess.Popen(
            [RELAY, "floor", "--quick", "--dir", folder, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert floor.stderr is not None
        while not floor.stderr.readline().startswith("ready"):
            assert floor.poll() is None
        os.killpg(floor.pid, signal.SIGINT)  # as a terminal does: everybody of the group hears it
        out, err = floor.communicate(timeout=120)
        assert floor.returncode == 0, out + err
        assert json.loads(out)["verdict"] == "pass"


def test_a_floor_whose_processes_are_killed_ends_equal_to_the_exchange() -> None:
    with tempfile.TemporaryDirectory(prefix="rf-") as folder:
        results = Path(folder, "results.jsonl")
        found = relay("floor", "torture", "--runs", "3", "--results", str(results), "--json")
        assert (found["verdict"], found["runs"], found["failed"]) == ("pass", 3, [])
        assert sum(found["kills"].values()) >= 3
        again = relay("floor", "torture", "--runs", "3", "--results", str(results), "--json")
        assert again == found  # what the file has is not run again
