"""The checker of crash histories, on hand-made ones: it accepts what is right and names each kind of violation."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "bin" / "lib" / "check_history.py"
spec = importlib.util.spec_from_file_location("check_history", SCRIPT)
assert spec is not None
assert spec.loader is not None
checker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checker)

Event = dict[str, Any]


class Story:
    """Events in the order of their times; every call adds one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.config: dict[str, Any] = {}

    def add(self, agent: str, ev: str, **fields: Any) -> Story:
        self.events.append({"t": 1000 + len(self.events), "agent": agent, "ev": ev, **fields})
        return self

    def start(self, agent: str, life: int = 1) -> Story:
        return self.add(agent, "session_start", session=f"{agent}.{life}")

    def invoke(self, seq: int, *, to: str = "r1", epoch: int = 1, name: str | None = None) -> Story:
        return self.add("s1", "send_invoke", **identity(seq, to, epoch, name))

    def ok(self, seq: int, *, by: str = "disk", epoch: int = 1) -> Story:
        return self.add("s1", "send_ok", id=f"m{epoch}.{seq}", by=by)

    def refused(self, seq: int) -> Story:
        return self.add("s1", "send_fail", id=f"m1.{seq}", definite=True)

    def deliver(self, seq: int, life: int = 1, *, again: bool = False, agent: str = "r1", **changes: Any) -> Story:
        fields = identity(seq, "r1", changes.pop("epoch", 1), None)
        fields |= {"session": f"{agent}.{life}", "redelivered": again, "attempt": 1} | changes
        return self.add(agent, "deliver", **fields)

    def ack(self, seq: int, life: int = 1, *, ev: str = "ack", epoch: int = 1, **fields: Any) -> Story:
        return self.add("r1", ev, id=f"m{epoch}.{seq}", session=f"r1.{life}", **fields)

    def handle(self, seq: int, life: int = 1, **fields: Any) -> Story:
        return self.deliver(seq, life, **fields).ack(seq, life, epoch=fields.get("epoch", 1))

    def fault(self) -> Story:
        return self.add("injector", "fault", what="daemon SIGKILL")

    def drained(self) -> Story:
        return self.add("injector", "drained")

    def dead(self, seq: int) -> Story:
        return self.add("observer", "dead_letter", id=f"m1.{seq}", recipient="r1", reason="MAX_ATTEMPTS")

    def run(self, folder: Path) -> tuple[int, dict[str, Any]]:
        by_agent: dict[str, list[Event]] = {}
        for event in self.events:
            by_agent.setdefault(event["agent"], []).append(event)
        for agent, events in by_agent.items():
            (folder / f"{agent}.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
        (folder / "config.json").write_text(json.dumps(self.config))
        result: tuple[int, dict[str, Any]] = checker.judge(folder)
        return result


def identity(seq: int, to: str, epoch: int, name: str | None) -> Event:
    message = name or f"m{epoch}.{seq}"
    return {"id": message, "sender": "s1", "recipient": to, "seq": seq, "epoch": epoch, "hash": f"h{epoch}.{seq}"}


def story(messages: int = 4) -> Story:
    """s1 sent some messages; the daemon has died once; none has been delivered."""
    s = Story().start("s1").start("r1").fault()
    for seq in range(1, messages + 1):
        s.invoke(seq).ok(seq)
    return s


def right() -> Story:
    """Two messages, an agent that dies between them, one repeat with its flag."""
    s = story(3).handle(1).ack(1, ev="ack_ok").handle(2).fault().start("r1", 2)
    return s.handle(2, 2, again=True).handle(3, 2).drained()


def kinds(s: Story, folder: Path) -> set[str]:
    code, result = s.run(folder)
    assert code == 1, result
    return set(result["violations"])


def test_accepts_a_right_history(tmp_path: Path) -> None:
    code, result = right().run(tmp_path)
    assert (code, result["verdict"], result["violations"]) == (0, "ok", {})
    assert result["counts"]["repeated_effects"] == 1


def test_accepts_a_retry_that_rewinds_its_lane(tmp_path: Path) -> None:
    s = story(2).deliver(1).ack(1, ev="nack").deliver(1, attempt=2).ack(1).handle(2).drained()
    assert s.run(tmp_path)[0] == 0


def test_accepts_a_dead_letter_in_place_of_an_ack(tmp_path: Path) -> None:
    s = story(2).deliver(1).ack(1, ev="nack").dead(1).handle(2, again=True).drained()
    assert s.run(tmp_path)[0] == 0


def test_accepts_unknown_messages_delivered_or_not(tmp_path: Path) -> None:
    s = right()
    s.events[-1:-1] = Story().invoke(1, epoch=2).invoke(2, epoch=2).handle(1, 2, epoch=2).events
    for t, event in enumerate(s.events):
        event["t"] = t
    assert s.run(tmp_path)[0] == 0


VIOLATIONS: dict[str, tuple[str, Callable[[], Story]]] = {
    "lost at the beginning": ("lost", lambda: story(3).handle(2, again=True).handle(3).drained()),
    "lost in the middle": ("lost", lambda: story(3).handle(1, again=True).handle(3).drained()),
    "lost at the end": ("lost", lambda: story(3).handle(1, again=True).handle(2).drained()),
    "ghost": ("ghost", lambda: right().handle(9, 2)),
    "refused and delivered": ("ghost", lambda: right().invoke(9).refused(9).handle(9, 2).drained()),
    "misrouted": ("misrouted", lambda: right().start("r2").deliver(3, agent="r2", again=True)),
    "forged sender": ("forged sender", lambda: right().invoke(4).ok(4).handle(4, 2, sender="s2").drained()),
    "changed payload": ("changed payload", lambda: right().invoke(4).ok(4).handle(4, 2, hash="other").drained()),
    "number used twice": ("sequence reuse", lambda: right().invoke(3, name="other")),
    "other number delivered": ("sequence reuse", lambda: right().invoke(4).ok(4).deliver(4, 2, id="m1.3", again=True)),
    "out of order": ("out of order", lambda: story(2).handle(2, again=True).handle(1).drained()),
    "retry out of order": (
        "retry out of order",
        lambda: story(3).deliver(1).ack(1, ev="nack").handle(2).deliver(1, attempt=2).ack(1).handle(3).drained(),
    ),
    "effect twice in one session": ("duplicate effect", lambda: right().handle(3, 2, again=True)),
    "started twice in one session": (
        "duplicate effect",
        lambda: story(1).deliver(1).deliver(1, again=True).ack(1).drained(),
    ),
    "delivery after confirmed ack": ("delivery after confirmed ack", lambda: right().start("r1", 3).handle(1, 3, again=True)),
    "no sign of a repeat": ("unflagged repeat", lambda: right().start("r1", 3).handle(3, 3)),
    "suppressed, never done": ("suppressed, never done", lambda: story(1).deliver(1, again=True).ack(1, dup=True).drained()),
    "acked and dead": ("two terminal states", lambda: right().dead(1)),
    "dead twice": ("two terminal states", lambda: story(2).handle(2, again=True).dead(1).dead(1).drained()),
    "dead though told acked": (
        "two terminal states",
        lambda: right().invoke(4).handle(4, 2).ok(4, by="ack").dead(4).drained(),
    ),
    "zombie delivery": ("zombie delivery", lambda: right().invoke(4).ok(4).handle(4, 1).drained()),
    "stale ack confirmed": ("stale ack confirmed", lambda: right().ack(3, 1).ack(3, 1, ev="ack_ok")),
    "ok before ack": ("ok before ack", lambda: right().invoke(4).ok(4, by="ack").handle(4, 2).drained()),
    "two outcomes": ("two outcomes", lambda: right().refused(3)),
    "no outcome": (
        "no outcome",
        lambda: right().invoke(4).handle(4, 2).add("s1", "session_end", session="s1.1").drained(),
    ),
}


@pytest.mark.parametrize("case", VIOLATIONS)
def test_names_the_violation(case: str, tmp_path: Path) -> None:
    kind, make = VIOLATIONS[case]
    assert kind in kinds(make(), tmp_path)


def test_effect_once_agents_may_not_repeat_an_effect_even_after_their_death(tmp_path: Path) -> None:
    s = right()
    s.config["effect_once"] = ["r1"]
    assert "duplicate effect" in kinds(s, tmp_path)


def test_effect_once_agents_may_skip_what_is_done(tmp_path: Path) -> None:
    s = story(3).handle(1).handle(2).fault().start("r1", 2)
    s.deliver(2, 2, again=True).ack(2, 2, dup=True).handle(3, 2).drained()
    s.config["effect_once"] = ["r1"]
    assert s.run(tmp_path)[0] == 0


def test_an_effect_that_stands_in_the_agents_own_store_counts_once(tmp_path: Path) -> None:
    s = story(2).handle(1, again=True).deliver(2).fault().start("r1", 2).ack(2, 2, dup=True, recovered=True).drained()
    s.config["effect_once"] = ["r1"]
    code, result = s.run(tmp_path)
    assert (code, result["counts"]["effects_recovered"]) == (0, 1)
    s.handle(2, 2, again=True).drained()
    assert "duplicate effect" in kinds(s, tmp_path)


def test_an_effect_in_the_agents_store_that_no_handler_was_entered_for_is_none(tmp_path: Path) -> None:
    s = story(2).handle(1, again=True).fault().start("r1", 2).ack(2, 2, dup=True, recovered=True).drained()
    assert kinds(s, tmp_path) == {"lost", "suppressed, never done"}


def test_tells_where_in_its_lane_a_message_was_lost(tmp_path: Path) -> None:
    s = story(5).handle(2, again=True).handle(4).drained()
    counts = s.run(tmp_path)[1]["counts"]
    assert (counts["lost_prefix"], counts["lost_middle"], counts["lost_end"]) == (1, 1, 1)


def publication(s: Story, seq: int) -> Story:
    fields = identity(seq, "", 1, f"p{seq}")
    del fields["recipient"]
    return s.add("s1", "send_invoke", **fields, topic="prices.btc").add("s1", "send_ok", id=f"p{seq}", by="disk")


def published(s: Story, agent: str, seq: int) -> Story:
    fields = identity(seq, "", 1, f"p{seq}") | {"session": f"{agent}.1", "redelivered": True, "attempt": 1}
    del fields["recipient"]
    return s.add(agent, "deliver", **fields).add(agent, "ack", id=f"p{seq}", session=f"{agent}.1")


def two_subscribers() -> Story:
    s = Story().start("s1").start("r1").start("r2").fault()
    return s.add("r1", "subscribe_ok", topic="prices.*").add("r2", "subscribe_ok", topic="prices.>")


def test_a_publication_reaches_every_subscriber_of_its_time(tmp_path: Path) -> None:
    s = publication(publication(two_subscribers(), 1).add("r2", "unsubscribe_invoke", topic="prices.>"), 2)
    for agent, seq in (("r1", 1), ("r2", 1), ("r1", 2)):
        published(s, agent, seq)
    assert s.drained().run(tmp_path)[0] == 0


def test_a_publication_that_one_subscriber_misses_is_lost(tmp_path: Path) -> None:
    s = published(publication(two_subscribers(), 1), "r1", 1).drained()
    assert kinds(s, tmp_path) == {"lost"}


@pytest.mark.parametrize(
    ("why", "broken"),
    [
        ("not drained", lambda: story(1).handle(1, again=True)),
        ("no fault", lambda: Story().start("s1").start("r1").invoke(1).ok(1).handle(1, again=True).drained()),
        ("nothing was redelivered", lambda: story(1).handle(1).drained()),
    ],
)
def test_a_run_in_which_nothing_broke_does_not_count(why: str, broken: Any, tmp_path: Path) -> None:
    code, result = broken().run(tmp_path)
    assert (code, result["why"]) == (3, [why])


def append(folder: Path, agent: str, text: str) -> None:
    with (folder / f"{agent}.jsonl").open("a") as file:
        file.write(text)


def test_forgives_one_torn_last_line(tmp_path: Path) -> None:
    right().run(tmp_path)
    append(tmp_path, "r1", '{"t":99,"agent":"r1","ev":"del')
    assert checker.judge(tmp_path)[0] == 0


@pytest.mark.parametrize("newline", ["", "\n"])
def test_forgives_one_torn_line_before_a_session_start(newline: str, tmp_path: Path) -> None:
    right().run(tmp_path)
    start = {"t": 5000, "agent": "r1", "ev": "session_start", "session": "r1.3"}
    append(tmp_path, "r1", '{"t":99,"agent":"r1","ev":"del' + newline + json.dumps(start, separators=(",", ":")) + "\n")
    assert checker.judge(tmp_path)[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        '{"t":99,"ag\n{"t":100,"agent":"r1","ev":"ack","id":"m1.3","session":"r1.2"}\n',
        '{"t":99,"ag\n{"t":100,"ag\n{"t":5000,"agent":"r1","ev":"session_start","session":"r1.3"}\n',
        '{"t":99,"ag\n{"t":100,"ag',
        '{"t":99,"agent":"r1","ev":"invented"}\n',
        '{"t":99,"agent":"r1","ev":"ack","session":"r1.2"}\n',
        '{"agent":"r1","ev":"note"}\n',
    ],
)
def test_anything_else_torn_makes_the_run_unknown(text: str, tmp_path: Path) -> None:
    right().run(tmp_path)
    append(tmp_path, "r1", text)
    code, result = checker.judge(tmp_path)
    assert (code, result["verdict"]) == (2, "unknown")


def test_a_replaced_process_that_was_killed_owes_no_outcome(tmp_path: Path) -> None:
    s = right().start("s1", 2).add("s1", "session_end", session="s1.2").drained()
    s.run(tmp_path)
    invoke = {"t": 1015, "agent": "s1", "ev": "send_invoke", **identity(4, "r1", 1, None)}
    end = {"t": 1100, "agent": "injector", "ev": "drained"}
    append(tmp_path, "injector", json.dumps(end) + "\n")
    (tmp_path / "s1.old.jsonl").write_text(json.dumps(invoke) + "\n")
    code, result = checker.judge(tmp_path)
    assert (code, result["violations"]) == (0, {}), result


def test_an_empty_directory_is_unknown(tmp_path: Path) -> None:
    assert checker.judge(tmp_path)[0] == 2
