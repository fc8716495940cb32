#!/usr/bin/env python3
"""Judges what agents wrote down while processes were killed. Knows neither daemon nor SDKs: Python's standard library only.

Usage: check_history.py DIR...   Each DIR holds one run: *.jsonl, one file per process, and optionally config.json.
Prints one JSON line per DIR. Exit code: 0 every run is right and counts, 1 a violation, 2 a history cannot be read, 3 a run
does not count (not drained, no fault, or nothing was redelivered).

Lines: {"t": monotonic ns, "agent": .., "ev": ..} and, by event:
  send_invoke  id sender recipient seq epoch hash, or topic in place of recipient    before the call
  send_ok      id by ("disk", "ack")         send_fail  id definite (false: nothing is known)
  deliver      id sender recipient seq epoch hash session redelivered attempt        handler entered
  ack          id session, dup true when skipped as already done                     effect done, before the ack;
               recovered true: read from the agent's own store at its start, where an effect stands that it had no time to log
  ack_ok       id session                                                            the bus has confirmed it
  nack         id session          dead_letter  id recipient reason         redrive  id
  subscribe_ok topic    unsubscribe_invoke topic    session_start session    session_end session    fault what    drained
seq and epoch are the sender's own: it counts per recipient from 1 and has a higher epoch after each of its restarts.
config.json: {"effect_once": [agent, ..]} names those whose inbox outlives their process; "calm": true: no fault was meant.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

Event = dict[str, Any]
EXAMPLES = 5
MESSAGE_EVENTS = {"send_invoke", "send_ok", "send_fail", "deliver", "ack", "ack_ok", "nack", "dead_letter", "redrive"}
OTHER_EVENTS = {"subscribe_ok", "unsubscribe_invoke", "session_start", "session_end", "fault", "drained", "note"}
NEEDED = {
    "send_invoke": ("sender", "seq", "epoch", "hash"),
    "deliver": ("sender", "seq", "epoch", "hash", "session", "redelivered", "attempt"),
    "ack": ("session",),
    "ack_ok": ("session",),
    "session_start": ("session",),
    "send_fail": ("definite",),
}


# ---- reading ------------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """A line that no kill explains."""


def parse(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def torn_before_start(line: bytes) -> Event | None:
    """A restarted process that appends writes its session_start right behind what its predecessor left unfinished."""
    at = line.rfind(b'{"t"')
    event = parse(line[at:]) if at > 0 else None
    return event if event is not None and event.get("ev") == "session_start" else None


def read_file(path: Path) -> list[Event]:
    lines = path.read_bytes().split(b"\n")
    last = lines.pop()
    events: list[Event] = []
    torn_at = 0
    for number, line in enumerate(lines, 1):
        event = parse(line)
        if event is None and (event := torn_before_start(line)) is None:
            if torn_at:
                raise Unreadable(f"{path.name}:{torn_at}: torn")
            torn_at = number
            continue
        if torn_at and event.get("ev") != "session_start":
            raise Unreadable(f"{path.name}:{torn_at}: torn, and no session_start follows")
        torn_at = 0
        events.append(checked(event, path.name, number))
    if torn_at and last:
        raise Unreadable(f"{path.name}:{torn_at}: torn")
    final = parse(last) if last else None
    if final is not None:
        events.append(checked(final, path.name, len(lines) + 1))
    return events


def checked(event: Event, name: str, number: int) -> Event:
    kind = event.get("ev")
    if not isinstance(event.get("t"), int) or "agent" not in event:
        raise Unreadable(f"{name}:{number}: no t or no agent")
    if kind not in MESSAGE_EVENTS and kind not in OTHER_EVENTS:
        raise Unreadable(f"{name}:{number}: unknown event {kind!r}")
    if kind in MESSAGE_EVENTS and "id" not in event:
        raise Unreadable(f"{name}:{number}: {kind} without id")
    for field in NEEDED.get(kind, ()):
        if field not in event:
            raise Unreadable(f"{name}:{number}: {kind} without {field}")
    return event


def read_run(folder: Path) -> tuple[list[Event], dict[str, Any]]:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise Unreadable("no *.jsonl")
    events = [{**event, "file": path.name} for path in files for event in read_file(path)]
    events.sort(key=lambda e: e["t"])
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text()) if config_file.exists() else {}
    return events, config


# ---- judging ------------------------------------------------------------------------------------------------------


def matches(pattern: str, topic: str) -> bool:
    wanted, given = pattern.split("."), topic.split(".")
    for i, part in enumerate(wanted):
        if part == ">":
            return len(given) > i
        if i >= len(given) or part not in ("*", given[i]):
            return False
    return len(wanted) == len(given)


class Judge:
    """One run. Events come in order of time; `finish` looks at what is missing at the end."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.effect_once = set(config.get("effect_once", ()))
        self.calm = bool(config.get("calm"))
        self.violations: Counter[str] = Counter()
        self.examples: list[str] = []
        self.counts: Counter[str] = Counter()
        self.sent: dict[str, Event] = {}
        self.ok: dict[str, Event] = {}
        self.refused: dict[str, Event] = {}
        self.outcome: set[str] = set()
        self.by_position: dict[tuple[Any, ...], str] = {}
        self.delivered: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self.done: dict[tuple[str, str], list[Event]] = defaultdict(list)
        self.skipped: set[tuple[str, str]] = set()
        self.confirmed: dict[tuple[str, str], Event] = {}
        self.nacked: dict[tuple[str, str, str], int] = {}
        self.dead: dict[str, list[Event]] = defaultdict(list)
        self.redriven: Counter[str] = Counter()
        self.first_high: dict[tuple[str, str, str], tuple[int, int]] = {}
        self.session_high: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        self.sessions: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.ended: set[tuple[str, str]] = set()
        self.subscribed: dict[tuple[str, str], int] = {}
        self.unsubscribed: dict[tuple[str, str], int] = {}
        self.session_of_file: dict[str, str] = {}
        self.invoked_in: dict[str, str] = {}
        self.drained_at = 0
        self.last_send_at = 0

    def violation(self, kind: str, text: str) -> None:
        self.violations[kind] += 1
        if self.violations[kind] <= EXAMPLES:
            self.examples.append(f"{kind}: {text}")

    def take(self, event: Event) -> None:
        getattr(self, "on_" + event["ev"])(event)

    # ---- senders

    def on_send_invoke(self, e: Event) -> None:
        self.counts["sent"] += 1
        self.last_send_at = e["t"]
        known = self.sent.get(e["id"])
        if known is not None:
            self.violation("sequence reuse", f"id {e['id']} was sent twice")
            return
        self.sent[e["id"]] = e
        self.claim(e, e["id"])
        if e["file"] in self.session_of_file:
            self.invoked_in[e["id"]] = self.session_of_file[e["file"]]

    def claim(self, e: Event, message: str) -> None:
        target = ("topics",) if "topic" in e else ("to", e.get("recipient"))
        position = (e["sender"], *target, e["epoch"], e["seq"])
        holder = self.by_position.setdefault(position, message)
        if holder != message:
            self.violation("sequence reuse", f"{position} is {holder} and {message}")

    def on_send_ok(self, e: Event) -> None:
        self.counts["confirmed"] += 1
        self.outcome.add(e["id"])
        if e["id"] in self.ok or e["id"] in self.refused:
            self.violation("two outcomes", f"{e['id']} has a second outcome")
        self.ok[e["id"]] = e
        if e.get("by") == "ack":
            self.counts["confirmed_by_ack"] += 1
            message = self.sent.get(e["id"])
            for agent in self.must_reach(message) if message else ():
                if not self.done[agent, e["id"]] and (agent, e["id"]) not in self.skipped:
                    self.violation("ok before ack", f"{e['id']} was ok by ack before {agent} had handled it")

    def on_send_fail(self, e: Event) -> None:
        self.outcome.add(e["id"])
        if not e["definite"]:
            self.counts["unknown"] += 1
            return
        self.counts["refused"] += 1
        if e["id"] in self.ok:
            self.violation("two outcomes", f"{e['id']} is ok and refused")
        self.refused[e["id"]] = e

    # ---- recipients

    def on_session_start(self, e: Event) -> None:
        self.sessions[e["agent"]].append((e["t"], e["session"]))
        self.session_of_file[e["file"]] = e["session"]

    def on_session_end(self, e: Event) -> None:
        self.ended.add((e["agent"], e["session"]))

    def superseded_at(self, agent: str, session: str) -> int:
        """When a newer session of the agent began, 0 when none has."""
        starts = self.sessions[agent]
        for i, (_, name) in enumerate(starts):
            if name == session:
                return starts[i + 1][0] if i + 1 < len(starts) else 0
        return 0

    def on_deliver(self, e: Event) -> None:
        agent, message = e["agent"], e["id"]
        self.counts["delivered"] += 1
        again = e["redelivered"] or e["attempt"] > 1
        self.counts["redelivered"] += bool(again)
        original = self.sent.get(message)
        if original is None:
            self.violation("ghost", f"{agent} got {message}, which nobody sent")
            return
        self.check_identity(e, original)
        before = self.delivered[agent, message]
        newer = self.superseded_at(agent, e["session"])
        if newer:
            self.counts["zombie_handlers"] += 1
            if original["t"] > newer:
                self.violation("zombie delivery", f"{message} was sent after {e['session']} of {agent} had been replaced")
        else:
            self.check_order(e, first=not before)
        if before and not newer:  # what a replaced process still holds was written to it before it was replaced
            self.check_repeat(e, before, flagged=bool(again))
        before.append(e)

    def check_identity(self, e: Event, original: Event) -> None:
        agent, message = e["agent"], e["id"]
        if "topic" in original:
            if not any(a == agent and matches(p, original["topic"]) for a, p in self.subscribed):
                self.violation("misrouted", f"{message} on {original['topic']} reached {agent}, which had not subscribed")
        elif original["recipient"] != agent:
            self.violation("misrouted", f"{message} for {original['recipient']} reached {agent}")
        if e["sender"] != original["sender"]:
            self.violation("forged sender", f"{message} of {original['sender']} came as from {e['sender']}")
        if e["hash"] != original["hash"]:
            self.violation("changed payload", f"{message} reached {agent} with another payload")
        if (e["epoch"], e["seq"]) != (original["epoch"], original["seq"]):
            self.violation("sequence reuse", f"{message} came with another position")
        if message in self.refused:
            self.violation("ghost", f"{message} was refused, and reached {agent}")

    def lane(self, e: Event) -> tuple[str, str, str]:
        original = self.sent[e["id"]]
        return e["agent"], original["sender"], "topics" if "topic" in original else "message"

    def check_order(self, e: Event, *, first: bool) -> None:
        lane, position = self.lane(e), (e["epoch"], e["seq"])
        high = self.first_high.get(lane)
        in_session = (*lane, e["session"])
        if first and high is not None and position < high:
            self.violation("out of order", f"{e['id']} first reached {e['agent']} after {high} of that sender")
        elif position < self.session_high.get(in_session, position):
            self.violation("retry out of order", f"{e['id']} came again to {e['agent']} after {self.session_high[in_session]}")
        if first and (high is None or position > high):
            self.first_high[lane] = position
        self.session_high[in_session] = max(position, self.session_high.get(in_session, position))

    def check_repeat(self, e: Event, before: list[Event], *, flagged: bool) -> None:
        agent, message, session = e["agent"], e["id"], e["session"]
        self.counts["repeated"] += 1
        if not flagged:
            self.violation("unflagged repeat", f"{message} came to {agent} again without a sign of it")
        earlier = sum(1 for d in before if d["session"] == session)
        if earlier and earlier > self.nacked.get((agent, message, session), 0):
            self.violation("duplicate effect", f"{message} came to {session} again although it had not failed")
        confirmed = self.confirmed.get((agent, message))
        if confirmed is not None and not self.redriven[message]:
            self.violation("delivery after confirmed ack", f"{message} came to {agent} after its ack was confirmed")

    def on_nack(self, e: Event) -> None:
        self.counts["nacks"] += 1
        key = (e["agent"], e["id"], e["session"])
        self.nacked[key] = self.nacked.get(key, 0) + 1

    def on_ack(self, e: Event) -> None:
        key = (e["agent"], e["id"])
        if e.get("recovered") and not self.done[key] and self.delivered.get((e["agent"], e["id"])):
            self.counts["effects_recovered"] += 1
        elif e.get("dup"):
            self.skipped.add(key)
            self.counts["skipped_as_done"] += 1
            return
        self.counts["effects"] += 1
        before = self.done[key]
        if before and not self.redriven[e["id"]]:
            self.counts["repeated_effects"] += 1
            if e["agent"] in self.effect_once or any(b["session"] == e["session"] for b in before):
                self.violation("duplicate effect", f"{e['id']} took effect twice at {e['agent']}")
        before.append(e)

    def on_ack_ok(self, e: Event) -> None:
        key = (e["agent"], e["id"])
        self.confirmed[key] = e
        self.counts["acks_confirmed"] += 1
        newer = self.superseded_at(e["agent"], e["session"])
        acked = [a for a in self.done[key] if a["session"] == e["session"]]
        if newer and acked and acked[-1]["t"] > newer:
            self.violation("stale ack confirmed", f"{e['id']}, acked by {e['session']} after it had been replaced")

    # ---- the rest

    def on_dead_letter(self, e: Event) -> None:
        self.counts["dead_letters"] += 1
        self.dead[e["id"]].append(e)

    def on_redrive(self, e: Event) -> None:
        self.redriven[e["id"]] += 1

    def on_subscribe_ok(self, e: Event) -> None:
        self.subscribed.setdefault((e["agent"], e["topic"]), e["t"])

    def on_unsubscribe_invoke(self, e: Event) -> None:
        self.unsubscribed[e["agent"], e["topic"]] = e["t"]

    def on_fault(self, e: Event) -> None:
        self.counts["faults"] += 1
        what = str(e.get("what", "")).split(" ")
        self.counts["fault_" + "_".join(what[:1]).lower()] += 1

    def on_drained(self, e: Event) -> None:
        self.drained_at = e["t"]

    def on_note(self, e: Event) -> None:
        """For people."""

    def must_reach(self, message: Event) -> list[str]:
        """The agents that an accepted message has to reach."""
        if "topic" not in message:
            return [message["recipient"]]
        reached = []
        for (agent, pattern), since in self.subscribed.items():
            until = self.unsubscribed.get((agent, pattern))
            if matches(pattern, message["topic"]) and since < message["t"] and (until is None or message["t"] < until):
                reached.append(agent)
        return sorted(set(reached))

    # ---- at the end

    def finish(self) -> list[str]:
        """What has to hold once everything is at rest; returns why the run does not count."""
        self.find_lost()
        self.find_terminal()
        for key in sorted(self.skipped):
            if not self.done[key]:
                self.violation("suppressed, never done", f"{key[1]} was skipped as done at {key[0]} and never was")
        for message, e in self.sent.items():
            if message not in self.outcome and (e["agent"], self.invoked_in.get(message)) in self.ended:
                self.violation("no outcome", f"{message}: its sender ended in order and never heard of it")
        why = []
        if not self.drained_at or self.drained_at < self.last_send_at:
            why.append("not drained")
        if not self.calm and not self.counts["faults"]:
            why.append("no fault")
        if not self.calm and not self.counts["redelivered"] and not self.counts["skipped_as_done"]:
            why.append("nothing was redelivered")
        if not self.counts["confirmed"]:
            why.append("nothing was confirmed")
        return why

    def find_lost(self) -> None:
        finished: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        lost: list[tuple[tuple[str, str, str], tuple[int, int], str]] = []
        for message, e in self.sent.items():
            for agent in self.must_reach(e):
                lane = (agent, e["sender"], "topics" if "topic" in e else "message")
                position = (e["epoch"], e["seq"])
                if self.done[agent, message] or any(d.get("recipient", agent) == agent for d in self.dead.get(message, ())):
                    finished[lane].append(position)
                elif message in self.ok:
                    lost.append((lane, position, message))
        for lane, position, message in lost:
            there = finished[lane]
            where = "end" if not there or position > max(there) else "prefix" if position < min(there) else "middle"
            self.violation("lost", f"{message} for {lane[0]}, at the {where} of its lane")
            self.counts["lost_" + where] += 1

    def find_terminal(self) -> None:
        for message, letters in self.dead.items():
            if message not in self.sent:
                self.violation("ghost", f"dead letter {message}, which nobody sent")
                continue
            if self.redriven[message]:
                continue
            recipients = Counter(d.get("recipient") for d in letters)
            if max(recipients.values()) > 1:
                self.violation("two terminal states", f"{message} is a dead letter twice")
            for recipient in recipients:
                if (recipient, message) in self.confirmed:
                    self.violation("two terminal states", f"{message} was acked by {recipient} and is a dead letter")
            if self.ok.get(message, {}).get("by") == "ack":
                self.violation("two terminal states", f"{message} was ok by ack and is a dead letter")


def judge(folder: Path) -> tuple[int, dict[str, Any]]:
    result: dict[str, Any] = {"dir": str(folder)}
    try:
        events, config = read_run(folder)
    except Unreadable as error:
        return 2, {**result, "verdict": "unknown", "why": [str(error)]}
    run = Judge(config)
    for event in events:
        run.take(event)
    why = run.finish()
    code = 1 if run.violations else 3 if why else 0
    result["verdict"] = {0: "ok", 1: "violation", 3: "does not count"}[code]
    result["why"] = why
    result["violations"] = dict(run.violations)
    result["examples"] = run.examples
    result["counts"] = dict(sorted(run.counts.items()))
    return code, result


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 64
    worst = 0
    for argument in arguments:
        code, result = judge(Path(argument))
        print(json.dumps(result), flush=True)
        worst = code if worst == 0 else worst if code == 0 else min(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
