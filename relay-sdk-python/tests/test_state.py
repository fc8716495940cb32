"""What is sent of a state and what a watcher makes of the events: plain code, no daemon."""

from __future__ import annotations

import random
from typing import Any

import pytest

from relay_sdk import RelayClosed, RelayRefused
from relay_sdk._latest import MAX_KEYS, LatestBuffer
from relay_sdk._proposals import _await_once, _cast, _question
from relay_sdk._state_sync import StateReplicas, StateSender
from relay_sdk._steps import run


def confirm(sender: StateSender, changes: list[dict[str, Any]], version: int) -> None:
    for change in changes:
        sender.writing(change)
        sender.confirmed(change, version)


def test_only_what_changed_is_sent() -> None:
    sender = StateSender()
    confirm(sender, sender.changes({"a": 1, "b": [1, 2]}, ()), 1)
    assert sender.changes({"a": 1, "b": [1, 2]}, ()) == []
    assert sender.changes({"a": 2, "b": [1, 2]}, ["c"]) == [{"set": {"a": 2}, "remove": ["c"]}]


def test_what_was_not_confirmed_is_sent_again() -> None:
    sender = StateSender()
    confirm(sender, sender.changes({"a": 1}, ()), 1)
    for change in sender.changes({"a": 2}, ()):
        sender.writing(change)  # and no answer
    assert sender.changes({"a": 1}, ()) == [{"set": {"a": 1}}]


def test_a_large_state_goes_in_pieces() -> None:
    pieces = StateSender().changes({f"k{n}": "v" * 10_000 for n in range(10)}, ["gone"])
    assert [len(piece["set"]) for piece in pieces] == [3, 3, 3, 1]
    assert pieces[-1]["remove"] == ["gone"]


def test_another_version_at_the_daemon_means_that_all_is_sent_again() -> None:
    sender = StateSender()
    confirm(sender, sender.changes({"a": 1, "b": 2}, ()), 5)
    assert sender.repair(5) == []
    assert sender.repair(0) == [{"set": {"a": 1, "b": 2}}]


def change(start: int, **values: Any) -> dict[str, Any]:
    return {"agent": "x", "from": start, "version": start + 1, "set": values}


def test_a_gap_is_asked_for_once_and_healed_by_the_whole_state() -> None:
    replicas = StateReplicas()
    first = replicas.take(change(0, a=1))
    assert first is not None
    assert first.state == {"a": 1}
    assert not first.whole
    assert replicas.take(change(2, a=3)) is None
    assert replicas.take(change(3, a=4)) is None
    assert (replicas.gaps, replicas.gap_count) == (["x"], 2)
    page = {"agent": "x", "version": 5, "first": True, "more": True, "state": {"a": 5}}
    assert replicas.take(page) is None
    healed = replicas.take(page | {"first": False, "more": False, "state": {"b": 1}})
    assert healed is not None
    assert healed.state == {"a": 5, "b": 1}
    assert healed.whole
    assert replicas.take(change(4, a=9)) is None
    assert replicas.state("x") == {"a": 5, "b": 1}


def test_a_daemon_with_another_store_begins_anew() -> None:
    replicas = StateReplicas()
    replicas.take({"agent": "x", "version": 57, "first": True, "more": False, "state": {"a": 1, "b": 2}})
    replicas.reconnected()
    assert replicas.take(change(60, a=9)) is None  # of the former connection
    assert replicas.gaps == []
    fresh = replicas.take(change(0, c=3))
    assert fresh is not None
    assert fresh.state == {"c": 3}
    assert replicas.take(change(1, d=4)) is not None


def test_replicas_equal_the_source_whatever_is_lost() -> None:
    for seed in range(200):
        pick = random.Random(seed)
        truth: dict[str, Any] = {}
        replicas, version, asked = StateReplicas(), 0, False
        for _ in range(60):
            key, removes = f"k{pick.randrange(6)}", pick.random() < 0.3
            event: dict[str, Any] = {"agent": "x", "from": version, "version": version + 1, "set": {}}
            if removes:
                truth.pop(key, None)
                event["remove"] = [key]
            else:
                truth[key] = pick.randrange(9)
                event["set"] = {key: truth[key]}
            version += 1
            if pick.random() < 0.8:
                replicas.take(event)
            asked = asked or bool(replicas.gaps)
            if asked and pick.random() < 0.5:
                replicas.gaps.clear()
                replicas.take({"agent": "x", "version": version, "first": True, "more": False, "state": dict(truth)})
                asked = False
        replicas.take({"agent": "x", "version": version, "first": True, "more": False, "state": dict(truth)})
        assert replicas.state("x") == truth, f"seed={seed}"


def test_waiting_values_replace_each_other_and_topics_take_turns() -> None:
    buffer = LatestBuffer()
    for n in range(1_000):
        assert buffer.put("a", f"k{n % 100}", n)
    assert buffer.put("b", "k", 1)
    first = buffer.take()
    assert first is not None
    assert first[0] == "a"
    assert len(first[1]) == 64
    assert first[1]["k0"] == 900
    assert buffer.take() == ("b", {"k": 1})
    assert buffer.put("a", "k0", "newer")
    buffer.give_back(first)
    rest: dict[str, Any] = {}
    while (batch := buffer.take()) is not None:
        rest |= batch[1]
    assert buffer.is_empty
    assert (len(rest), rest["k0"], rest["k1"]) == (100, "newer", 901)


def test_too_many_waiting_keys_are_refused() -> None:
    buffer = LatestBuffer()
    assert all(buffer.put("a", str(n), n) for n in range(MAX_KEYS))
    assert not buffer.put("a", "one more", 1)
    assert buffer.put("a", "1", "a known key")


def question() -> Any:
    return _question(
        {"proposal": 1, "title": "t", "body": None, "by": "b", "rule": "majority", "weight": 1, "left_ms": 5, "more": 1}
    )


def test_a_vote_that_comes_too_late_is_no_failure_and_another_refusal_is() -> None:
    def late(op: str, **_: Any) -> dict[str, Any]:
        raise RelayRefused("NOT_FOUND")

    def stranger(op: str, **_: Any) -> dict[str, Any]:
        raise RelayRefused("UNAUTHORIZED")

    run(late, _cast(question(), True))
    with pytest.raises(RelayRefused, match="UNAUTHORIZED"):
        run(stranger, _cast(question(), True))


def test_waiting_for_a_decision_survives_a_lost_connection_and_no_other_error() -> None:
    def lost(op: str, **_: Any) -> dict[str, Any]:
        raise RelayClosed("", "NOT_CONNECTED")

    def closed(op: str, **_: Any) -> dict[str, Any]:
        raise RelayClosed()

    far = 1e12
    assert run(lost, _await_once(1, far, 1.0)) is None
    with pytest.raises(RelayClosed):
        run(closed, _await_once(1, far, 1.0))
