"""Runs the scenario table that all SDKs share (`protocol/scenarios/README.md`) on the synchronous client."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import eventually
from relay_sdk import (
    DeadLetter,
    InboxFile,
    Interest,
    Message,
    Pressure,
    Reject,
    Relay,
    RelayDeadLettered,
    RelayError,
    RelayRefused,
    RelayRemoteError,
    RelayTimeout,
    SendHandle,
)
from scenario_groups import GroupSteps
from scenario_presence import PresenceSteps
from scenario_quotas import QuotaSteps
from scenario_shared import SharedSteps
from scenario_team import TeamSteps

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
        self.pressure: list[Pressure] = []
        relay.on_pressure(self.pressure.append)
        self.deaths: list[DeadLetter] = []
        relay.on_dead_letter(self.deaths.append)

    def values(self, tag: str) -> list[Any]:
        return [message.json() for name, message in list(self.received) if name == tag]


class Runner(GroupSteps, PresenceSteps, QuotaSteps, SharedSteps, TeamSteps):
    """One scenario: its agents by key, its prefix."""

    def __init__(self, socket: str, index: int, folder: Path) -> None:
        self._folder = folder
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
            name = self._name(step["agent"], step)
            options: dict[str, Any] = {
                key: step[key] for key in ("namespace", "outbox_messages", "metadata", "capabilities") if key in step
            }
            if "interests" in step:
                options["interests"] = {
                    self._topic(each["topic"]): Interest(each["durable"], self._senders(each)) for each in step["interests"]
                }
            if "inbox" in step:
                options["inbox"] = self._folder / name
            relay = Relay(name, self._socket, close_timeout=3.0, **options)
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
        self._settle(step, agent, lambda: [agent.relay.send(to, step["kind"], each, **_options(step)) for each in payloads])

    def _do_send_many(self, step: Step) -> None:
        agent, to = self._agent(step), self._name(step["to"], step)
        payloads = range(step["count"]) if "count" in step else step["values"]
        self._settle(step, agent, lambda: agent.relay.send_many(to, step["kind"], payloads, **_options(step)))

    def _do_publish(self, step: Step) -> None:
        agent, topic = self._agent(step), self._topic(step["topic"])
        self._settle(step, agent, lambda: [agent.relay.publish(topic, each, kind=step["kind"]) for each in step["values"]])
        if "durable" in step:
            found = agent.sent[-1].matched
            assert found is not None
            assert (found.durable, found.live) == (step["durable"], step["live"])

    def _do_send_and_wait(self, step: Step) -> None:
        relay, to, timeout = self._agent(step).relay, self._name(step["to"], step), step["timeout_ms"] / 1000
        value = step["value"]
        self._expect(step, lambda: relay.send_and_wait(to, step["kind"], value, timeout=timeout))

    def _do_request(self, step: Step) -> None:
        relay, to, timeout = self._agent(step).relay, self._name(step["to"], step), step["timeout_ms"] / 1000
        value, answers = step["value"], []

        def ask() -> None:
            answers.append(relay.request(to, step["kind"], value, timeout=timeout).json())

        self._expect(step, ask)
        if "reply" in step:
            assert answers == [step["reply"]]

    def _do_subscribe(self, step: Step) -> None:
        relay, types = self._agent(step).relay, step.get("content_types")
        self._expect(
            step,
            lambda: relay.subscribe(
                self._topic(step["topic"]), step["durable"], senders=self._senders(step), content_types=types
            ),
        )

    def _do_expect_shadow(self, step: Step) -> None:
        found = self._agent(step).received[step["index"]][1].shadow
        assert found is not None
        wanted = (self._name(step["of"], step), step["direction"], self._name(step["sender"], step))
        assert (found["agent"], found["direction"], found["sender"]) == wanted

    def _do_expect_copy(self, step: Step) -> None:
        def has_copy() -> bool:
            of, wanted = self._name(step["of"], step), step["holds"].items()
            return any(
                message.kind == step["kind"]
                and message.shadow is not None
                and message.shadow["agent"] == of
                and wanted <= message.json().items()
                for _, message in list(self._agent(step).received)
            )

        eventually(has_copy, f"{step}")

    def _do_unsubscribe(self, step: Step) -> None:
        self._expect(step, lambda: self._agent(step).relay.unsubscribe(self._topic(step["topic"])))

    def _do_nack(self, step: Step) -> None:
        self._agent(step).received[step["index"]][1].nack("by the scenario")

    def _do_refuse(self, step: Step) -> None:
        self._agent(step).received[step["index"]][1].refuse("by the scenario")

    def _do_redrive(self, step: Step) -> None:
        self._agent(step).relay.dead_letters().redrive(self._dead_letters(step)[step["index"]].no)

    def _do_drop(self, step: Step) -> None:
        self._agent(step).relay.dead_letters().drop(self._dead_letters(step)[step["index"]].no)

    def _do_drop_missing(self, step: Step) -> None:
        self._expect(step, lambda: self._agent(step).relay.dead_letters().drop(1 << 40))

    def _do_expect_stats(self, step: Step) -> None:
        groups, to = self._agent(step).relay.dead_letters().stats()["groups"], self._name(step["to"], step)
        assert sum(group["messages"] for group in groups if group["target"] == to) == step["messages"]

    def _do_expect_export(self, step: Step) -> None:
        path, to = self._folder / "export", self._name(step["to"], step)
        self._agent(step).relay.dead_letters().export(path)
        assert sum(json.loads(line)["target"] == to for line in path.read_text().splitlines()) == step["count"]

    def _do_control(self, step: Step) -> None:
        prefix = f"s{self._index}-"
        arguments: dict[str, Any] = {
            k: v.replace("{a}", prefix) if isinstance(v, str) else v for k, v in step["arguments"].items()
        }
        self._expect(step, lambda: self._agent(step).relay.control(step["op"], **arguments))

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
            "group": message.group, "partition": message.partition, "group_epoch": message.group_epoch,
        }  # fmt: skip
        wanted = {key: step[key] for key in found if key in step}
        if "group" in wanted:
            wanted["group"] = self._name(wanted["group"], step)
        if "sender" in wanted:
            wanted["sender"] = self._name(wanted["sender"], step)
        if "topic" in wanted:
            wanted["topic"] = self._topic(wanted["topic"])
        assert {key: found[key] for key in wanted} == wanted, f"found {found}"

    def _do_expect_dead_letters(self, step: Step) -> None:
        eventually(lambda: [d.reason for d in self._dead_letters(step)] == step["reasons"], f"{step['reasons']}")

    def _do_expect_dead_letter(self, step: Step) -> None:
        found = self._agent(step).relay.dead_letters().show(self._dead_letters(step)[step["index"]].no)
        assert found.payload is not None
        assert (found.kind, json.loads(found.payload)) == (step["kind"], step["value"])

    def _do_expect_fate(self, step: Step) -> None:
        agent = self._agent(step)
        eventually(lambda: agent.relay.fate(agent.sent[-1].result(WAIT)) == step["fate"], f"fate {step['fate']}")

    def _do_expect_pressure(self, step: Step) -> None:
        agent, to = self._agent(step), self._name(step["to"], step)
        eventually(lambda: any(e.target == to and e.paused == step["paused"] for e in agent.pressure), f"{step}", WAIT)

    def _do_expect_death(self, step: Step) -> None:
        agent, wanted = self._agent(step), (self._name(step["to"], step), step["reason"])
        eventually(lambda: any((d.target, d.reason) == wanted for d in agent.deaths), f"{step}", WAIT)

    def _do_on_dead_letter(self, step: Step) -> None:
        self._agent(step).relay.lanes().on_dead_letter(self._name(step["sender"], step), step["what"])

    def _do_lane_skip(self, step: Step) -> None:
        self._agent(step).relay.lanes().skip(self._name(step["sender"], step))

    def _do_lane_resume(self, step: Step) -> None:
        self._agent(step).relay.lanes().resume(self._name(step["sender"], step))

    def _do_expect_halted(self, step: Step) -> None:
        lanes, sender = self._agent(step).relay.lanes(), self._name(step["sender"], step)
        eventually(lambda: any(lane["sender"] == sender for lane in lanes.list(halted=True)) == step["halted"], f"{step}", WAIT)

    def _do_expect_inbox(self, step: Step) -> None:
        inbox = InboxFile(self._folder / self._name(step["agent"], step))
        found = {position.sender: position.seq for position in inbox.load()}
        inbox.close()
        assert found == {self._name(step["sender"], step): step["seq"]}

    def _do_expect_health(self, step: Step) -> None:
        assert self._agent(step).relay.get_health()["connected"] == step["connected"]

    def _do_expect_metric(self, step: Step) -> None:
        assert self._agent(step).relay.get_metrics()[step["name"]] == step["value"]

    # ---- inside ----

    def _dead_letters(self, step: Step) -> list[DeadLetter]:
        to = self._name(step["to"], step)
        return [letter for letter in self._agent(step).relay.dead_letters().list(10_000) if letter.target == to]

    def _agent(self, step: Step) -> Agent:
        return self._agents[step["agent"]]

    def _name(self, name: str, step: Step) -> str:
        if name.startswith("group:"):
            return f"group:s{self._index}-{name[6:]}"
        return name if step.get("raw_name") else f"s{self._index}-{name}"

    def _senders(self, step: Step) -> list[str] | None:
        return [self._name(each, step) for each in step["senders"]] if "senders" in step else None

    def _topic(self, topic: str) -> str:
        return topic.replace("{p}", f"s{self._index}")

    def _settle(self, step: Step, agent: Agent, send: Callable[[], list[SendHandle]]) -> None:
        """Sends all; then every outcome must be the expected one (without `expect` nothing is awaited)."""

        def send_all() -> None:
            handles = send()
            agent.sent += handles
            found = {handle.result(WAIT).by for handle in (handles if "expect" in step else [])}
            assert "by" not in step or found == {step["by"]}

        self._expect(step, send_all)

    def _expect(self, step: Step, action: Callable[[], object]) -> None:
        retry_after_ms = 0
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
            retry_after_ms = getattr(error, "retry_after_ms", 0)
        assert found == step.get("expect", "ok")
        if "retry_after_ms" in step:
            at_least, at_most = step["retry_after_ms"]
            assert at_least <= retry_after_ms <= at_most

    def _handler(self, agent: Agent, step: Step) -> Callable[[Message], Any]:
        calls = itertools.count(1)
        return {
            None: lambda message: None,
            "echo": lambda message: message.json(),
            "answer": lambda message: step["value"],
            "refuse": _refuse,
            "refuse_first_two": lambda message: _refuse(message) if next(calls) <= 2 else None,
            "reply_by_hand": lambda message: message.reply(message.json()),
            "forward": lambda message: agent.relay.send(self._name(step["to"], step), message.kind, message.json()) and None,
            "send_until_full": lambda message: _until_full(agent.relay, self._name(step["to"], step)),
            "fail": _fail,
            "fail_once_on_first": lambda message: _fail(message) if next(calls) == 1 else None,
            "block": lambda message: _blocked(agent, None),
            "block_then_echo": lambda message: _blocked(agent, message.json()),
            "request_then_echo": lambda message: agent.relay.request(
                self._name(step["to"], step), step["request_kind"], message.json(), timeout=WAIT
            ).json(),
        }[step.get("handler")]


def _options(step: Step) -> dict[str, Any]:
    found = {key: step[key] for key in ("priority", "require", "journal", "durability", "app_id", "key") if key in step}
    return found | ({"ttl": step["ttl_ms"] / 1000} if "ttl_ms" in step else {})


def _until_full(relay: Relay, to: str) -> list[str]:
    for n in range(100_000):
        try:
            relay.send(to, "flood", n)
        except RelayRefused as error:
            return [error.code]
    raise AssertionError("the outbox was never full")


def _refuse(message: Message) -> None:
    raise Reject("by the scenario")


def _fail(message: Message) -> None:
    raise ValueError("by the scenario")


def _blocked(agent: Agent, value: Any) -> Any:
    assert agent.gate.wait(WAIT), "never unblocked"
    return value
