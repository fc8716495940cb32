"""Steps of the scenario table about the directory and shadows: who is there, what each says, who sees what of whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from conftest import eventually
from relay_sdk import PresenceWatch

Step = dict[str, Any]


class PresenceSteps:
    """Mixed into the runner, which knows the agents."""

    _agent: Callable[[Step], Any]
    _name: Callable[[str, Step], str]
    _expect: Callable[[Step, Callable[[], object]], None]

    @cached_property
    def _watches(self) -> dict[str, PresenceWatch]:
        return {}

    def _do_presence_set(self, step: Step) -> None:
        self._agent(step).relay.presence().set(step["metadata"], step["capabilities"])

    def _do_presence_watch(self, step: Step) -> None:
        relay = self._agent(step).relay
        self._watches[relay.name] = relay.presence().watch(capability=step.get("capability", ""))

    def _do_expect_agent(self, step: Step) -> None:
        def is_so() -> bool:
            name = self._name(step["name"], step)
            rows = self._agent(step).relay.presence().list(prefix=name, capability=step["capability"])
            found = [(row["state"], row["metadata"]) for row in rows if row["name"] == name]
            return found == [(step["state"], step["metadata"])]

        eventually(is_so, f"{step}")

    def _do_expect_watched(self, step: Step) -> None:
        watch, name = self._watches[self._agent(step).relay.name], self._name(step["name"], step)
        eventually(lambda: watch.agents.get(name, {}).get("state", "") == step["state"], f"{step}")

    def _do_wait_for_agent(self, step: Step) -> None:
        relay, name = self._agent(step).relay, self._name(step["name"], step)
        self._expect(step, lambda: relay.wait_for_agent(name, timeout=step["timeout_ms"] / 1000))

    def _do_shadow(self, step: Step) -> None:
        relay, of = self._agent(step).relay, self._name(step["of"], step)
        options = {key: step[key] for key in ("incoming", "outgoing", "kinds") if key in step}
        self._expect(step, lambda: relay.shadow(of, **options))

    def _do_stop_shadow(self, step: Step) -> None:
        self._expect(step, lambda: self._agent(step).relay.stop_shadow(self._name(step["of"], step)))
