"""Runs the scenario table that all SDKs share (`protocol/scenarios/README.md`) on the synchronous client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import eventually
from relay_sdk import Message, Reject, Relay, RelayDeadLettered, RelayError, RelayRemoteError, RelayTimeout, SendHandle

TABLE = Path(__file__).resolve().parents[2] / "protocol" / "scenarios" / "scenarios.json"
WAIT = 10.0
Step = dict[str, Any]


def load() -> list[tuple[int, dict[str, Any]]]:
    """Each scenario with its index, which makes its prefix."""
    found = json.loads(TABLE.read_text())["scenarios"]
    assert found
    return list(enumerate(found))


class Agent:
    """A connected agent and what its handlers have recorded."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.received: list[tuple[str, Message]] = []
        self.gate = threading.Event()
        self.sent: list[SendHandle] = []

    def values(self, tag: str) -> list[Any]:
        return [message.json() for name, message in list(self.received) if name == tag]


class Runner:
    """One scenario: its agents by key, its prefix."""

    def __init__(self, socket: str, index: int) -> None:
        self._socket = socket
        self._index = index
        self._agents: dict[str, Agent] = {}

    def run(self, steps: list[Step]) -> None:
        try:
            for number, step in enumerate(steps):
                try:
                    getattr(self, f"_do_{step['do']}")(step)
                except (AssertionError, RelayError) as error:
                    raise AssertionError(f"step {number} {step}: {error}") from error
        finally:
            for agent in self._agents.values():
                agent.gate.set()
            for agent in self._agents.values():
                agent.relay.close()

    # ---- steps ----

    def _do_connect(self, step: Step) -> None:
        def connect() -> None:
            relay = Relay(self._name(step["agent"], step), self._socket, close_timeout=3.0)
            self._agents[str(step.get("as", step["agent"]))] = Agent(relay)

        self._expect(step, connect)

    def _do_on(self, step: Step) -> None:
        agent, tag = self._agent(step), str(step.get("tag", step["kind"]))
        body = self._handler(agent, step)

        def handle(message: Message) -> Any:
            agent.received.append((tag, message))
            return body(message)

        sender = self._name(step["sender"], step) if "sender" in step else None
        topic = self._topic(step["topic"]) if "topic" in step else None
        agent.relay.on(step["kind"], handle, sender=sender, topic=topic, ack=step.get("ack"))

    def _do_start(self, step: Step) -> None:
        self._agent(step).relay.start()

    def _do_send(self, step: Step) -> None:
        agent, to = self._agent(step), self._name(step["to"], step)
        payloads = [bytes(step["bytes"])] if "bytes" in step else step["values"]
        self._settle(step, agent, lambda value: agent.relay.send(to, step["kind"], value, **_as_json(value)), payloads)

    def _do_publish(self, step: Step) -> None:
        agent, topic = self._agent(step), self._topic(step["topic"])
        self._settle(
            step,
            agent,
            lambda value: agent.relay.publish(topic, value, kind=step["kind"], **_as_json(value)),
            step["values"],
        )

    def _do_send_and_wait(self, step: Step) -> None:
        relay, to, timeout = self._agent(step).relay, self._name(step["to"], step), step["timeout_ms"] / 1000
        value = step["value"]
        self._expect(step, lambda: relay.send_and_wait(to, step["kind"], value, timeout=timeout, **_as_json(value)))

    def _do_request(self, step: Step) -> None:
        relay, to, timeout = self._agent(step).relay, self._name(step["to"], step), step["timeout_ms"] / 1000
        value, answers = step["value"], []

        def ask() -> None:
            answers.append(relay.request(to, step["kind"], value, timeout=timeout, **_as_json(value)).json())

        self._expect(step, ask)
        if "reply" in step:
            assert answers == [step["reply"]]

    def _do_subscribe(self, step: Step) -> None:
        self._agent(step).relay.subscribe(self._topic(step["topic"]), step["durable"])

    def _do_ack(self, step: Step) -> None:
        self._agent(step).received[step["index"]][1].ack()

    def _do_unblock(self, step: Step) -> None:
        self._agent(step).gate.set()

    def _do_close(self, step: Step) -> None:
        agent = self._agents.pop(step["agent"])
        agent.relay.close()
        if "unresolved" in step:
            unknown = [h for h in agent.sent if h.outcome(0).status == "unknown"]
            assert len(unknown) == step["unresolved"]

    def _do_expect_received(self, step: Step) -> None:
        agent, tag = self._agent(step), str(step.get("tag", step.get("kind")))
        wanted, limit = step["values"], step.get("timeout_ms", 5000) / 1000
        try:
            eventually(lambda: len(agent.values(tag)) >= len(wanted), f"{len(wanted)} messages of {tag}", limit)
        finally:
            assert agent.values(tag) == wanted

    def _do_expect_message(self, step: Step) -> None:
        message = self._agent(step).received[step["index"]][1]
        found: dict[str, Any] = {
            "sender": message.sender, "attempt": message.attempt, "redelivered": message.redelivered, "topic": message.topic,
        }  # fmt: skip
        wanted = {key: step[key] for key in found if key in step}
        if "sender" in wanted:
            wanted["sender"] = self._name(wanted["sender"], step)
        if "topic" in wanted:
            wanted["topic"] = self._topic(wanted["topic"])
        assert {key: found[key] for key in wanted} == wanted, f"found {found}"

    # ---- inside ----

    def _agent(self, step: Step) -> Agent:
        return self._agents[step["agent"]]

    def _name(self, name: str, step: Step) -> str:
        return name if step.get("raw_name") else f"s{self._index}-{name}"

    def _topic(self, topic: str) -> str:
        return topic.replace("{p}", f"s{self._index}")

    def _settle(self, step: Step, agent: Agent, send: Callable[[Any], SendHandle], values: list[Any]) -> None:
        """Sends all; then every outcome must be the expected one (without `expect` nothing is awaited)."""

        def send_all() -> None:
            handles = [send(value) for value in values]
            agent.sent += handles
            for handle in handles if "expect" in step else []:
                handle.result(WAIT)

        self._expect(step, send_all)

    def _expect(self, step: Step, action: Callable[[], object]) -> None:
        try:
            action()
            found = "ok"
        except RelayTimeout:
            found = "timeout"
        except RelayDeadLettered as error:
            found = f"dead:{error.reason}"
        except RelayRemoteError:
            found = "remote_error"
        except RelayError as error:
            found = f"refused:{error.code}"
        assert found == step.get("expect", "ok")

    def _handler(self, agent: Agent, step: Step) -> Callable[[Message], Any]:
        return {
            None: lambda message: None,
            "echo": lambda message: message.json(),
            "refuse": _refuse,
            "fail": _fail,
            "fail_once_on_first": lambda message: _fail(message) if len(agent.received) == 1 else None,
            "block": lambda message: _blocked(agent, None),
            "block_then_echo": lambda message: _blocked(agent, message.json()),
            "request_then_echo": lambda message: agent.relay.request(
                self._name(step["to"], step), step["request_kind"], message.json(), timeout=WAIT, **_as_json(message.json())
            ).json(),
        }[step.get("handler")]


def _as_json(value: Any) -> dict[str, int]:
    """Payloads of the table are JSON values; text would otherwise go as text."""
    assert not isinstance(value, str)
    return {}


def _refuse(message: Message) -> None:
    raise Reject("by the scenario")


def _fail(message: Message) -> None:
    raise ValueError("by the scenario")


def _blocked(agent: Agent, value: Any) -> Any:
    assert agent.gate.wait(WAIT), "never unblocked"
    return value
