"""Every public call has a row in the scenario table or a reason why not; the page of adoption names real calls."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import scenarios
from relay_sdk import AsyncRelay, DeadLetters, Groups, Lanes, Message, Presence, Quotas, Relay
from relay_sdk._agents import Agents
from relay_sdk._latest import Latest
from relay_sdk._proposals import Proposals
from relay_sdk._state import SharedState
from relay_sdk._windows import Windows

ROOT = Path(__file__).resolve().parents[2]
CALLS = json.loads((ROOT / "protocol" / "scenarios" / "calls.json").read_text())
#: What the client gives out that has calls of its own.
DESKS: dict[str, type] = {
    "agents": Agents, "dead_letters": DeadLetters, "groups": Groups, "lanes": Lanes, "latest": Latest, "presence": Presence,
    "proposals": Proposals, "quotas": Quotas, "state": SharedState, "windows": Windows,
}  # fmt: skip


def public(client: type) -> set[str]:
    return {name for name in dir(client) if not name.startswith("_")}


def test_every_public_call_is_in_the_table_or_says_why_not() -> None:
    known = set(CALLS["calls"]) | set(CALLS["elsewhere"])
    assert public(Relay) <= known, "add a scenario, and the call to protocol/scenarios/calls.json"
    assert public(AsyncRelay) - {"serve", "room"} <= known


def test_the_steps_make_the_calls() -> None:
    table = {step["do"] for _, scenario in scenarios.load() for step in scenario["steps"]}
    for name, steps in CALLS["calls"].items():
        assert set(steps) <= table, name
        if name in public(Relay) and name not in ("on_pressure", "on_dead_letter"):
            bodies = "".join(inspect.getsource(getattr(scenarios.Runner, f"_do_{step}")) for step in steps)
            assert f".{name}(" in bodies or name in ("get_metrics", "dead_letters"), name


def test_every_call_of_every_desk_is_in_the_table_or_says_why_not() -> None:
    table = {step["do"] for _, scenario in scenarios.load() for step in scenario["steps"]}
    assert set(DESKS) == set(CALLS["desks"])
    for name, desk in DESKS.items():
        known = CALLS["desks"][name]
        assert [call for call in public(desk) if call not in known and f"{name}.{call}" not in CALLS["elsewhere"]] == [], name
        for call, steps in known.items():
            assert set(steps) <= table, f"{name}.{call}"


def python_cells() -> list[str]:
    lines = [line for line in (ROOT / "docs" / "adoption.md").read_text().splitlines() if line.startswith("| ")]
    rows = [re.split(r"(?<!\\)\|", line) for line in lines]
    return [row[3] for row in rows if len(row) > 4]


def has(client: type, name: str) -> bool:
    initial: Any = vars(client)["__init__"]
    return (
        hasattr(client, name) or f"self.{name} " in inspect.getsource(initial) or f"self.{name}:" in inspect.getsource(initial)
    )


def test_the_page_of_adoption_names_real_calls() -> None:
    cells = "".join(python_cells())
    named = set(re.findall(r"\brelay\.(\w+)", cells))
    assert {"send", "send_and_wait", "request", "publish", "shadow", "propose", "spawn", "release"} <= named
    assert [name for name in named if not has(Relay, name)] == []
    assert [name for name in re.findall(r"\bmessage\.(\w+)", cells) if not has(Message, name)] == []
