"""Steps of the scenario table about what agents share: states, latest values, windows, proposals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from conftest import eventually
from relay_sdk import Decision, LatestValue, Relay, StateChange, Vote

Step = dict[str, Any]


class SharedSteps:
    """Mixed into the runner, which knows the agents."""

    _agent: Callable[[Step], Any]
    _name: Callable[[str, Step], str]
    _topic: Callable[[str], str]
    _expect: Callable[[Step, Callable[[], object]], None]
    _proposal = 0

    @cached_property
    def _watched(self) -> dict[tuple[str, str], StateChange]:
        return {}

    @cached_property
    def _latest(self) -> dict[tuple[str, str, str], LatestValue]:
        return {}

    def _do_update_state(self, step: Step) -> None:
        self._expect(step, lambda: self._relay(step).update_state(step.get("set"), step.get("remove", ())))

    def _do_replace_state(self, step: Step) -> None:
        self._expect(step, lambda: self._relay(step).state.replace(step["set"]))

    def _do_expect_state(self, step: Step) -> None:
        def ask() -> None:
            found = self._relay(step).get_state(self._name(step["of"], step))
            assert "state" not in step or found == step["state"]

        self._expect(step, ask)

    def _do_watch_state(self, step: Step) -> None:
        relay = self._relay(step)

        def keep(change: StateChange) -> None:
            self._watched[relay.name, change.agent] = change

        self._expect(step, lambda: relay.watch_state(self._name(step["pattern"], step), keep))

    def _do_expect_watched_state(self, step: Step) -> None:
        key = (self._relay(step).name, self._name(step["of"], step))
        eventually(lambda: key in self._watched and self._watched[key].state == step["state"], f"{step}")

    def _do_unwatch_state(self, step: Step) -> None:
        self._relay(step).state.unwatch(self._name(step["pattern"], step))

    def _do_latest_put(self, step: Step) -> None:
        relay, topic = self._relay(step), self._topic(step["topic"])
        for key, value in step["values"].items():
            relay.latest.put(topic, key, value)

    def _do_watch_latest(self, step: Step) -> None:
        relay = self._relay(step)

        def keep(value: LatestValue) -> None:
            self._latest[relay.name, value.topic, value.key] = value

        self._expect(step, lambda: relay.latest.watch(self._topic(step["topic"]), keep))

    def _do_expect_latest(self, step: Step) -> None:
        relay, topic = self._relay(step), self._topic(step["topic"])

        def found() -> dict[str, Any]:
            return {key: v.value for (who, t, key), v in list(self._latest.items()) if (who, t) == (relay.name, topic)}

        eventually(lambda: found() == step["values"], f"{step}")

    def _do_expect_latest_now(self, step: Step) -> None:
        relay, topic = self._relay(step), self._topic(step["topic"])
        eventually(lambda: {key: v.value for key, v in relay.latest.get(topic).items()} == step["values"], f"{step}")

    def _do_flush_latest(self, step: Step) -> None:
        assert self._relay(step).latest.flush(5.0)

    def _do_unwatch_latest(self, step: Step) -> None:
        self._relay(step).latest.unwatch(self._topic(step["topic"]))

    def _do_window_set(self, step: Step) -> None:
        windows = self._relay(step).windows()
        self._expect(step, lambda: windows.set(self._topic(step["topic"]), count=step["count"], size=step["bytes"]))

    def _do_window_append(self, step: Step) -> None:
        windows = self._relay(step).windows()
        self._expect(step, lambda: windows.append(self._topic(step["topic"]), *step["values"]))

    def _do_expect_window(self, step: Step) -> None:
        def read() -> None:
            entries = self._relay(step).windows().read(self._topic(step["topic"]), step["last"])
            assert "values" not in step or [entry.value for entry in entries] == step["values"]

        self._expect(step, read)

    def _do_on_question(self, step: Step) -> None:
        self._relay(step).proposals().on_question(lambda _: Vote(step["vote"], step.get("reason", "")))

    def _do_propose(self, step: Step) -> None:
        def propose() -> None:
            relay, timeout, threshold = self._relay(step), step["timeout_ms"] / 1000, step.get("threshold", 0)
            decision = relay.propose(step["title"], self._voters(step), step["rule"], timeout, threshold=threshold)
            self._decided(step, decision)

        self._expect(step, propose)

    def _do_open_proposal(self, step: Step) -> None:
        proposals, timeout = self._relay(step).proposals(), step["timeout_ms"] / 1000
        threshold = step.get("threshold", 0)
        self._proposal = proposals.open(step["title"], self._voters(step), step["rule"], timeout, threshold=threshold)

    def _do_vote(self, step: Step) -> None:
        proposals = self._relay(step).proposals()
        self._expect(step, lambda: proposals.vote(self._proposal, step["vote"], step.get("reason", "")))

    def _do_expect_proposal(self, step: Step) -> None:
        assert self._relay(step).proposals().get(self._proposal)[step["field"]] == step["value"]

    def _do_expect_proposals(self, step: Step) -> None:
        relay = self._relay(step)
        assert [row["title"] for row in relay.proposals().list() if row["by"] == relay.name] == step["titles"]

    def _do_expect_decision(self, step: Step) -> None:
        self._decided(step, self._relay(step).proposals().wait(self._proposal, step["timeout_ms"] / 1000))

    def _decided(self, step: Step, decision: Decision) -> None:
        assert (decision.approved, decision.why) == (step["decision"] == "approved", step["why"])
        if "reasons" in step:
            reasons = {self._name(voter, step): reason for voter, reason in step["reasons"].items()}
            assert {voter: vote.reason for voter, vote in decision.votes.items()} == reasons

    def _voters(self, step: Step) -> list[str] | dict[str, int]:
        if "weights" in step:
            return {self._name(name, step): weight for name, weight in step["weights"].items()}
        return [self._name(name, step) for name in step["voters"]]

    def _relay(self, step: Step) -> Relay:
        relay: Relay = self._agent(step).relay
        return relay
