"""Steps of the scenario table about operating agents: hold and let go, stop all, command, start and end, how they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from conftest import eventually
from relay_sdk import Relay

Step = dict[str, Any]
Row = dict[str, Any]


class TeamSteps:
    """Mixed into the runner, which knows the agents."""

    _agent: Callable[[Step], Any]
    _name: Callable[[str, Step], str]
    _expect: Callable[[Step, Callable[[], object]], None]

    @cached_property
    def _events(self) -> dict[tuple[str, str], list[Row]]:
        return {}

    def _do_pause(self, step: Step) -> None:
        def pause() -> None:
            relay, of = self._client(step), self._name(step["of"], step)
            if "sender" in step:
                changed = relay.agents().pause(of, sender=self._name(step["sender"], step))
            else:
                changed = relay.pause(of, "by the scenario")
            assert changed == step["changed"]

        self._expect(step, pause)

    def _do_resume(self, step: Step) -> None:
        def resume() -> None:
            relay, of = self._client(step), self._name(step["of"], step)
            if "sender" in step:
                changed = relay.agents().resume(of, sender=self._name(step["sender"], step))
            else:
                changed = relay.resume(of)
            assert changed == step["changed"]

        self._expect(step, resume)

    def _do_emergency_stop(self, step: Step) -> None:
        def stop() -> None:
            assert self._client(step).emergency_stop("by the scenario")["kill_switch"] == step["kill_switch"]

        self._expect(step, stop)

    def _do_on_command(self, step: Step) -> None:
        self._client(step).on_command(step["command"], lambda args: args)

    def _do_send_command(self, step: Step) -> None:
        def command() -> None:
            relay, of = self._client(step), self._name(step["of"], step)
            assert relay.send_command(of, step["command"], step["args"], timeout=_wait(step)).json() == step["reply"]

        self._expect(step, command)

    def _do_spawn(self, step: Step) -> None:
        self._row(step, lambda: self._client(step).spawn(step["template"], step["name"], timeout=_wait(step)))

    def _do_release(self, step: Step) -> None:
        self._row(step, lambda: self._client(step).release(step["name"], timeout=_wait(step)))

    def _do_restart(self, step: Step) -> None:
        self._row(step, lambda: self._client(step).restart(step["name"], timeout=_wait(step)))

    def _row(self, step: Step, call: Callable[[], Row]) -> None:
        """A row that the supervisor answered has at least these fields."""

        def check() -> None:
            found = call()
            assert found == found | step["row"]

        self._expect(step, check)

    def _do_wait_for_ready(self, step: Step) -> None:
        def ready() -> None:
            assert self._client(step).wait_for_ready(self._name(step["name"], step), _wait(step))["state"] == "connected"

        self._expect(step, ready)

    def _do_watch_events(self, step: Step) -> None:
        relay = self._client(step)
        seen = self._events.setdefault((relay.name, step["event"]), [])
        relay.on_event(step["event"], seen.append)

    def _do_expect_event(self, step: Step) -> None:
        seen = self._events[self._client(step).name, step["event"]]
        eventually(lambda: any(event.get(step["field"]) == step["value"] for event in seen), f"{step}")

    def _do_expect_agent_health(self, step: Step) -> None:
        def look() -> None:
            assert self._client(step).get_health(self._name(step["of"], step))["level"] == step["level"]

        self._expect(step, look)

    def _do_expect_agent_metric(self, step: Step) -> None:
        relay, of = self._client(step), self._name(step["of"], step)
        eventually(lambda: relay.get_metrics(of)[step["name"]] == step["value"], f"{step}")

    def _do_resume_all(self, step: Step) -> None:
        self._client(step).agents().resume_all()

    def _do_gauges(self, step: Step) -> None:
        self._expect(step, lambda: self._client(step).agents().gauges(**step["values"]))

    def _do_expect_breakers(self, step: Step) -> None:
        of, rows = self._name(step["of"], step), self._client(step).agents().breakers()
        assert [row["state"] for row in rows if (row["agent"], row["scope"]) == (of, "agent")] == step["states"]

    def _do_reset_breaker(self, step: Step) -> None:
        self._expect(step, lambda: self._client(step).agents().reset_breaker(self._name(step["of"], step)))

    def _do_expect_supervised(self, step: Step) -> None:
        assert [row["name"] for row in self._client(step).agents().supervised()] == step["names"]

    def _do_expect_logs(self, step: Step) -> None:
        assert self._client(step).agents().logs(step["name"]) == step["lines"]

    def _do_subscribe_many(self, step: Step) -> None:
        def subscribe() -> None:
            for number in range(step["count"]):
                self._client(step).subscribe(f"many.{self._name('', step)}{number}", False)

        self._expect(step, subscribe)

    def _do_expect_connected(self, step: Step) -> None:
        assert self._client(step).get_health()["connected"] == step["connected"]

    def _client(self, step: Step) -> Relay:
        relay: Relay = self._agent(step).relay
        return relay


def _wait(step: Step) -> float:
    return float(step.get("timeout_ms", 5000)) / 1000
